"""A rehearsal of full-size training: everything but the network and most of the pictures."""
