"""Counts the images per second that one core brings from records to augmented batches, beside a plain OpenCV loop.

    python benchmarks/input_pipeline.py [--data_dir=data/flic] [--height=240] [--width=360]

Without records it makes some, of soft random pictures. Both contenders run on one core, in turns, in this process:

* `tfpose`: reading records, shuffling people, decoding, one affine map, tones, keypoints, batches of `tf.data`;
* `plain loop`: JPEG bytes that lie in memory, `imdecode`, blocks averaged where the map makes things several times
  smaller, `warpAffine` by a random map, `convertScaleAbs`, keypoints moved by NumPy, batches of `np.stack`. No reading,
  no shuffling, no torso, no map back.

A round is some epochs, less one epoch, so that what a pipeline takes to start, once per training run, does not count.
`per core` counts the seconds that the core spent on it, `elapsed` those that went by: on an idle machine they agree.
"""

import argparse
import os
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from tfpose import skeletons
from tfpose.data import records, single_person
from tfpose.data.augment import Augmentation
from tfrecords_tools.writing.pose_builder import PoseBuilder

BATCH = 16
EPOCHS = 3  # Of a round.
IMAGES = 512  # Made, without records.
SIZE = (320, 480)  # Of these.


def main():
    """Prints the table."""
    flags = _parse()
    cv2.setNumThreads(1)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # Before TensorFlow starts its threads.
    with tempfile.TemporaryDirectory() as folder:
        train = records.load(flags.data_dir or _make(folder), flags.split)
        count = train.num_people // BATCH * BATCH
        seconds = _race({"tfpose": _pipeline(train, flags), "plain loop": _loop(train, flags)}, flags.rounds)
    rates = {name: EPOCHS * count / rounds for name, (rounds, _) in seconds.items()}
    print(f"images per second of one core, {flags.height} x {flags.width}, median of {flags.rounds} rounds")
    print(f"{'':12}{'per core':>12}{'elapsed':>12}")
    for name, (per_core, elapsed) in rates.items():
        print(f"{name:12}{per_core:12.0f}{elapsed:12.0f}")
    ratios = rates["tfpose"] / rates["plain loop"]
    print(f"{'ratio':12}{ratios[0]:12.2f}{ratios[1]:12.2f}")
    rounds, one = seconds["tfpose"]
    print(f"The start of tfpose's pipeline takes the core {one[0] - rounds[0] / EPOCHS:.2f} s.")


def _race(contenders, rounds):
    """Of each contender the median seconds, of the core and of the clock, of a round and of one epoch from the start.

    They take turns. The first round does not count.
    """
    found = {name: [] for name in contenders}
    for first in range(rounds + 1):
        for name, contender in contenders.items():
            one = _seconds(contender(first, 1))
            found[name].append((_seconds(contender(first, EPOCHS + 1)) - one, one))
    return {name: np.median(seconds[1:], axis=0) for name, seconds in found.items()}


def _seconds(batches):
    """Of the core and of the clock, `[2]`, to the last batch."""
    busy, clock = time.process_time(), time.perf_counter()
    for _ in batches:
        pass
    return np.array([time.process_time() - busy, time.perf_counter() - clock])


def _pipeline(train, flags):
    """Function of first epoch and number of epochs: batches by tfpose, in one thread."""
    size, options = (flags.height, flags.width), tf.data.Options()
    options.threading.private_threadpool_size = 1
    return lambda first, number: single_person.single_person(
        train, size, BATCH, training=True, augmentation=Augmentation(), epochs=(first, first + number)
    ).with_options(options)


def _loop(train, flags):
    """The same by OpenCV: everyone once, in random order, varied within the same ranges."""
    examples = train.dataset().as_numpy_iterator()
    people = [(example["image"], keypoints) for example in examples for keypoints in example["keypoints"]]
    size, flip = (flags.height, flags.width), train.skeleton.flip

    def batches(first, number):
        for epoch in range(first, first + number):
            rng = np.random.default_rng(epoch)
            order = rng.permutation(len(people))
            for i in range(0, len(order) - BATCH + 1, BATCH):
                drawn = [_vary(*people[j], rng, flip, size) for j in order[i : i + BATCH]]
                yield tuple(np.stack(part) for part in zip(*drawn, strict=True))

    return batches


def _vary(jpeg, keypoints, rng, flip, size):
    """What one writes with OpenCV: decode, warp, change the tones, move the keypoints."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    height, width = image.shape[:2]
    a, mirror = Augmentation(), rng.random() < 0.5
    zoom = min(size[0] / height, size[1] / width) * np.exp(rng.uniform(*np.log(a.scale)))
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), rng.uniform(-a.angle, a.angle), zoom)
    matrix[:, 2] += (np.array(size[::-1]) * (1 + 2 * rng.uniform(-a.shift, a.shift, 2)) - (width, height)) / 2
    if mirror:
        matrix[0] = [0, 0, size[1] - 1] - matrix[0]
    if (n := int(1 / zoom + 1e-3)) > 1:
        small = (width // n, height // n)
        image = cv2.resize(image[: height // n * n, : width // n * n], small, interpolation=cv2.INTER_AREA)
        image = cv2.warpAffine(image, matrix @ [[n, 0, (n - 1) / 2], [0, n, (n - 1) / 2], [0, 0, 1]], size[::-1])
    else:
        image = cv2.warpAffine(image, matrix, size[::-1])
    contrast = rng.uniform(*a.contrast)
    grey = sum(cv2.mean(image)) / 3
    image = cv2.convertScaleAbs(
        image, alpha=contrast, beta=grey * (1 - contrast) + rng.uniform(-a.brightness, a.brightness)
    )
    moved = np.concatenate([keypoints[:, :2] @ matrix[:, :2].T + matrix[:, 2], keypoints[:, 2:]], axis=1)
    return image, moved[flip] if mirror else moved


class _Clouds(PoseBuilder):
    """Soft pictures, and one person somewhere in each."""

    SKELETON = skeletons.FLIC
    SPLITS = ("train",)

    def annotations(self, root, split):
        rng = np.random.default_rng(0)
        for i in range(IMAGES):
            clouds = cv2.resize(rng.integers(0, 256, (24, 36, 3), "uint8"), SIZE[::-1], interpolation=cv2.INTER_CUBIC)
            jpeg = cv2.imencode(".jpg", clouds, [cv2.IMWRITE_JPEG_QUALITY, 80])[1]  # About as large as FLIC's.
            points = rng.uniform((0, 0), SIZE[::-1], (1, len(self.SKELETON), 2))
            yield {
                "id": str(i),
                "image": jpeg.tobytes(),
                "keypoints": np.concatenate([points, np.full((1, len(self.SKELETON), 1), 2)], axis=-1),
            }


def _make(folder):
    builder = _Clouds(data_dir=folder)
    builder.download_and_prepare(download_config=tfds.download.DownloadConfig(try_download_gcs=False))
    return builder.data_path


def _parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data_dir", metavar="DIR", help="records to read (default: some made for the purpose)")
    parser.add_argument("--split", default="train", help="of these (default: train)")
    parser.add_argument(
        "--height", metavar="PIXELS", type=int, default=240, help="of the network's input (default: 240)"
    )
    parser.add_argument(
        "--width", metavar="PIXELS", type=int, default=360, help="of the network's input (default: 360)"
    )
    parser.add_argument("--rounds", metavar="N", type=int, default=5, help="times through the records (default: 5)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
