"""The targets of DeeperCut: discs around keypoints, and the offsets from cells in them to keypoints."""

import numpy as np
from keras import ops

from tfpose.codecs.cells import to_pixels

FAR = 1e12  # Squared pixels, larger than any distance in an image.


def centres(map_size, stride):
    """Centres of the cells in pixels: columns `[w]` and rows `[h]`."""
    return (to_pixels(np.arange(n, dtype="float32"), stride) for n in map_size[::-1])


def nearest(keypoints, map_size, stride, radius):
    """Finds the nearest person's keypoint to each cell.

    Args:
        keypoints: `[B, N, K, 3]`: `(x, y, v)` in input pixels; those with v = 0, not annotated, are left out.
        map_size: `(h, w)`.
        stride: Input pixels per cell.
        radius: Largest distance, in input pixels, of a keypoint from the centre of a cell that is close to it.

    Returns:
        `(close, person)`: bool and int `[B, h * w, K]`: whether a person's keypoint is close to the cell, and the index
        of the nearest person, the first of equally near ones.
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
    """Offsets from the centre of each cell to keypoint b of the person whose keypoint a is nearest.

    Args:
        keypoints: `[B, N, K, 3]`.
        person: int `[B, h * w, K]`, as returned by `nearest`.
        map_size: `(h, w)`.
        stride: Input pixels per cell.
        a: int `[P]`: indices of keypoints.
        b: int `[P]`: indices of keypoints.

    Returns:
        `(offsets, annotated)`: `[B, h * w, P, 2]` in input pixels, and bool `[B, h * w, P]`: whether b is annotated.
    """
    a, b = (ops.convert_to_tensor(np.asarray(indices, "int32")) for indices in (a, b))
    of_a, at_b = ops.take(person, a, axis=2), ops.take(keypoints, b, axis=2)
    x, y, v = (ops.take_along_axis(at_b[..., i], of_a, axis=1) for i in range(3))
    columns, rows = centres(map_size, stride)
    h, w = map_size
    x, y = x - np.tile(columns, h)[:, None], y - np.repeat(rows, w)[:, None]
    return ops.stack([x, y], axis=-1), v > 0
