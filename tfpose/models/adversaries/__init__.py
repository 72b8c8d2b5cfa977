"""Discriminators, their losses, and the train step with them."""
