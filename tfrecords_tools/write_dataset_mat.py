"""Writes records for pose-tensorflow: `python -m tfrecords_tools.write_dataset_mat data/lsp --out=FOLDER`."""

import argparse
import dataclasses
import json
import pathlib
import sys

import numpy as np
import scipy.io
import tensorflow_datasets as tfds

from tfpose.commands import paths
from tfpose.skeletons import Skeleton
from tfrecords_tools.datasets.dataset_mat import VARIABLE
from tfrecords_tools.errors import ConversionError

FIELDS = ("image", "size", "joints")


def write(data_dir, out, split="train") -> int:
    """Writes dataset.mat, skeleton.json with the names of the keypoints, and the images of the records, byte for byte.

    Args:
        data_dir: The folder of the records.
        out: A folder, which must not be there yet.
        split: Of the records.

    Returns:
        The number of images.

    Raises:
        ConversionError: If the folder is there, or there are no such records.
        ValueError: If `out` is not a local path.
    """
    out = paths.local("out", out)
    if out.exists():
        raise ConversionError(f"`out` must not be there yet. Received: {out}.")
    builder = _open(data_dir, split)
    images = builder.as_dataset(split=split, decoders={"image": tfds.decode.SkipDecoding()})
    (out / "images").mkdir(parents=True)
    entries = [_entry(out, i, example) for i, example in enumerate(images.as_numpy_iterator())]
    structs = np.empty((1, len(entries)), [(name, object) for name in FIELDS])
    structs[0] = entries
    scipy.io.savemat(out / "dataset.mat", {VARIABLE: structs}, do_compression=True)
    skeleton = Skeleton.from_dict(builder.info.metadata["skeleton"])
    fields = {name: value for name, value in dataclasses.asdict(skeleton).items() if value}
    (out / "skeleton.json").write_text(json.dumps(fields, indent=2) + "\n", "utf-8")
    return len(entries)


def main(arguments=None):
    """Runs the command on the arguments of a command line."""
    parser = argparse.ArgumentParser(prog="python -m tfrecords_tools.write_dataset_mat", description=__doc__)
    parser.add_argument("data_dir", help="the folder of the records")
    parser.add_argument("--out", required=True, help="the folder to write; it must not be there yet")
    parser.add_argument("--split", default="train", help="of the records (default: %(default)s)")
    args = parser.parse_args(arguments)
    try:
        print(f"{write(args.data_dir, args.out, args.split)} images and dataset.mat written to {args.out}.")
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")


def _open(data_dir, split):
    if not pathlib.Path(data_dir, "dataset_info.json").exists():
        raise ConversionError(
            f"`data_dir` must be a folder that `python -m tfrecords_tools.convert` wrote. Received: {data_dir}."
        )
    builder = tfds.builder_from_directory(data_dir)
    if split not in builder.info.splits:
        raise ConversionError(f"Unknown `split`. Received: {split!r}. Known: {', '.join(builder.info.splits)}.")
    return builder


def _entry(out, index, example):
    """Writes one image; returns the fields of its struct."""
    import cv2

    name = f"images/{index:06d}.jpg"
    (out / name).write_bytes(example["image"])
    height, width, _ = cv2.imdecode(np.frombuffer(example["image"], "uint8"), cv2.IMREAD_COLOR).shape
    people = np.empty((1, len(example["keypoints"])), object)
    for i, person in enumerate(example["keypoints"]):
        there = np.flatnonzero(person[:, 2] > 0)
        people[0, i] = np.column_stack([there, person[there, :2]]).astype(float)
    return name, np.array([[3, height, width]], "int32"), people


if __name__ == "__main__":
    main()
