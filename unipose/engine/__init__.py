"""What MMEngine's runner is given: hooks and optimizer wrappers."""
