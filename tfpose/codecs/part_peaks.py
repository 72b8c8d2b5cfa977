"""Detections in score maps: the highest cells, none within a disc around a higher one."""

import numpy as np
from keras import ops


def peaks(scores, number, radius):
    """Takes the highest cell, strikes out the disc around it, and so on.

    Args:
        scores: `[B, h, w, K]`, not negative.
        number: How many cells to take from each map.
        radius: Of the disc, in cells.

    Returns:
        `(cells, scores)`: int and float32 `[B, K, number]`, highest first; of equal ones the first by rows. The number
        of a cell is `row * w + column`. Where nothing is left the score is 0.
    """
    h, w, k = scores.shape[1:]
    left = ops.reshape(ops.transpose(ops.cast(scores, "float32"), (0, 3, 1, 2)), (-1, k, h * w))
    rows, columns = (cells.reshape(-1).astype("int32") for cells in np.indices((h, w)))
    found = []
    for _ in range(number):
        score, cell = ops.top_k(left, 1)  # Not `argmax`, which Keras writes so that ONNX and LiteRT refuse it.
        found.append((cell, ops.maximum(score, 0.0)))
        distance = ops.square(rows - cell // w) + ops.square(columns - cell % w)
        left = ops.where(distance <= radius**2, -1.0, left)
    cells, scores = (ops.concatenate(values, axis=-1) for values in zip(*found, strict=True))
    return cells, scores


def gather(maps, cells):
    """The values of maps in cells.

    Args:
        maps: `[B, h, w, P, C]`.
        cells: int `[B, P, M]`.

    Returns:
        `float32 [B, P, M, C]`.
    """
    h, w, p, c = maps.shape[1:]
    flat = ops.transpose(ops.reshape(ops.cast(maps, "float32"), (-1, h * w, p, c)), (0, 2, 1, 3))
    return ops.take_along_axis(flat, cells[..., None], axis=2)
