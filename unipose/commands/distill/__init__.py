"""A distillation config from plain dicts: which student, which teachers, which people."""
