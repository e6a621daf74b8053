"""Checkpoints on disk: a card that describes, weights that match it, and the catalogue of what is there."""
