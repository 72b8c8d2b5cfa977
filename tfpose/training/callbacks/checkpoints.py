"""What keeps a training run safe: its state after every epoch, its best model, and a stop at the first NaN."""

import csv
import pathlib

import h5py
import keras
import numpy as np


class Checkpoint(keras.callbacks.Callback):
    """Writes weights, optimizer and statistics after every epoch, into one file that is always whole.

    The file notes the epochs, too: the optimizer does not count the steps that half precision skips.

    Args:
        path: The file, `*.weights.h5`.
    """

    def __init__(self, path):
        super().__init__()
        self.path = pathlib.Path(path)
        self.finished = 0

    def restore(self, model) -> int:
        """Goes back to the last finished epoch, if there is one. Returns how many are finished."""
        model.optimizer.build(model.trainable_variables)
        if self.path.exists():
            model.load_weights(self.path)
            with h5py.File(self.path) as file:
                self.finished = int(file.attrs["epochs"])
        return self.finished

    def on_epoch_end(self, epoch, logs=None):
        self.finished += 1
        partial = self.path.with_name(f"part_{self.path.name}")
        self.model.save_weights(partial, overwrite=True)
        with h5py.File(partial, "a") as file:
            file.attrs["epochs"] = self.finished
        partial.replace(self.path)


class KeepBest(keras.callbacks.ModelCheckpoint):
    """Saves the model whenever a rate is as high as ever before; of several such epochs the last one stays.

    Args:
        path: The file, `*.keras`.
        rate: Its name in the logs.
        best: How high it was before, if the run is gone on with.
    """

    def __init__(self, path, rate, best=None):
        super().__init__(path, rate, mode="max", save_best_only=True, initial_value_threshold=best)
        self.monitor_op = keras.ops.greater_equal


class Log(keras.callbacks.Callback):
    """Writes the logs of every epoch into a CSV file with one row per epoch, which stays whole when the run is killed.

    Stages may log different things. Rows that the run had written for epochs which it now repeats are replaced.

    Args:
        path: The file, `*.csv`.
    """

    def __init__(self, path):
        super().__init__()
        self.path = pathlib.Path(path)

    def rows(self) -> list[dict[str, str]]:
        """What is there, as text."""
        return list(csv.DictReader(self.path.read_text().splitlines())) if self.path.exists() else []

    def best(self, name) -> float | None:
        """The highest value of a column, or none."""
        return max((float(row[name]) for row in self.rows() if row.get(name)), default=None)

    def on_epoch_end(self, epoch, logs=None):
        rows = [row for row in self.rows() if int(row["epoch"]) <= epoch]
        rows.append({"epoch": epoch + 1, **{name: f"{value:.6g}" for name, value in (logs or {}).items()}})
        partial = self.path.with_suffix(".part")
        with partial.open("w", newline="") as file:
            writer = csv.DictWriter(file, dict.fromkeys(name for row in rows for name in row))
            writer.writeheader()
            writer.writerows(rows)
        partial.replace(self.path)


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
