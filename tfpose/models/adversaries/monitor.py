"""Warnings while training against an adversary."""

import collections
import warnings

import keras


class AdversaryWarnings(keras.callbacks.Callback):
    """Issues each warning of `Adversary.warnings` once, when it has held for several epochs in a row.

    Args:
        epochs: Number of epochs.
    """

    def __init__(self, epochs=3):
        super().__init__()
        self.epochs = epochs
        self.duration = collections.Counter()

    def on_train_begin(self, logs=None):
        self.issued = set()

    def on_epoch_end(self, epoch, logs=None):
        found = self.model.adversary.warnings(logs or {})
        self.duration = collections.Counter({kind: self.duration[kind] + 1 for kind in found})
        for kind, text in found.items():
            if self.duration[kind] == self.epochs and kind not in self.issued:
                self.issued.add(kind)
                warnings.warn(f"{text} This has held for {self.epochs} epochs.", stacklevel=2)
