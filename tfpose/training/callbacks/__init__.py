"""Keras callbacks: checkpoints and log, averaged weights, finite weights, AP of several people, TensorBoard, copies."""
