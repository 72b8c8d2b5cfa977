"""Losses between the maps of a network and target maps: `keras.losses.Loss` classes."""
