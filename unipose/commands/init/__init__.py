"""A folder of configs for data of one's own."""
