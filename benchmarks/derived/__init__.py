"""How far points half-way between two keypoints are from what is annotated."""
