"""Estimates the sigmas of OKS from repeated annotations: `python -m tfrecords_tools.estimate_sigmas A.json B.json …`.

Each file is in COCO's format, by one annotator; annotations of the same `id` are of the same person. COCO defines
sigma² = E[d² / area], with d the distance from an annotation to the true position
(https://cocodataset.org/#keypoints-eval). The true position is unknown; the sum of |label - mean|² / (M - 1) over M
labels is an unbiased estimate of E[d²].
"""

import argparse
import collections
import dataclasses
import json
import pathlib
import sys

import numpy as np

from tfpose.commands.reading import listed
from tfpose.skeletons import Skeleton
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import coco_json, own_skeleton
from tfrecords_tools.formats.coco_annotations import area, is_person

LEAST = 10  # people with two annotations of a keypoint, for its sigma to be estimated; below, the default is kept


def estimate(labels: list) -> tuple:
    """Estimates the falloff of each keypoint.

    Args:
        labels: Per person a pair: keypoints `[A, K, 3]` by A annotators, and the person's area.

    Returns:
        Sigmas `[K]`, NaN where nobody has two labels, and the number of people with two labels of each `[K]`.
    """
    squares = degrees = people = 0.0
    for keypoints, size in labels:
        given = keypoints[..., 2:] > 0
        count = given.sum(axis=0)  # [K, 1]
        mean = np.where(given, keypoints[..., :2], 0).sum(axis=0) / np.maximum(count, 1)
        spread = np.where(given, (keypoints[..., :2] - mean) ** 2, 0).sum(axis=(0, 2))
        squares += spread / size
        degrees += np.maximum(count[:, 0] - 1, 0)
        people += count[:, 0] > 1
    with np.errstate(invalid="ignore"):
        return np.sqrt(squares / np.where(degrees, degrees, np.nan)), np.asarray(people).astype(int)


def repeated(paths: list, skeleton: Skeleton) -> list:
    """Reads the people that are annotated in at least two files, in the form that `estimate` takes.

    Raises:
        ConversionError: If a file is wrong, or no person is in two.
    """
    found = collections.defaultdict(list)
    for path in paths:
        document = coco_json.load(path)
        names = {image["id"]: image.get("file_name") for image in document["images"]}
        for entries in coco_json.grouped(path, document, len(skeleton), _category_id(path, document)).values():
            for _, entry in entries:
                if is_person(entry) and area(entry) > 0:
                    found[names[entry["image_id"]], entry.get("id")].append(entry)
    twice = [entries for entries in found.values() if len(entries) > 1]
    if not twice:
        raise ConversionError(
            f"{listed(paths)}: two files must have an annotation of the same `id` and image. Received: none such."
        )
    return [
        (
            np.reshape([entry["keypoints"] for entry in entries], (len(entries), -1, 3)).astype(float),
            np.mean(list(map(area, entries))),
        )
        for entries in twice
    ]


def measured(skeleton: Skeleton, sigmas, people) -> Skeleton:
    """The skeleton with the sigmas that at least `LEAST` people were measured for."""
    kept = [
        round(float(sigma), 5) if count >= LEAST else before
        for sigma, count, before in zip(sigmas, people, skeleton.sigmas, strict=True)
    ]
    return dataclasses.replace(skeleton, sigmas=tuple(kept))


def main(arguments=None):
    """Runs the command on the arguments of a command line."""
    args = _parser().parse_args(arguments)
    try:
        skeleton = _skeleton(args)
        sigmas, people = estimate(repeated(args.files, skeleton))
        after = measured(skeleton, sigmas, people)
        for name, count, sigma in zip(after.keypoints, people, after.sigmas, strict=True):
            print(
                f"{name:20} {sigma:.4f}  {f'from {count} people' if count >= LEAST else f'kept: only {count} people'}"
            )
        if args.out:
            fields = dataclasses.asdict(after) | {"sigmas": dict(zip(after.keypoints, after.sigmas, strict=True))}
            args.out.write_text(json.dumps(fields, indent=2) + "\n", "utf-8")
            print(f"Written to {args.out}.")
    except (ConversionError, OSError) as error:
        sys.exit(f"error: {error}")


def _skeleton(args):
    if args.skeleton:
        return own_skeleton.read_skeleton(args.skeleton)
    if (entry := own_skeleton.category(args.files[0], coco_json.load(args.files[0]))) is None:
        raise ConversionError(f"`--skeleton` must be given, for {args.files[0]} names no keypoints.")
    return own_skeleton.skeleton_of(args.files[0], entry)


def _category_id(path, document):
    entry = own_skeleton.category(path, document)
    return entry and entry.get("id")


def _parser():
    parser = argparse.ArgumentParser(prog="python -m tfrecords_tools.estimate_sigmas", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", type=pathlib.Path, help="one per annotator")
    parser.add_argument("--skeleton", metavar="FILE", type=pathlib.Path, help="skeleton.json, if not in `categories`")
    parser.add_argument(
        "--out", metavar="FILE", type=pathlib.Path, help="write skeleton.json with the sigmas to this file"
    )
    return parser


if __name__ == "__main__":
    main()
