"""What a machine computes fast with, and how much a network computes."""
