"""Tells in words when training against an adversary goes wrong."""

import collections
import warnings

import keras


class WatchAdversary(keras.callbacks.Callback):
    """Warns once of each thing that the adversary has worried about for some epochs on end.

    Args:
        epochs: How many.
    """

    def __init__(self, epochs=3):
        super().__init__()
        self.epochs = epochs
        self.lasting = collections.Counter()

    def on_epoch_end(self, epoch, logs=None):
        worries = self.model.adversary.worries(logs or {})
        self.lasting = collections.Counter({kind: self.lasting[kind] + 1 for kind in worries})
        for kind, text in worries.items():
            if self.lasting[kind] == self.epochs and kind not in self.told:
                self.told.add(kind)
                warnings.warn(f"{text} So it has been for {self.epochs} epochs.", stacklevel=1)

    def on_train_begin(self, logs=None):
        self.told = set()
