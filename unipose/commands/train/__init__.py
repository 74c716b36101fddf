"""Training: its stages, what is checked before the first step, and the runner."""
