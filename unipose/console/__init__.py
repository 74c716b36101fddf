"""What a terminal is told: how far work is, and what was wrong with what was asked for."""
