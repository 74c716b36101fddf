"""Teachers: frozen pose models of any kind, their weights, and the adapters that turn their outputs into targets."""
