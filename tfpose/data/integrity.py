"""Integrity of a folder of records: damaged or missing files, and the checksums of every record."""

import json
import pathlib
from typing import NamedTuple

import tensorflow as tf

from tfpose.skeletons import Skeleton

JSON_FILES = ("dataset_info.json", "features.json", "metadata.json")
NEEDED = ("converter", "skeleton", "framing")  # Entries of metadata.json without which nothing can be read.


class Problem(NamedTuple):
    """A file of the records that is not as it was written.

    Attributes:
        file: Name of the file in the folder.
        what: What is wrong with it.
    """

    file: str
    what: str

    def __str__(self):
        return f"{self.file} {self.what}"


def damaged_json(folder) -> list[Problem]:
    """Lists those of `JSON_FILES` that are missing, or do not hold what the converters write."""
    found = [(name, _wrong_with(pathlib.Path(folder, name))) for name in JSON_FILES]
    return [Problem(name, what) for name, what in found if what]


def missing_shards(builder, split: str) -> list[Problem]:
    """Lists the files of one split that are not there. Nothing is read.

    Args:
        builder: The `tfds.core.DatasetBuilder` of the folder.
        split: Name of the split, such as `train`.
    """
    return [Problem(path.name, "is missing") for path, _ in _shards(builder, split) if not path.is_file()]


def damaged_shards(builder, split: str) -> list[Problem]:
    """Reads every record of one split and compares its checksums (CRC-32C of the length and of the content).

    Args:
        builder: The `tfds.core.DatasetBuilder` of the folder.
        split: Name of the split.

    Returns:
        The files that are missing, have a damaged record, or hold another number of records than was written. Of a
        file only the first damaged record is named: what follows it cannot be trusted.
    """
    found = missing_shards(builder, split)
    missing = {problem.file for problem in found}
    return found + [
        Problem(path.name, what)
        for path, number in _shards(builder, split)
        if path.name not in missing and (what := _wrong_with_shard(path, number))
    ]


def _shards(builder, split):
    """Path of each file of a split, and the number of its records."""
    info = builder.info.splits[split]
    return [(pathlib.Path(path), number) for path, number in zip(info.filepaths, info.shard_lengths, strict=True)]


def _wrong_with(path):
    """What is wrong with a JSON file, or an empty text."""
    try:
        fields = json.loads(path.read_text("utf-8"))
        if path.name == "metadata.json":
            if absent := [name for name in NEEDED if name not in fields]:
                return f"lacks {', '.join(absent)}"
            Skeleton.from_dict(fields["skeleton"])
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return f"is damaged: {type(error).__name__}: {error}"
    return "" if isinstance(fields, dict) else f"is damaged: it must hold an object, not {type(fields).__name__}"


def _wrong_with_shard(path, number):
    """What is wrong with a file of records, or an empty text."""
    read = 0
    try:
        for _ in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            read += 1
    except tf.errors.DataLossError:
        return f"is damaged: record {read + 1} of {number} has another checksum than was written, or is cut off"
    except tf.errors.OpError as error:
        return f"cannot be read: {error.message}"
    return "" if read == number else f"holds {read} records, not the {number} that were written"
