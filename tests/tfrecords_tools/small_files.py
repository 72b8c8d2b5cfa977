"""Data sets as downloaded, in small: drawn by the tests, in the form of the real ones."""

import csv

import numpy as np
import scipy.io
import tensorflow as tf
import tensorflow_datasets as tfds

NAN = np.nan
COLUMNS = [0, 1, 2, 3, 4, 5, 6, 9, 12, 13, 16]


def pixels(height=48, width=64, channels=3):
    """A smooth picture, for JPEG keeps it nearly as it is."""
    y, x = np.mgrid[:height, :width]
    colours = np.stack([x * 3, y * 4, 255 - x * 2, 128 + y], axis=-1) % 256
    return colours[..., :channels].astype(np.uint8)


def jpeg(height=48, width=64, channels=3):
    return tf.io.encode_jpeg(pixels(height, width, channels), quality=95).numpy()


def upright(x=20.0, y=10.0):
    """A person of FLIC seen from the front, as MATLAB counts, `[11, 2]`: left is right in the image."""
    offsets = [(10, 4), (12, 9), (14, 14), (0, 4), (-2, 9), (-4, 14), (8, 20), (2, 20), (6, 0), (4, 0), (5, 1.5)]
    return np.array(offsets) + (x, y)


def from_behind(x=20.0, y=10.0):
    front = upright(x, y)
    return np.stack([2 * x + 10 - front[:, 0], front[:, 1]], axis=-1)


def example(filepath, person, split="train", torsobox=(20, 14, 30, 31), imgdims=(48, 64, 3)):
    """One entry of the struct array of examples.mat."""
    coords = np.full((2, 29), NAN)
    coords[:, COLUMNS] = np.transpose(person)
    return {
        "poselet_hit_idx": np.arange(3, dtype=np.uint16), "moviename": "film", "coords": coords,
        "filepath": filepath, "imgdims": np.array(imgdims, float), "currframe": 1.0,
        "torsobox": np.array(torsobox, np.float32),
        "istrain": float(split == "train"), "istest": float(split == "test"),
    }  # fmt: skip


def write_flic(folder, examples, variables=None, missing=()):
    """Writes examples.mat, the images it names, and further variables, each in its file."""
    (folder / "images").mkdir(parents=True)
    fields = [(name, object) for name in example("", upright())]
    struct = np.empty((1, len(examples)), fields)
    for i, fields in enumerate(examples):
        struct[0, i] = tuple(fields.values())
    scipy.io.savemat(folder / "examples.mat", {"examples": struct})
    for name, values in (variables or {}).items():
        scipy.io.savemat(folder / f"{name}.mat", {name: np.array(values, np.uint16)[:, None]})
    for name in {fields["filepath"] for fields in examples} - set(missing):
        (folder / "images" / name).write_bytes(jpeg())
    return folder


def read(path, split):
    """Reads records back, by id; images stay bytes."""
    builder = tfds.builder_from_directory(path)
    encoded = {"image": tfds.decode.SkipDecoding(), "ignore": tfds.decode.SkipDecoding()}
    records = builder.as_dataset(split=split, decoders=encoded)
    return {record["id"].decode(): record for record in records.as_numpy_iterator()}


def set_aside(path):
    with (path / "set_aside.csv").open() as file:
        return [tuple(row.values()) for row in csv.DictReader(file)]
