import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.adversaries.small_adversaries import OPTIONS, SIZE, SKELETON, SMALL, people
from tests.models.test_part_detector_training import mirrored_strategy
from tfpose.models.hourglass import StackedHourglass
from tfpose.models.self_adversarial import SelfAdversarial
from tfpose.models.train_step import TapeTraining
from tfpose.training.optimizers import OPTIMIZERS, optimizer

STEPS = 20
CLIP = 0.5
RATES = {"adam": 1e-3, "momentum": 1e-2, "rmsprop": 1e-3, "sgd": 1e-1}


def strategies():
    return tf.distribute.get_strategy(), mirrored_strategy()


def freeze_statistics(network):
    """Batch normalisation uses its moving statistics: each replica would see those of its own images."""
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False


def trained(model, name, clip):
    """Weights after some steps on batches that differ: all of the generator, then of the discriminators."""
    keras.utils.set_random_seed(0)
    built = model(SKELETON, SIZE, **{**SMALL, **OPTIONS[model]})
    networks = [built]
    if isinstance(built, SelfAdversarial):
        built.adversary.optimizers["discriminator"].global_clipnorm = clip
        networks += built.adversary.networks.values()
    for network in networks:
        freeze_statistics(network)
    start = [v.numpy() for network in networks for v in network.trainable_variables]
    chosen = optimizer(name, "constant", lr=RATES[name], steps=STEPS, clip=clip, ema=0.9)
    built.compile(chosen, built.default_loss(), jit_compile=False)
    images, everyone = people(4 * STEPS)
    data = tf.data.Dataset.from_tensor_slices((images, everyone)).batch(4)
    built.fit(data, shuffle=False, verbose=0)
    end = [v.numpy() for network in networks for v in network.trainable_variables]
    return start, end


SUPERVISED = [(StackedHourglass, name) for name in OPTIMIZERS]
ADVERSARIAL = [
    pytest.param(SelfAdversarial, name, marks=[pytest.mark.slow] * (name != "momentum")) for name in OPTIMIZERS
]


@pytest.mark.parametrize(("model", "name"), [*SUPERVISED, *ADVERSARIAL])
def test_two_devices_take_the_clipped_steps_of_one(model, name):
    weights = []
    for strategy in strategies():
        with strategy.scope():
            start, end = trained(model, name, CLIP)
        weights.append(np.concatenate([v.ravel() for v in end]))
    moved = np.abs(weights[0] - np.concatenate([v.ravel() for v in start])).max()
    assert moved > 1e-3
    assert np.abs(weights[1] - weights[0]).max() < 0.01 * moved


class Linear(TapeTraining, keras.Model):
    """Three weights and their inner product with the input."""

    def __init__(self):
        inputs = keras.Input((3,))
        super().__init__(inputs, keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")(inputs))

    def network_inputs(self, images, people):
        return images


def step(strategy, chosen, x):
    """The weights after one step on inputs `[2, 3]`, one for each replica, whose outputs are to be 1."""
    with strategy.scope():
        model = Linear()
        model.compile(chosen, "mse", jit_compile=False)
        data = tf.data.Dataset.from_tensors((np.float32(x), np.ones((2, 1), "float32")))
        model.fit(data.unbatch().batch(2), shuffle=False, verbose=0)
    return model, model.get_weights()[0].ravel()


def sgd(clip=None, *, scaled=False):
    inner = keras.optimizers.SGD(1.0, global_clipnorm=clip)
    return keras.optimizers.LossScaleOptimizer(inner, initial_scale=1024.0) if scaled else inner


INPUTS = [[3.0, 0.0, 0.0], [0.0, 4.0, 0.0]]  # With zero weights, the gradient of the mean squared error is -[3, 4, 0].


@pytest.mark.parametrize("scaled", [False, True])
def test_the_sum_of_the_gradients_is_clipped_without_its_loss_scale(scaled):
    for strategy in strategies():
        _, weights = step(strategy, sgd(scaled=scaled), INPUTS)
        np.testing.assert_allclose(weights, [3, 4, 0], rtol=1e-6)
        _, weights = step(strategy, sgd(2.5, scaled=scaled), INPUTS)
        np.testing.assert_allclose(weights, [1.5, 2, 0], rtol=1e-6)
        _, weights = step(strategy, sgd(7.0, scaled=scaled), INPUTS)  # Longer than the gradient.
        np.testing.assert_allclose(weights, [3, 4, 0], rtol=1e-6)


@pytest.mark.parametrize("overflowing", [0, 1])
def test_a_gradient_that_overflows_on_any_device_is_skipped_on_all(overflowing):
    inputs = np.array(INPUTS)
    inputs[overflowing] *= 1e37  # Of a loss that is finite, times the loss scale.
    for strategy in strategies():
        model, weights = step(strategy, sgd(2.5, scaled=True), inputs)
        np.testing.assert_array_equal(weights, 0)
        assert model.optimizer.dynamic_scale.numpy() == 512 and model.optimizer.iterations.numpy() == 0
