"""The stacked hourglass of tfpose beside the same architecture written for PyTorch, forward and in training.

    python benchmarks/hourglass.py --torch_python=TORCH_ENVIRONMENT/bin/python

Both lie in memory at once and are timed in turn, on the same sizes and threads; the best of several rounds counts, and
is compared with the faster layout of PyTorch in the same precision. The PyTorch side runs in an environment of its own,
with torch and nothing else.
"""

import argparse
import os
import pathlib
import platform
import subprocess
import time

import keras
import numpy as np
import tensorflow as tf

from tfpose import skeletons
from tfpose.models.hourglass import StackedHourglass

TWIN = pathlib.Path(__file__).with_name("hourglass_torch.py")
PRECISIONS = ("float32", "mixed_bfloat16")
LAYOUTS = ("nchw", "channels_last")


def main(argv=None):
    """Measures and prints a table."""
    args = _parser().parse_args(argv)
    policies = [(policy, xla) for policy in PRECISIONS for xla in (False, *[True] * args.xla)]
    ours = {(f"tfpose{', XLA' * xla}", policy): ours_by(args, policy, xla) for policy, xla in policies}
    twins = {(f"PyTorch, {layout}", policy): Twin(args, layout, policy) for policy in PRECISIONS for layout in LAYOUTS}
    parameters = next(iter(twins.values())).parameters
    kinds = ("forward", "train")
    seconds = {kind: {key: [] for key in (*ours, *twins)} for kind in kinds}
    for i in range(args.rounds + 1):  # The first is for compiling.
        for key, run in (*ours.items(), *twins.items()):
            for kind in kinds:
                took = run(kind, args.steps if i else 2)
                seconds[kind][key] += [took] if i else []
    print(f"{args.stacks} stacks of {args.features}, depth {args.depth}: {parameters:,} parameters; {args.batch_size}")
    print(f"images of {args.image_size} x {args.image_size}; {os.cpu_count()} cores, {platform.processor() or 'CPU'}")
    print("images/s (and times PyTorch)".ljust(38) + "".join(kind.rjust(18) for kind in kinds))
    images = args.steps * args.batch_size
    rates = {kind: {key: images / min(took) for key, took in seconds[kind].items()} for kind in kinds}
    for name, policy in (*ours, *twins):
        cells = ""
        for kind in kinds:
            base = max(rates[kind][key] for key in twins if key[1] == policy)
            rate = rates[kind][name, policy]
            cells += f"{rate:10.1f} ({rate / base:.2f})".rjust(18)
        print(f"{name}, {policy}".ljust(38) + cells)


def ours_by(args, policy, xla):
    """A function of kind and number of steps that gives the seconds tfpose takes."""
    keras.config.set_dtype_policy(policy)
    size, k = args.image_size, len(skeletons.MPII)
    shape = {"stacks": args.stacks, "features": args.features, "depth": args.depth}
    model = StackedHourglass(skeletons.MPII, (size, size), **shape)
    model.xla = xla
    model.compile(keras.optimizers.Adam(1e-3), model.default_loss(), jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    rng = np.random.default_rng(0)
    images = tf.constant(rng.integers(0, 255, (args.batch_size, size, size, 3), np.uint8))
    keypoints = np.concatenate(
        [rng.uniform(0, size, (args.batch_size, 1, k, 2)), np.full((args.batch_size, 1, k, 1), 2)], -1
    )
    people = {"keypoints": tf.constant(keypoints, tf.float32)}

    @tf.function(jit_compile=xla)
    def forward():
        return model(images, training=False)

    gradients = tf.function(lambda: model.compute_gradients(images, people)[2], jit_compile=xla)
    train = tf.function(lambda: model.optimizer.apply(gradients(), model.trainable_variables))

    def run(kind, steps):
        step = forward if kind == "forward" else train
        start = time.perf_counter()
        for _ in range(steps):
            step()
        return time.perf_counter() - start

    return run


class Twin:
    """The PyTorch side, a process of its own that waits while it is not asked."""

    def __init__(self, args, layout, policy):
        sizes = (args.stacks, args.features, len(skeletons.MPII), args.depth, args.image_size, args.batch_size)
        command = [args.torch_python, str(TWIN), *map(str, sizes), layout, policy]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.parameters = int(self.process.stdout.readline())

    def __call__(self, kind, steps):
        print(kind, steps, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())


def _parser():
    parser = argparse.ArgumentParser(description="Times the hourglass beside its twin in PyTorch.")
    parser.add_argument("--torch_python", required=True, help="the python of an environment that has torch")
    parser.add_argument("--stacks", type=int, default=2)
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--image_size", type=int, default=128)
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--steps", type=int, default=10, help="steps per measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each kind; the best counts")
    parser.add_argument("--xla", action="store_true", help="with XLA too, which takes minutes to compile")
    return parser


if __name__ == "__main__":
    main()
