"""Losses of maps. Each is a `keras.losses.Loss`, which Keras averages correctly over replicas."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("tfpose")
class SpatialCrossEntropy(keras.losses.Loss):
    """Softmax cross-entropy over the cells of each map: `[B, 1, h, w, K]` against logits `[B, S, h, w, K]`.

    Returns one loss per map, `[B, S, K]`: `ln(h * w)` for a uniform prediction, and at least the entropy of the target.
    """

    def call(self, y_true, y_pred):
        y_true, y_pred = _flatten(y_true), _flatten(y_pred)
        return -ops.sum(y_true * ops.log_softmax(y_pred, axis=2), axis=2)


@keras.saving.register_keras_serializable("tfpose")
class SpatialSquaredError(keras.losses.Loss):
    """Squared error of the spatial softmax of logits `[B, S, h, w, K]` against distributions `[B, 1, h, w, K]`.

    The loss of Tompson et al. 2014, section 3.1, summed over the cells. Returns one loss per map, `[B, S, K]`.
    """

    def call(self, y_true, y_pred):
        y_true, y_pred = _flatten(y_true), _flatten(y_pred)
        return ops.sum(ops.square(y_true - ops.softmax(y_pred, axis=2)), axis=2)


@keras.saving.register_keras_serializable("tfpose")
class HeatmapError(keras.losses.Loss):
    """Squared error of heatmaps `[B, S, h, w, K]` against `[B, 1, h, w, K]`, summed over the cells of each map.

    Returns one loss per map, `[B, S, K]`. The references take the mean over the cells, which is smaller by `h * w`: its
    gradients underflow in half precision, and are small against the epsilon of Adam and RMSprop.
    """

    def call(self, y_true, y_pred):
        y_true, y_pred = _flatten(y_true), _flatten(y_pred)
        return ops.sum(ops.square(y_true - y_pred), axis=2)


@keras.saving.register_keras_serializable("tfpose")
class CellError(keras.losses.Loss):
    """Squared error of every cell of heatmaps `[B, S, h, w, K]` against `[B, 1, h, w, K]`.

    Returns one loss per cell, so that weights `[B, 1, h, w, 1]` can exclude cells; Keras takes the mean over all cells.

    Args:
        weight: Factor of the loss.
    """

    def __init__(self, weight=1.0, reduction="sum_over_batch_size", name=None, **kwargs):
        super().__init__(name=name, reduction=reduction, **kwargs)
        self.weight = weight

    def call(self, y_true, y_pred):
        return self.weight * ops.square(ops.cast(y_true, "float32") - ops.cast(y_pred, "float32"))

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}


@keras.saving.register_keras_serializable("tfpose")
class HeatmapCrossEntropy(keras.losses.Loss):
    """Binary cross-entropy of heatmaps `[B, S, h, w, K]` against `[B, 1, h, w, K]`, both from 0 to 1.

    Summed over the cells of each map; returns one loss per map, `[B, S, K]`.

    Args:
        skew: Whether the cells of the Gaussians are weighted by `(1 - share) / share`, where `share` is their share of
            the cells of all maps of an image (a public implementation of Adversarial PoseNet takes that of the batch).
            A Gaussian's cells are those where it is a normal number in float32, up to 13 sigma.
    """

    def __init__(self, skew=False, reduction="sum_over_batch_size", name=None, **kwargs):
        super().__init__(name=name, reduction=reduction, **kwargs)
        self.skew = skew

    def call(self, y_true, y_pred):
        y_true, y_pred = _flatten(y_true), _flatten(y_pred)
        here = y_true * ops.log(ops.maximum(y_pred, 1e-20))
        errors = -here - (1 - y_true) * ops.log(ops.maximum(1 - y_pred, 1e-7))
        if self.skew:
            inside = ops.cast(y_true > 1e-38, "float32")
            share = ops.mean(inside, axis=(1, 2, 3), keepdims=True)
            errors *= ops.where(inside > 0, (1 - share) / ops.maximum(share, 1e-7), 1.0)
        return ops.sum(errors, axis=2)

    def get_config(self):
        return {**super().get_config(), "skew": self.skew}


@keras.saving.register_keras_serializable("tfpose")
class SkewedHeatmapCrossEntropy(HeatmapCrossEntropy):
    """`HeatmapCrossEntropy` with `skew`."""

    def __init__(self, skew=True, **kwargs):
        super().__init__(skew, **kwargs)


DISTRIBUTION_LOSSES = {"cross_entropy": SpatialCrossEntropy, "mse": SpatialSquaredError}
HEATMAP_LOSSES = {"mse": HeatmapError}
BOUNDED_LOSSES = {**HEATMAP_LOSSES, "bce": HeatmapCrossEntropy, "bce_skew": SkewedHeatmapCrossEntropy}


def _flatten(maps):
    """`[B, S, h, w, K]` → `float32 [B, S, h * w, K]`."""
    s, h, w, k = maps.shape[1:]
    return ops.reshape(ops.cast(maps, "float32"), (-1, s, h * w, k))
