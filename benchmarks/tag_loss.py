"""Times the loss of tags, forward and with its gradient, and measures the memory it takes, beside that of heatmaps.

python benchmarks/tag_loss.py [--people=30] [--batch=4] [--stacks=4] [--size=128]
"""

import argparse
import os
import resource
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

from tfpose.losses.heatmaps import CellError
from tfpose.losses.tags import TagLoss

KEYPOINTS = 17


def main():
    """Prints the table."""
    flags = _parse()
    shape = (flags.batch, flags.stacks, flags.size, flags.size, KEYPOINTS)
    rng = np.random.default_rng(0)
    maps = tf.constant(rng.normal(size=shape).astype("float32"))
    cells = rng.integers(0, flags.size**2, (flags.batch, flags.people, KEYPOINTS))
    places = tf.constant(np.stack([cells, np.ones_like(cells)], axis=-1).astype("float32"))
    print(f"{flags.people} people, {KEYPOINTS} keypoints, maps {list(shape)}: {_megabytes(maps):.0f} MB")
    print(f"{'milliseconds':24}{'forward':>10}{'+ backward':>12}{'more memory at most, MB':>26}")
    for name, loss, targets in (("tags", TagLoss(), places), ("heatmaps", CellError(), maps[:, :1])):
        for xla in (False, True):
            before = _peak()
            forward, backward = (_milliseconds(step) for step in _steps(loss, targets, maps, xla))
            label = f"{name}{', XLA' if xla else ''}"
            print(f"{label:24}{forward:>10.2f}{backward:>12.2f}{_peak() - before:>26.0f}", flush=True)


def _steps(loss, targets, maps, xla):
    """The forward pass, and the one with the gradient of the maps."""

    def forward():
        return loss(targets, maps)

    def backward():
        with tf.GradientTape() as tape:
            tape.watch(maps)
            value = loss(targets, maps)
        return tape.gradient(value, maps)

    return (tf.function(step, jit_compile=xla) for step in (forward, backward))


def _milliseconds(step, runs=20):
    """The fastest of some runs."""
    step()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        step().numpy()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def _megabytes(tensor):
    return tensor.shape.num_elements() * tensor.dtype.size / 1e6


def _peak():
    """The most memory that this process has held so far, in megabytes; what comes later may fit into what was freed."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, value in {"people": 30, "batch": 4, "stacks": 4, "size": 128}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    return parser.parse_args()


if __name__ == "__main__":
    main()
