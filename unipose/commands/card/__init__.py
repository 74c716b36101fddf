"""What is published beside a student: a model card, and MMPose's metafile, both from the run's own files."""
