"""A network and batches for the tests of callbacks, and the callbacks of a run that writes its files."""

import keras
import numpy as np

from tfpose.training.callbacks.averages import AveragedWeights
from tfpose.training.callbacks.checkpoints import Checkpoint, KeepBest, Log
from tfpose.training.callbacks.finite import StopAtNaN

STEPS = 3


def model(lr=0.1, **options):
    """A compiled network that is trained eagerly."""
    keras.utils.set_random_seed(3)
    net = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization(), keras.layers.Dense(2)])
    net.compile(keras.optimizers.Adam(lr, **options), "mse", metrics=["mae"], run_eagerly=True)
    return net


def batches(epochs):
    """Epochs that differ."""
    for epoch in range(*epochs):
        rng = np.random.default_rng(epoch)
        for _ in range(STEPS):
            yield rng.normal(size=(8, 4)).astype("float32"), rng.normal(size=(8, 2)).astype("float32")


def fit(net, epochs, *callbacks, **options):
    options |= {"initial_epoch": epochs[0], "epochs": epochs[1], "steps_per_epoch": STEPS}
    return net.fit(batches(epochs), callbacks=list(callbacks), shuffle=False, verbose=0, **options)


def state(net):
    return [np.array(v) for v in (*net.variables, *net.optimizer.variables)]


def run(folder, net, epochs, *callbacks):
    """Trains from the last finished epoch on, and writes the files of a run in the order of `training.loop`."""
    checkpoint, log, averages = Checkpoint(folder / "state.weights.h5"), Log(folder / "log.csv"), AveragedWeights()
    folder.mkdir(exist_ok=True)
    first = checkpoint.restore(net)
    if first == epochs:
        net.optimizer.finalize_variable_values(net.trainable_variables)
        return
    written = [
        StopAtNaN(folder / "nan_batch.npz", batches_again),
        averages,
        KeepBest(folder / "best.keras", "mae", log.best("mae", first)),
        log,
        keras.callbacks.LambdaCallback(on_epoch_end=averages.restore),
        checkpoint,
    ]
    fit(net, (first, epochs), *callbacks, *written)


class Killed(BaseException):
    """Stands for the end of the process."""


class KilledBefore(keras.callbacks.Callback):
    """Ends training before an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise Killed


def batches_again(epoch):
    """The batches of an epoch as a dataset of `(images, people)`."""
    import tensorflow as tf

    signature = (tf.TensorSpec([8, 4]), tf.TensorSpec([8, 2]))
    data = tf.data.Dataset.from_generator(lambda: batches((epoch, epoch + 1)), output_signature=signature)
    return data.map(lambda x, y: (x, {"keypoints": y}))
