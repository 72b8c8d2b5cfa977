"""The losses of DeeperCut, Insafutdinov et al. 2016 (https://arxiv.org/abs/1605.03170).

Each is the mean over the entries with a nonzero sample weight, and 0 without any; in distributed training each replica
takes the mean over its own entries.
"""

import keras
from keras import ops


class MaskedLoss(keras.losses.Loss):
    """Base class: the mean of `errors`, weighted by the sample weights.

    Args:
        weight: Factor of the loss in the sum of a model's losses.
    """

    def __init__(self, weight=1.0, name=None, reduction="mean_with_sample_weight", **kwargs):
        super().__init__(name=name, reduction=reduction, **kwargs)
        self.weight = weight

    def call(self, y_true, y_pred):
        return self.weight * self.errors(ops.cast(y_true, "float32"), ops.cast(y_pred, "float32"))

    def errors(self, y_true, y_pred):
        """Returns the errors, one for each sample weight."""
        raise NotImplementedError

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}


@keras.saving.register_keras_serializable("tfpose")
class SigmoidCrossEntropy(MaskedLoss):
    """Cross-entropy of every cell: `[B, 1, h, w, K]`, 0 … 1, against logits `[B, S, h, w, K]`."""

    def errors(self, y_true, y_pred):
        return ops.softplus(y_pred) - y_true * y_pred


@keras.saving.register_keras_serializable("tfpose")
class MaskedHuber(MaskedLoss):
    """Huber loss of offsets `[B, S, h, w, K, 2]`: quadratic up to 1, linear above; the mean of x and y."""

    def errors(self, y_true, y_pred):
        error = ops.abs(y_true - y_pred)
        return ops.mean(ops.where(error <= 1, 0.5 * ops.square(error), error - 0.5), axis=-1)


@keras.saving.register_keras_serializable("tfpose")
class MaskedSquaredError(MaskedLoss):
    """Squared error of offsets `[B, S, h, w, K, 2]`, the mean of x and y."""

    def errors(self, y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1)


OFFSET_LOSSES = {"huber": MaskedHuber, "mse": MaskedSquaredError}
