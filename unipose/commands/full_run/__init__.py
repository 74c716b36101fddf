"""From data and teachers to a scored, exported and described student, in one command that may be stopped anywhere."""
