"""A training run as one HTML file."""
