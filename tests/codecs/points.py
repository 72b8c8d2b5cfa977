"""Points that the tests of the codecs draw."""

import numpy as np


def people(points, v=2):
    """`(x, y)` `[B, K, 2]` → `[B, 1, K, 3]`."""
    points = np.asarray(points, "float32")
    return {"keypoints": np.concatenate([points, np.full((*points.shape[:-1], 1), v)], axis=-1)[:, None]}


def anywhere(size, shape=(4, 50), seed=0):
    """Points up to the very edge of the image."""
    high = np.array(size[::-1]) - 0.5
    points = np.random.default_rng(seed).uniform(-0.5, high, (*shape, 2))
    points[0, :4] = [[-0.5, -0.5], [high[0], high[1]], [-0.5, high[1]], [high[0], -0.5]]
    return np.clip(points, -0.5, high)


def logits(maps):
    """Targets `[B, 1, h, w, K]` as a network would give them."""
    return np.log(np.maximum(maps, 1e-30)) + 3.0
