"""What the commands do, one module or package each; no other package imports it."""
