"""Rendered people who walk, cross, turn back, leave and return, and trackers that try to keep them apart."""
