"""The models that the first sources train, evaluate and run, as they are here."""
