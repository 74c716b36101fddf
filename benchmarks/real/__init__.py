"""What `benchmarks/real_people.py` is made of."""
