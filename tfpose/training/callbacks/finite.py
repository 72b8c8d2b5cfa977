"""Stops training when the loss or the weights are no longer finite."""

import pathlib

import keras
import numpy as np

from tfpose.commands.paths import replacing


def check_finite(model, moment):
    """Checks the weights of a model, of its adversary and of all optimizers.

    Args:
        model: A model, compiled or not.
        moment: When it is checked, for the message, such as `"after epoch 3"`.

    Raises:
        FloatingPointError: If a value is NaN or infinite.
    """
    adversary = getattr(model, "adversary", None)
    optimizers = [getattr(model, "optimizer", None), *(adversary.optimizers.values() if adversary else ())]
    values = [v for layer in (model, adversary) if layer for v in layer.weights]  # Unlike `variables`, without metrics.
    values += [v for optimizer in optimizers if optimizer for v in optimizer.variables]
    damaged = [v.path for v in values if not np.isfinite(np.asarray(v)).all()]
    if damaged:
        more = f" and {len(damaged) - 3} more" if len(damaged) > 3 else ""
        raise FloatingPointError(
            "All weights must be finite; try a lower --lr, a lower --clip, or --precision=float32. "
            f"Received: NaN or infinity {moment}, in {', '.join(damaged[:3])}{more}."
        )


class StopAtNaN(keras.callbacks.Callback):
    """Stops training at the first loss, or at the end of an epoch with weights, that are NaN or infinite.

    Place it first: nothing is then saved of such an epoch. The batch is kept that was trained on last.

    Args:
        path: Where to write the batch, `*.npz`.
        batches: Function of an epoch that returns its batches again, `(images, people)`.
    """

    def __init__(self, path, batches):
        super().__init__()
        self.path = pathlib.Path(path)
        self.batches = batches
        self.epoch = 0
        self.batch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self.batch = batch
        loss = (logs or {}).get("loss", 0.0)
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"The loss must be finite; try a lower --lr, or --precision=float32. Received: {loss} in "
                f"{self._moment()}. {self._kept()}"
            )

    def on_epoch_end(self, epoch, logs=None):
        # The loss of a step is computed before its update: that of an epoch's last step shows in the weights only.
        try:
            check_finite(self.model, f"after {self._moment()}")
        except FloatingPointError as error:
            raise FloatingPointError(f"{error} {self._kept()}") from None

    def _moment(self):
        return f"epoch {self.epoch + 1}, step {self.batch + 1}"

    def _kept(self):
        images, people = next(iter(self.batches(self.epoch).skip(self.batch).take(1)))
        with replacing(self.path) as partial:
            np.savez(partial, images=images, **people)
        return f"The batch is in {self.path}."
