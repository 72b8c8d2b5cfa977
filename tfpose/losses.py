"""Losses over maps. Each is a `keras.losses.Loss`: Keras then averages it rightly over replicas."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("tfpose")
class SpatialCrossEntropy(keras.losses.Loss):
    """Softmax cross-entropy over the cells of each map: `[B, 1, h, w, K]` against logits `[B, S, h, w, K]`.

    Gives one loss per map, `[B, S, K]`. A uniform prediction costs `ln(h * w)`; none costs less than the entropy of the
    target.
    """

    def call(self, y_true, y_pred):
        y_true, y_pred = _flatten(y_true), _flatten(y_pred)
        return -ops.sum(y_true * ops.log_softmax(y_pred, axis=2), axis=2)


@keras.saving.register_keras_serializable("tfpose")
class SpatialSquaredError(keras.losses.Loss):
    """Squared error of the spatial softmax of logits `[B, S, h, w, K]` against distributions `[B, 1, h, w, K]`.

    The loss of Tompson et al. 2014, section 3.1, summed over the cells. Gives one loss per map, `[B, S, K]`.
    """

    def call(self, y_true, y_pred):
        y_true, y_pred = _flatten(y_true), _flatten(y_pred)
        return ops.sum(ops.square(y_true - ops.softmax(y_pred, axis=2)), axis=2)


LOSSES = {"cross_entropy": SpatialCrossEntropy, "mse": SpatialSquaredError}


def _flatten(maps):
    """`[B, S, h, w, K]` → `float32 [B, S, h * w, K]`."""
    s, h, w, k = maps.shape[1:]
    return ops.reshape(ops.cast(maps, "float32"), (-1, s, h * w, k))
