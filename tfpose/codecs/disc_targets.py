"""Discs around keypoints, and the offsets from their cells: what the heads of DeeperCut learn."""

import numpy as np
from keras import ops

FAR = 1e12  # Squared pixels: farther than anything.


def centres(map_size, stride):
    """Middles of the cells in pixels: columns `[w]` and rows `[h]`."""
    return (np.arange(n, dtype="float32") * stride + (stride - 1) / 2 for n in map_size[::-1])


def nearest(keypoints, map_size, stride, radius):
    """Which person's keypoint each cell is close to.

    Args:
        keypoints: `[B, N, K, 3]`: `(x, y, v)` in input pixels; v = 0 is not annotated, and close to nothing.
        map_size: `(h, w)`.
        stride: Input pixels per cell.
        radius: Up to this far, in input pixels, the middle of a cell is close.

    Returns:
        `(close, person)`: bool and int `[B, h * w, K]`; where several people are close, the nearest, and of these the
        first.
    """
    columns, rows = centres(map_size, stride)
    x, y, v = (keypoints[..., i][..., None, None] for i in range(3))
    distance = ops.square(x - columns) + ops.square(y - rows[:, None])
    distance = ops.where(v > 0, distance, FAR)
    close, person = ops.min(distance, axis=1) <= radius**2, ops.argmin(distance, axis=1)
    h, w = map_size
    return tuple(
        ops.transpose(ops.reshape(maps, (-1, keypoints.shape[2], h * w)), (0, 2, 1)) for maps in (close, person)
    )


def offsets(keypoints, person, map_size, stride, a, b):
    """Offsets from the middle of each cell to keypoints b of the person whose keypoint a it is close to.

    Args:
        keypoints: `[B, N, K, 3]`.
        person: int `[B, h * w, K]`, as `nearest` gives it.
        map_size: `(h, w)`.
        stride: Input pixels per cell.
        a: int `[P]`: keypoints; b: int `[P]`.

    Returns:
        `(offsets, there)`: `[B, h * w, P, 2]` in input pixels, and bool `[B, h * w, P]`: whether b is annotated.
    """
    a, b = (ops.convert_to_tensor(np.asarray(indices, "int32")) for indices in (a, b))
    of_a, at_b = ops.take(person, a, axis=2), ops.take(keypoints, b, axis=2)
    x, y, v = (ops.take_along_axis(at_b[..., i], of_a, axis=1) for i in range(3))
    columns, rows = centres(map_size, stride)
    h, w = map_size
    x, y = x - np.tile(columns, h)[:, None], y - np.repeat(rows, w)[:, None]
    return ops.stack([x, y], axis=-1), v > 0
