"""The spatial model in loops, and small examples of the layer."""

import itertools

import numpy as np

from tfpose.models.layers.spatial_model import SpatialModel


def soft(x):
    return np.log1p(np.exp(5 * x)) / 5


def by_hand(pairs, maps, energies, biases, gamma, beta):
    """The formula in loops, float64, with the statistics of the batch: logits `[B, h, w, K]`."""
    _, h, w, _ = maps.shape
    spread = np.sqrt(maps.var(axis=(0, 1, 2)) + 1e-3)
    beliefs = soft((maps - maps.mean(axis=(0, 1, 2))) / spread * gamma + beta)
    logits = np.log(beliefs[..., : 1 + max(j for j, _ in pairs)] + 1e-6)
    for p, (j, c) in enumerate(pairs):
        energy = soft(energies[p])[::-1, ::-1]
        for y, x in itertools.product(range(h), range(w)):
            seen = energy[h - 1 - y : 2 * h - 1 - y, w - 1 - x : 2 * w - 1 - x]
            message = (seen * beliefs[..., c]).sum(axis=(1, 2)) + soft(biases[p, y, x])
            logits[:, y, x, j] += np.log(message + 1e-6)
    return logits


def example(num_keypoints=2, nodes=3, size=(3, 4), batch=2, **options):
    """A layer with random weights, and random maps."""
    rng = np.random.default_rng(0)
    layer = SpatialModel(num_keypoints, **options)
    maps = rng.random((batch, *size, nodes)).astype("float32")
    layer.build(maps.shape)
    layer.set_weights([rng.normal(0.5, 0.3, w.shape) if w.trainable else w for w in layer.weights])
    return layer, maps


def soft_beliefs(layer, maps):
    return soft(np.asarray(layer.normalization(maps), "float64"))


def values(layer):
    return [w.numpy().astype("float64") for w in (layer.energies, layer.biases, *layer.normalization.trainable_weights)]
