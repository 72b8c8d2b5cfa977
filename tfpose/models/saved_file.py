"""Opens `.keras` files: the archive is checked before anything of it is read, then Keras loads it in its safe mode."""

import json
import pathlib
import stat
import zipfile

import keras

from tfpose.commands import reading

ENTRIES = ("metadata.json", "config.json", "model.weights.h5", "tfpose.json")  # What `save` writes; all that is read.
LARGEST_JSON = 32 * 2**20  # Bytes of a JSON entry: 100 times the largest model's.
LARGEST = 8 * 2**30  # Bytes of the weights: 30 times those of a ResNet-152 with its optimizer.
EXPANSION = 200  # Bytes per byte in the archive. Weights are stored as they are, or compress a few times.


def open_model(path) -> keras.Model:
    """Opens a `.keras` file, without its loss and optimizer.

    Args:
        path: The file.

    Raises:
        ValueError: If it is damaged, has other entries than Keras writes or entries that are too large, or holds what
            Keras's safe mode refuses, such as `Lambda` layers.
    """
    with reading.explained(path, "a whole .keras file of a tfpose model"):
        check_archive(path)
        return keras.saving.load_model(path, compile=False, safe_mode=True)


def check_archive(path):
    """Checks names, kinds and sizes of the entries of an archive, and the form of its JSON, from its directory.

    Raises:
        ValueError: If one is not as `keras.Model.save` writes it.
    """
    with zipfile.ZipFile(path) as archive:
        seen = set()
        for entry in archive.infolist():
            _check_entry(entry)
            if entry.filename in seen:
                raise ValueError(f"two entries of the name {entry.filename}")
            seen.add(entry.filename)
        if missing := sorted({"config.json", "model.weights.h5"} - seen):
            raise ValueError(f"an archive without {missing[0]}")
        config = json.loads(archive.read("config.json"))
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise ValueError("a config.json without a class")


def _check_entry(entry):
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or entry.is_dir():
        raise ValueError(f"an entry {reading.short(entry.filename)} that is no file, such as a symbolic link")
    if entry.filename not in ENTRIES:
        raise ValueError(f"an entry {reading.short(entry.filename)}; known: {', '.join(ENTRIES)}")
    largest = LARGEST if pathlib.PurePath(entry.filename).suffix == ".h5" else LARGEST_JSON
    if entry.file_size > min(largest, max(EXPANSION * entry.compress_size, 2**20)):
        raise ValueError(f"an entry {entry.filename} of {entry.file_size:,} bytes from {entry.compress_size:,}")
