"""What `benchmarks/distill_quality.py` is made of."""
