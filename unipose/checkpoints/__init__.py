"""Files of weights: where they are, whether they are the right ones, and how they get into a model."""
