"""What the commands do, one module or package each; no other room imports it."""
