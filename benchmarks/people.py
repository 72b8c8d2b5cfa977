"""Times how a trained network of several people looks at images, from pixels to people, stage by stage.

python benchmarks/people.py [--run=models_ex/RUN] [--data_dir=data/coco] [--split=test] [--images=30] [--image_size H W]
"""

import argparse
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

from tfpose.commands import runs
from tfpose.data import geometry, records
from tfpose.prediction.loading import load_model

STAGES = ("resample", "network", "candidates", "grouping")


def main():
    """Prints the table."""
    flags = _parse()
    folder = pathlib.Path(flags.run) if flags.run else runs.newest()
    model = load_model(folder)
    if flags.image_size:
        model = _resized(model, tuple(flags.image_size))
    if not model.codec.several:
        raise SystemExit(f"The run must find several people. Received: {folder}.")
    data = records.load(flags.data_dir or runs.read_config(folder)["data_dir"], flags.split)
    stages = _stages(model)
    times, people, found = [], 0, 0
    for i, example in enumerate(data.dataset().take(flags.images + 1).as_numpy_iterator()):
        value, spent = records.decode(example["image"]), []
        for stage in STAGES:
            start = time.perf_counter()
            value = stages[stage](value)
            spent.append(time.perf_counter() - start)
            if stage == "candidates":
                found += (
                    int((np.asarray(value)[..., 2] >= model.codec.det_min_score).sum()) if i and _parts(model) else 0
                )
        if i:  # The first traces the graphs.
            times.append(spent)
            people += len(value)
    means = 1000 * np.mean(times, axis=0)
    seen = f"{len(times)} images of {data.split}, {people / len(times):.1f} people found in each"
    seen += f" from {found / len(times):.0f} detections" if _parts(model) else ""
    print(f"{folder.name}, {model.count_params():,} weights, {model.codec.image_size}; {seen}")
    print(f"{'stage':12}{'ms per image':>14}{'share':>8}")
    for name, mean in zip((*STAGES, "all"), (*means, means.sum()), strict=True):
        print(f"{name:12}{mean:>14.1f}{mean / means.sum():>8.1%}")


def _resized(model, image_size):
    """The same network for images of another size."""
    other = type(model).from_config({**model.get_config(), "image_size": image_size})
    other.set_weights(model.get_weights())
    return other


def _stages(model):
    codec = model.codec

    def resample(image):
        box = tf.cast([0, 0, tf.shape(image)[1], tf.shape(image)[0]], tf.float32)
        return geometry.warp_images(image[None], geometry.crop_map(box, codec.image_size)[None], codec.image_size)

    anything = [tf.TensorSpec([None, None, 3], tf.uint8)]
    return {
        "resample": tf.function(resample, input_signature=anything),
        "network": tf.function(lambda seen: model(seen, training=False)),
        "candidates": tf.function(lambda outputs: codec.decode(outputs)[0]),
        "grouping": lambda candidates: codec.group(candidates.numpy()),
    }


def _parts(model):
    return hasattr(model.codec, "det_min_score")


def _parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", default="", help="folder of the run (default: the newest)")
    parser.add_argument("--data_dir", default="", help="folder of the records (default: what it was trained on)")
    parser.add_argument("--split", default="test", help="of the records (default: %(default)s)")
    parser.add_argument("--images", metavar="N", type=int, default=30, help="how many (default: %(default)s)")
    parser.add_argument(
        "--image_size", type=int, nargs=2, metavar=("HEIGHT", "WIDTH"), help="of the network (default: as in training)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
