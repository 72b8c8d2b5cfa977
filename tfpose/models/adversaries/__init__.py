"""Adversarial training: discriminators, their losses, and the training step with them."""
