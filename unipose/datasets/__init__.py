"""Datasets: named sources in one skeleton, transforms to a canvas, and synthetic people to try things on."""
