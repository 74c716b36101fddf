"""Measurements behind what README and docs say."""
