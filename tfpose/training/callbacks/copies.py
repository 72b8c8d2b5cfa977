"""Copies of a run's files on another file system, such as a bucket of Google Cloud Storage."""

import pathlib

import keras
import tensorflow as tf


class Copies(keras.callbacks.Callback):
    """Copies the files of folders to another file system after every epoch: those that are new or have changed.

    Place it last. The states that a run is resumed from are copied last, so that a copy that was cut short can be
    resumed from as the folder of a run that was killed.

    Args:
        root: Address of a folder that TensorFlow can write to, such as `gs://bucket/pose`.
        folders: Folders of the working directory; each is copied under the same name.
    """

    def __init__(self, root, folders):
        super().__init__()
        self.root = str(root).rstrip("/")
        self.folders = list(folders)
        self.copied = {}

    def on_epoch_end(self, epoch, logs=None):
        self.copy()

    def copy(self):
        """Copies what is new or has changed."""
        files = [file for folder in self.folders for file in pathlib.Path(folder).rglob("*") if file.is_file()]
        for file in sorted(files, key=lambda file: (file.name.startswith("state_"), str(file))):
            stamp = (file.stat().st_mtime_ns, file.stat().st_size)
            if self.copied.get(file) != stamp and not file.name.startswith("part_"):
                target = f"{self.root}/{file.as_posix()}"
                tf.io.gfile.makedirs(target.rpartition("/")[0])
                tf.io.gfile.copy(str(file), target, overwrite=True)
                self.copied[file] = stamp


def check_address(root):
    """Checks that TensorFlow can write to an address.

    Raises:
        ValueError: If not.
    """
    try:
        tf.io.gfile.makedirs(root)
    except tf.errors.OpError as error:
        known = ", ".join(f"{scheme}://" for scheme in tf.io.gfile.get_registered_schemes() if scheme)
        raise ValueError(
            f"`copy_to` must be an address that TensorFlow can write to. Received: {root!r} ({error.message}). "
            f"Known: {known}."
        ) from None
