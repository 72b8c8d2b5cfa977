"""Estimate of the time that an epoch and the rest of the training take, printed after the first steps."""

import time

import keras

SETTLING = 2  # Steps not timed: tracing, and filling of the input pipeline.
ENOUGH = 5  # Seconds of steps that are timed.


class EpochTime(keras.callbacks.Callback):
    """Prints once how long an epoch takes, without its validation, and how long the epochs that are left."""

    def __init__(self):
        super().__init__()
        self._start = None
        self._epoch = 0
        self._told = False

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch, self._start = epoch, None

    def on_train_batch_end(self, batch, logs=None):
        if self._told:
            return
        now = time.monotonic()
        if batch < SETTLING:
            self._start = now
        elif self._start is not None and now - self._start >= ENOUGH:
            self._told = True
            epoch = self.params["steps"] * (now - self._start) / (batch + 1 - SETTLING)
            left = self.params["epochs"] - self._epoch
            print(f"\nAbout {duration(epoch)} per epoch; {left} epochs: {duration(left * epoch)}, without validation.")


def duration(seconds: float) -> str:
    """A time for people: `12 s`, `3 min 5 s`, or `2 h 10 min`."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{seconds // 60} min {seconds % 60} s" if seconds < 3600 else f"{minutes // 60} h {minutes % 60} min"
