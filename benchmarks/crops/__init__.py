"""What paddings, canvas scales and boxes are worth to public teachers on real people."""
