"""Measuring models on held-out data: every figure with its n."""
