"""How long training takes, and what of it is what."""
