"""How fast students and teachers are, measured in turns."""
