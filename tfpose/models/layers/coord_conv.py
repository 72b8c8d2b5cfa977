"""Coordinates of the cells as further channels: CoordConv, Liu et al. 2018 (https://arxiv.org/abs/1807.03247)."""

import keras
import numpy as np
from keras import layers, ops

UNIT = 8  # Cells per unit of the coordinates, so that they have about the range of other features.


@keras.saving.register_keras_serializable("tfpose")
class Positions(layers.Layer):
    """Appends two channels to maps `[B, h, w, C]`: x and y of each cell from the centre, in units of 8 cells."""

    def call(self, maps):
        h, w = maps.shape[1:3]
        rows, columns = (np.arange(n, dtype="float32") / UNIT - (n - 1) / (2 * UNIT) for n in (h, w))
        grid = np.stack(np.meshgrid(columns, rows), axis=-1)
        places = ops.broadcast_to(ops.convert_to_tensor(grid, maps.dtype), (ops.shape(maps)[0], h, w, 2))
        return ops.concatenate([maps, places], axis=-1)

    def compute_output_shape(self, shape):
        return (*shape[:-1], shape[-1] + 2)
