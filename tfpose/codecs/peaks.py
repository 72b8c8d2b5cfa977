"""Where a map is highest, and the cells around that place."""

import numpy as np
from keras import ops


def around_highest(maps):
    """Finds the highest cell of each map.

    Args:
        maps: `[B, h, w, K]`. Outside of the maps lie zeros.

    Returns:
        Column and row of the highest cells, `float32 [B, K]` each, and the 3 x 3 cells around them, `[B, K, 3, 3]`.
    """
    h, w, k = maps.shape[1:]
    flat = ops.reshape(ops.transpose(maps, (0, 3, 1, 2)), (-1, k, h * w))
    peak = ops.top_k(flat, 1)[1]  # Not `argmax`, which Keras writes so that ONNX and LiteRT refuse it.
    row, col = peak // w, peak % w

    # One row and column of zeros all around, so that every cell has eight neighbours.
    framed = ops.pad(ops.reshape(flat, (-1, k, h, w)), [(0, 0), (0, 0), (1, 1), (1, 1)])
    steps = (np.arange(3)[:, None] * (w + 2) + np.arange(3)).reshape(9).astype("int32")
    around = ops.take_along_axis(ops.reshape(framed, (-1, k, (h + 2) * (w + 2))), row * (w + 2) + col + steps, -1)
    col, row = (ops.cast(place[..., 0], "float32") for place in (col, row))
    return col, row, ops.reshape(around, (-1, k, 3, 3))
