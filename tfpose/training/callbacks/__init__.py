"""Keras callbacks: checkpoints and logs, AP of several people, TensorBoard."""
