"""Running averages of the weights, which validation and the saved models use."""

import keras


class AveragedWeights(keras.callbacks.Callback):
    """Exchanges the weights for their running averages for validation, and from the end of an epoch until `restore`.

    For optimizers with `use_ema`; with others it does nothing. Unlike `keras.callbacks.SwapEMAWeights`, which exchanges
    by additions and so rounds the weights, it leaves them bit for bit as they were: a resumed run equals one that was
    never stopped. After the last epoch, Keras's `fit` itself leaves the averages in the model.
    """

    def __init__(self):
        super().__init__()
        self.averaged = False

    def average(self, *_):
        """Puts the averages into the model, if they are not there."""
        self._exchange(True)

    def restore(self, *_):
        """Puts the trained weights back into the model."""
        self._exchange(False)

    def on_test_begin(self, logs=None):
        self.average()

    def on_test_end(self, logs=None):
        self.restore()

    def on_epoch_end(self, epoch, logs=None):
        self.average()

    def _exchange(self, averaged):
        optimizer = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        if averaged == self.averaged or not optimizer.use_ema:
            return
        # Keras has no public name for the averages. It makes one per variable, in their order.
        pairs = zip(self.model.trainable_variables, optimizer._model_variables_moving_average, strict=True)
        for weight, average in pairs:
            before = keras.ops.convert_to_numpy(weight)
            weight.assign(average)
            average.assign(before)
        self.averaged = averaged
