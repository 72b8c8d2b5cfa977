"""Times the spatial model by Fourier transform against direct convolutions, forward and with gradients.

    python benchmarks/spatial_model.py [--height=60] [--width=90] [--nodes=11] [--batch=2]

At the full size the direct convolutions take a minute or two in all, and several gigabytes.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

from tfpose.models.layers import spatial_model

# Name → how the layer convolves, and whether XLA compiles it.
CONTENDERS = {
    "conv2d per source": ("conv2d", False),
    "fft": ("fft", False),
    "fft, XLA": ("fft", True),
    "depthwise": ("conv", False),
}


def main():
    """Prints the table."""
    size = _parse()
    print(f"{size.height} x {size.width}, {size.nodes} nodes, batch {size.batch}: milliseconds, and times faster")
    print(f"{'':18}{'forward':>20}{'forward + backward':>22}")
    spatial_model.CONVOLUTIONS["conv2d"] = _conv2d_per_source
    first = None
    for name, (method, xla) in CONTENDERS.items():
        times = [_milliseconds(step) for step in _steps(size, method, xla)]
        first = first or times
        cells = (f"{ms:12.1f} {slowest / ms:6.1f}x" for ms, slowest in zip(times, first, strict=True))
        print(f"{name:18}{'  '.join(cells)}", flush=True)


def _steps(size, method, xla):
    """The forward pass, and the one with the gradients of weights and maps."""
    layer = spatial_model.SpatialModel(size.nodes, method=method)
    maps = np.random.default_rng(0).random((size.batch, size.height, size.width, size.nodes)).astype("float32")
    maps = tf.constant(maps / maps.sum(axis=(1, 2), keepdims=True))
    layer.build(maps.shape)

    def forward():
        return layer(maps, training=True)

    def backward():
        with tf.GradientTape() as tape:
            tape.watch(maps)
            loss = tf.reduce_mean(forward())
        return tape.gradient(loss, [maps, *(v.value for v in layer.trainable_variables)])

    return (tf.function(step, jit_compile=xla) for step in (forward, backward))


def _milliseconds(step, budget=3.0):
    """The fastest of the runs that fit into a few seconds; one that takes longer runs once."""
    step.get_concrete_function()
    times = []
    while len(times) < 10 and sum(times) < budget:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def _conv2d_per_source(energies, beliefs, sources):
    """For each source one convolution with a channel per target: `[B, P, h, w]`."""
    kernels = tf.transpose(tf.reverse(energies, [1, 2]), (1, 2, 0))[:, :, None]
    found = [None] * len(sources)
    for source in range(beliefs.shape[1]):
        messages = np.flatnonzero(sources == source)
        maps = beliefs[:, source, :, :, None]
        of_source = tf.nn.conv2d(maps, tf.gather(kernels, messages, axis=-1), strides=1, padding="SAME")
        for message, convolved in zip(messages, tf.unstack(of_source, axis=-1), strict=True):
            found[message] = convolved
    return tf.stack(found, axis=1)


def _parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, value in {"height": 60, "width": 90, "nodes": 11, "batch": 2}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    return parser.parse_args()


if __name__ == "__main__":
    main()
