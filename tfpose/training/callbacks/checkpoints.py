"""Callbacks that write a run's files after every epoch, in this order: best model, log, state to resume from.

Each file is replaced as a whole, so that a run killed at any moment can be resumed: the state, written last, says which
epochs are finished, and the best model says which epoch it is of.
"""

import csv
import json
import math
import pathlib
import zipfile
import zlib

import h5py
import keras

from tfpose.commands import reading
from tfpose.commands.paths import replacing
from tfpose.training.callbacks.finite import check_finite

NOTE = "tfpose.json"  # Entry of `best.keras`, beside those of Keras: the epoch and the monitored value.


def save_model(model, path, **note):
    """Saves a model whole or not at all, with a note in the archive.

    Raises:
        FloatingPointError: If a weight is not finite; the file is left as it was.
    """
    check_finite(model, f"while saving {path}")
    with replacing(path) as partial:
        model.save(partial)
        with zipfile.ZipFile(partial, "a") as archive:
            archive.writestr(NOTE, json.dumps(note))


def read_note(path) -> dict:
    """Returns the note of a saved model; empty if the file is missing, damaged or without note."""
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read(NOTE))
    except (OSError, KeyError, ValueError, RecursionError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        return {}


class Checkpoint(keras.callbacks.Callback):
    """Writes weights and optimizer state after every epoch, with the number of finished epochs of the stage.

    The number is kept beside the optimizer's own counter, which omits steps that float16 skips. Place it after the
    callbacks that write the best model and the log, and after `AveragedWeights.restore`.

    Args:
        path: The file, `*.weights.h5`.
    """

    def __init__(self, path):
        super().__init__()
        self.path = pathlib.Path(path)
        self.finished = 0

    def restore(self, model) -> int:
        """Loads the state, if there is one. Returns the number of finished epochs of the stage.

        Raises:
            ValueError: If the file is damaged or of another model.
        """
        model.optimizer.build(model.trainable_variables)
        if self.path.exists():
            with reading.explained(self.path, "the state of this run"):
                model.load_weights(self.path)
                with h5py.File(self.path) as file:
                    self.finished = int(file.attrs["epochs"])
        return self.finished

    def on_epoch_end(self, epoch, logs=None):
        with replacing(self.path) as partial:
            self.model.save_weights(partial, overwrite=True)
            with h5py.File(partial, "a") as file:
                file.attrs["epochs"] = self.finished + 1
        self.finished += 1


class KeepBest(keras.callbacks.Callback):
    """Saves the model whenever a metric is at least as high as ever before: of equal epochs, the last one stays.

    The epoch and the metric's value are noted in the file itself, so that a resumed run compares with what the file
    really holds, also if the run was killed before the epoch was logged.

    Args:
        path: The file, `*.keras`.
        monitor: Name of the metric in the logs.
        best: Highest value before, of a file without note.
    """

    def __init__(self, path, monitor, best=None):
        super().__init__()
        self.path = pathlib.Path(path)
        self.monitor = monitor
        note = read_note(self.path)
        self.best = note["value"] if note.get("monitor") == monitor else best

    def on_epoch_end(self, epoch, logs=None):
        value = float((logs or {})[self.monitor])
        value = -math.inf if math.isnan(value) else value
        if self.best is None or value >= self.best:
            save_model(self.model, self.path, monitor=self.monitor, value=value, epoch=epoch + 1)
            self.best = value


class Log(keras.callbacks.Callback):
    """Writes the logs of every epoch into a CSV file with one row per epoch.

    Stages may log different columns. Rows of epochs that a resumed run repeats are replaced.

    Args:
        path: The file, `*.csv`.
    """

    def __init__(self, path):
        super().__init__()
        self.path = pathlib.Path(path)

    def rows(self) -> list[dict[str, str]]:
        """Returns the rows of the file, as text.

        Raises:
            ValueError: If the file is damaged: a row must have the number of its epoch, and numbers in the others.
        """
        if not self.path.exists():
            return []
        with reading.explained(self.path, "the log of a run, a row of numbers per epoch"):
            rows = list(csv.DictReader(self.path.read_text("utf-8").splitlines(), strict=True))
            for row in rows:
                int(row["epoch"]), [float(value) for value in row.values() if value]
        return rows

    def best(self, name, epochs=None) -> float | None:
        """Returns the highest value of a column within the first `epochs`, by default all; or none."""
        rows = [row for row in self.rows() if epochs is None or int(row["epoch"]) <= epochs]
        return max((float(row[name]) for row in rows if row.get(name)), default=None)

    def on_epoch_end(self, epoch, logs=None):
        rows = [row for row in self.rows() if int(row["epoch"]) <= epoch]
        rows.append({"epoch": epoch + 1, **{name: f"{value:.6g}" for name, value in (logs or {}).items()}})
        with replacing(self.path) as partial, partial.open("w", newline="") as file:
            writer = csv.DictWriter(file, dict.fromkeys(name for row in rows for name in row))
            writer.writeheader()
            writer.writerows(rows)


def inconsistencies(log, best, epochs) -> list[str]:
    """Compares the files of a run to be resumed with the number of epochs that its states say are finished.

    A killed run leaves log and best model at most one epoch ahead, which is repeated and replaces them. Anything
    else is the work of an earlier version or of another program.

    Args:
        log: The run's `Log`.
        best: Path of its `best.keras`.
        epochs: Number of finished epochs.

    Returns:
        Sentences, none if all is well.
    """
    logged = {int(row["epoch"]) for row in log.rows()}
    missing = [epoch for epoch in range(1, epochs + 1) if epoch not in logged]
    found = []
    if missing:
        found.append(f"{log.path} lacks the rows of the finished epochs {', '.join(map(str, missing))}.")
    if epochs and not zipfile.is_zipfile(best):
        found.append(f"{best} is missing or damaged; the best of the epochs to come will be saved.")
    return found
