"""What a machine computes fast with, how much a network computes, and many processes that compute together."""
