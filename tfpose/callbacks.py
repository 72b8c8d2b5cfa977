"""What keeps a training run safe: its state after every epoch, its best model, and a stop at the first NaN."""

import pathlib

import keras
import numpy as np


class Checkpoint(keras.callbacks.Callback):
    """Writes weights, optimizer and statistics after every epoch, into one file that is always whole.

    The epoch needs no note: it is the optimizer's count of steps, divided by the steps of an epoch.

    Args:
        path: The file, `*.weights.h5`.
        num_steps: Steps of an epoch.
    """

    def __init__(self, path, num_steps):
        super().__init__()
        self.path = pathlib.Path(path)
        self.num_steps = num_steps

    def restore(self, model) -> int:
        """Goes back to the last finished epoch, if there is one. Returns how many are finished."""
        model.optimizer.build(model.trainable_variables)
        if not self.path.exists():
            return 0
        model.load_weights(self.path)
        return int(model.optimizer.iterations) // self.num_steps

    def on_epoch_end(self, epoch, logs=None):
        partial = self.path.with_name(f"part_{self.path.name}")
        self.model.save_weights(partial, overwrite=True)
        partial.replace(self.path)


class KeepBest(keras.callbacks.ModelCheckpoint):
    """Saves the model whenever a rate is higher than ever before, also before the run was interrupted.

    Args:
        path: The file, `*.keras`.
        monitor: The rate, a name in the logs.
        log: The run's `log.csv`, which tells how high it was already.
    """

    def __init__(self, path, monitor, log):
        best = None
        if pathlib.Path(log).exists():
            rows = np.genfromtxt(log, delimiter=",", names=True, dtype=float, ndmin=1)
            best = np.nanmax(rows[monitor]) if monitor in (rows.dtype.names or ()) and len(rows) else None
        super().__init__(path, monitor, mode="max", save_best_only=True, initial_value_threshold=best)


class StopAtNaN(keras.callbacks.Callback):
    """Stops at the first loss that is no number, and keeps the batch it came from.

    Args:
        path: Where to write the batch, `*.npz`.
        batches: Function of an epoch that gives its batches again, `(images, people)`.
    """

    def __init__(self, path, batches):
        super().__init__()
        self.path = path
        self.batches = batches
        self.epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss", 0.0)
        if np.isfinite(loss):
            return
        images, people = next(iter(self.batches(self.epoch).skip(batch).take(1)))
        np.savez(self.path, images=images, **people)
        raise FloatingPointError(
            f"The loss must stay a number; try a lower --lr, or --precision=float32. Received: {loss} in epoch "
            f"{self.epoch + 1}, step {batch + 1}. The batch is in {self.path}."
        )
