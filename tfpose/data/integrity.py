"""Integrity of a folder of records: damaged or missing files, and the checksums of every record."""

import contextlib
import os
import pathlib
import struct
from typing import NamedTuple

import tensorflow as tf

from tfpose.commands import reading
from tfpose.skeletons import Skeleton

JSON_FILES = ("dataset_info.json", "features.json", "metadata.json")
NEEDED = ("converter", "skeleton", "framing")  # Entries of metadata.json without which nothing can be read.
FRAMINGS = ("image", "person")
SHAPES = {
    "keypoints": (None, None, 3), "boxes": (None, 4), "torso_boxes": (None, 4), "head_sizes": (None,), "areas": (None,)
}  # fmt: skip
_DAMAGE = (tf.errors.DataLossError, tf.errors.InvalidArgumentError, tf.errors.NotFoundError)


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


def wrong_form(builder) -> list[Problem]:
    """Lists what of features.json and metadata.json is of another form than the converters write, if anything."""
    features, metadata = dict(builder.info.features.items()), dict(builder.info.metadata)
    for name, shape in SHAPES.items():
        found = getattr(features.get(name), "shape", None)
        fits = found and len(found) == len(shape) and all(n in (m, None) for n, m in zip(shape, found, strict=True))
        if not fits or features[name].dtype != "float32":
            return [Problem("features.json", f"is damaged: {name} of the shape {found}, not float32 {shape}")]
    pictures = [features[name] for name in ("image", "ignore") if name in features]
    if not all(getattr(picture, "encoding_format", None) for picture in pictures):
        return [Problem("features.json", "is damaged: images are no pictures")]
    if "image" not in features or "id" not in features:
        return [Problem("features.json", "is damaged: it lacks image or id")]
    if len(metadata["skeleton"]["keypoints"]) != features["keypoints"].shape[1]:
        return [Problem("metadata.json", f"must have {features['keypoints'].shape[1]} keypoints")]
    if metadata["framing"] not in FRAMINGS:
        return [Problem("metadata.json", f"must have a `framing` of {' or '.join(FRAMINGS)}")]
    return _wrong_counts(metadata.get("counts", {}), builder.info.splits)


def _wrong_counts(counts, splits):
    for name, count in counts.items() if isinstance(counts, dict) else [("counts", None)]:
        numbers = [count.get(key) for key in ("images", "people")] if isinstance(count, dict) else []
        if not numbers or not all(type(number) is int and number >= 0 for number in numbers):
            return [Problem("metadata.json", f"is damaged: `counts` of {name} must be whole numbers")]
        if name in splits and numbers[0] != splits[name].num_examples:
            written = f"{numbers[0]} images of {name}, dataset_info.json {splits[name].num_examples}"
            return [Problem("metadata.json", f"has {written}")]
    return []


@contextlib.contextmanager
def naming_damage(*data):
    """Context in which records are read: if TensorFlow finds damage, all are read to name the damaged file.

    TensorFlow's own error has the place in the file, but not its name.

    Args:
        *data: What `records.load` returns.

    Raises:
        ValueError: If a file is damaged. Other errors of TensorFlow pass.
    """
    try:
        yield
    except _DAMAGE as error:
        for records in data:
            for part in records.parts:
                if problems := unreadable(part.builder):
                    raise ValueError(complaint(part.builder.data_path, problems)) from error
        raise


def complaint(folder, problems) -> str:
    """The sentence that tells a user what is wrong with the records of a folder."""
    return (
        "Records must be as they were written; `tfpose convert` writes them again. "
        f"Received: in {folder}, {'; '.join(map(str, problems))}."
    )


def unreadable(builder) -> list[Problem]:
    """Reads every record of every split: lists files with a damaged one, or one that does not have the features."""
    found = [problem for split in builder.info.splits for problem in damaged_shards(builder, split)]
    for split in builder.info.splits if not found else ():
        for path, _ in _shards(builder, split):
            try:
                for record in tf.data.TFRecordDataset(str(path)):
                    builder.info.features.deserialize_example(record)
            except (tf.errors.OpError, ValueError) as error:
                found.append(Problem(path.name, f"has other features: {reading.one_line(error)}"))
    return found


def missing_shards(builder, split: str) -> list[Problem]:
    """Lists the files of one split that are not there. Nothing is read.

    Args:
        builder: The `tfds.core.DatasetBuilder` of the folder.
        split: Name of the split, such as `train`.
    """
    return [Problem(path.name, "is missing") for path, _ in _shards(builder, split) if not path.is_file()]


def short_shards(builder, split: str) -> list[Problem]:
    """Lists the files of one split that are cut off or hold another number of records, by their lengths alone."""
    found = [(path, _wrong_length(path, number)) for path, number in _shards(builder, split)]
    return [Problem(path.name, what) for path, what in found if what]


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


def _wrong_length(path, number):
    """What is wrong with a file by the lengths of its records alone, or an empty text.

    A record has 8 bytes of length, 4 of checksum, its content, and 4 of checksum
    (https://www.tensorflow.org/tutorials/load_data/tfrecord).
    """
    with path.open("rb", buffering=0) as file:
        size, at, count = os.fstat(file.fileno()).st_size, 0, 0
        while at < size and count <= number:
            header = os.pread(file.fileno(), 8, at)
            at += 16 + (struct.unpack("<Q", header)[0] if len(header) == 8 else size)
            count += at <= size
    if at > size:
        return f"is damaged: after record {count} of {number} it is cut off, or has another length than was written"
    return "" if count == number else f"holds {'more' if count > number else count} records, not the {number} written"


def _shards(builder, split):
    """Path of each file of a split, and the number of its records."""
    info = builder.info.splits[split]
    return [(pathlib.Path(path), number) for path, number in zip(info.filepaths, info.shard_lengths, strict=True)]


def _wrong_with(path):
    """What is wrong with a JSON file, or an empty text."""
    if not path.exists():
        return "is missing"
    try:
        fields = reading.read_json(path)
        if path.name == "metadata.json":
            if absent := [name for name in NEEDED if name not in fields]:
                return f"lacks {', '.join(absent)}"
            Skeleton.from_dict(fields["skeleton"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return f"is damaged: {reading.one_line(error)}"
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
