"""Passes over the records of a data set, each in bounded memory: counts, suspects, and single images."""

import collections
import dataclasses
import heapq
import io
import itertools
import pathlib
import random

import numpy as np

from tfpose.commands.check.counts import Counts
from tfpose.commands.check.image_hashes import ImageHashes
from tfpose.commands.check.proportions import Proportions
from tfpose.commands.check.suspects import KINDS, suspects

SAMPLED = 20_000  # People that limbs are measured on; medians then have errors far below what is suspicious.
LISTED = 200  # Suspects of one kind that are kept, the most suspicious ones.


@dataclasses.dataclass
class Findings:
    """What the passes over a data set found.

    Attributes:
        skeleton: The `Skeleton` of the data set.
        counts: Split → `Counts`.
        names: Split → the ids of its images, in the order of the files.
        groups: Equal images: whether their files are equal, and `(split, id)` of each; see `ImageHashes.groups`.
        suspects: Kind → the most suspicious `(split, id, Suspect)`, at most `LISTED`, the worst first.
        suspected: Kind → number of all suspects.
        proportions: The `Proportions` of limbs and sides.
    """

    skeleton: object
    counts: dict
    names: dict
    groups: list
    suspects: dict
    suspected: dict
    proportions: Proportions


def scan(parts, intact, progress=None) -> Findings:
    """Reads all records twice: for counts, hashes of images and proportions; then for suspects.

    Memory grows by about 150 bytes per image, for the hashes.

    Args:
        parts: The `Records` of every split.
        intact: Function of the path of a shard that tells whether to read it.
        progress: Wraps each iteration over the images of a split, such as `tqdm.tqdm`; none by default.
    """
    progress = progress or (lambda examples, **_: examples)
    skeleton = parts[0].skeleton
    counts = {data.split: Counts(len(skeleton)) for data in parts}
    hashes, sample = ImageHashes(), _Sample(SAMPLED)
    for data in parts:
        for example in progress(examples(data, intact), desc=f"{data.split}: reading", total=data.num_images):
            counts[data.split].add(example["keypoints"], example["boxes"])
            hashes.add((data.split, example["id"].decode()), example["image"])
            sample.add(example["keypoints"])
    proportions = Proportions.of(skeleton, np.array(sample.kept).reshape(-1, len(skeleton), 3))
    worst, suspected = {kind: [] for kind in KINDS}, collections.Counter()
    order = itertools.count()  # Breaks ties of severity.
    for data in parts:
        for example in progress(examples(data, intact), desc=f"{data.split}: comparing", total=data.num_images):
            size = image_size(example["image"])
            for found in suspects(example["keypoints"], example["boxes"], size, proportions):
                suspected[found.kind] += 1
                entry = (found.severity, -next(order), (data.split, example["id"].decode(), found))
                push = heapq.heappush if len(worst[found.kind]) < LISTED else heapq.heappushpop
                push(worst[found.kind], entry)
    listed = {kind: [entry for *_, entry in sorted(entries, reverse=True)] for kind, entries in worst.items()}
    names = {data.split: [name for split, name in hashes.names if split == data.split] for data in parts}
    return Findings(skeleton, counts, names, hashes.groups(), listed, dict(suspected), proportions)


def examples(data, intact=lambda path: True):
    """Yields the records of one split, dicts of arrays as of `Records.dataset`, from those shards that are intact."""
    import tensorflow as tf

    shards = [str(path) for path in data.builder.info.splits[data.split].filepaths if intact(pathlib.Path(path))]
    if shards:
        yield from data.images(tf.data.TFRecordDataset(shards)).prefetch(16).as_numpy_iterator()


def fetch(parts, intact, wanted) -> dict:
    """Reads the records of some images.

    Args:
        parts: The `Records` of every split.
        intact: As for `scan`.
        wanted: `(split, id)` of the images.

    Returns:
        `(split, id)` → record.
    """
    wanted = set(wanted)
    found = {}
    for data in parts:
        ids = {name for split, name in wanted if split == data.split}
        for example in examples(data, intact) if ids else ():
            name = example["id"].decode()
            if name in ids:
                found[data.split, name] = example
    return found


def image_size(jpeg: bytes) -> tuple[int, int]:
    """Height and width in pixels, read from the header of an image."""
    import PIL.Image

    with PIL.Image.open(io.BytesIO(jpeg)) as image:
        return image.height, image.width


class _Sample:
    """A random sample of everyone that was added, each with the same probability (reservoir sampling, algorithm R)."""

    def __init__(self, most):
        self.kept, self._most, self._seen, self._random = [], most, 0, random.Random(0)

    def add(self, keypoints):
        for person in keypoints:
            self._seen += 1
            if len(self.kept) < self._most:
                self.kept.append(person)
            elif (place := self._random.randrange(self._seen)) < self._most:
                self.kept[place] = person
