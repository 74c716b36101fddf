"""What commands that read many files end with, where it is neither 0 (all went well) nor 2 (a mistake in arguments)."""

NOTHING = 1
"""Nothing could be read."""
PARTLY = 3
"""Something was left out, or of a video frames are missing; the rest is written."""
