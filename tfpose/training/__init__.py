"""Training: configuration, presets, command line, and the training loop."""
