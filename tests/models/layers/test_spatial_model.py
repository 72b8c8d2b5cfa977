import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tests.models.layers.small_spatial_models import by_hand, example, soft, soft_beliefs, values
from tfpose.models.layers.spatial_model import SpatialModel

METHODS = ("fft", "conv")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("graph", [None, [(1, 0), (0, 2), (1, 2)]])
@pytest.mark.parametrize("size", [(3, 4), (4, 3), (1, 2)])
def test_results_and_all_gradients_are_those_of_the_formula(method, graph, size):
    layer, maps = example(size=size, graph=graph, method=method)
    weighing = np.random.default_rng(1).normal(size=(*maps.shape[:3], 2))

    def loss(*arguments):
        return (weighing * by_hand(layer.pairs, *arguments)).sum()

    arguments = [maps.astype("float64"), *values(layer)]
    variables = [layer.energies, layer.biases, *layer.normalization.trainable_weights]
    with tf.GradientTape() as tape:
        x = tf.constant(maps)
        tape.watch(x)
        logits = layer(x, training=True)
        total = ops.sum(logits * weighing.astype("float32"))
    np.testing.assert_allclose(logits, by_hand(layer.pairs, *arguments), rtol=1e-5, atol=1e-5)
    gradients = tape.gradient(total, [x, *(v.value for v in variables)])
    for i, (gradient, argument) in enumerate(zip(gradients, arguments, strict=True)):
        expected = np.zeros_like(argument)
        for cell in np.ndindex(argument.shape):
            step = np.zeros_like(argument)
            step[cell] = 1e-5
            ahead, behind = ([*arguments[:i], argument + s, *arguments[i + 1 :]] for s in (step, -step))
            expected[cell] = (loss(*ahead) - loss(*behind)) / 2e-5
        np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


def test_both_methods_agree_on_larger_maps():
    layer, maps = example(4, 5, (13, 21))
    direct, _ = example(4, 5, (13, 21), method="conv")
    gradients = []
    for each in (layer, direct):
        with tf.GradientTape() as tape:
            loss = ops.sum(ops.softmax(each(maps, training=True), axis=1) * maps[..., :4])
        gradients.append(tape.gradient(loss, each.trainable_weights))
    np.testing.assert_allclose(layer(maps), direct(maps), rtol=1e-5, atol=1e-4)
    for a, b in zip(*gradients, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * np.abs(b).max())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shift", [(0, 0), (2, -3), (-1, 1)])
def test_an_energy_at_one_displacement_moves_the_source_by_it(method, shift):
    h, w = 7, 9
    layer = SpatialModel(1, graph=[(0, 1)], method=method)
    layer.build((1, h, w, 2))
    energies = np.full((1, 2 * h - 1, 2 * w - 1), -5.0)
    energies[0, h - 1 + shift[0], w - 1 + shift[1]] = 1
    layer.energies.assign(energies)
    maps = np.random.default_rng(0).random((1, h, w, 2)).astype("float32")
    beliefs = soft_beliefs(layer, maps)
    messages = np.exp(layer(maps)[..., 0] - np.log(beliefs[..., 0])) - soft(1e-5)
    expected = np.pad(beliefs[0, ..., 1] * soft(1), 3)[3 - shift[0] :, 3 - shift[1] :][:h, :w]
    np.testing.assert_allclose(messages[0], expected, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_mirrored_maps_with_mirrored_energies_give_mirrored_logits(method):
    layer, maps = example(3, 4, (5, 6), method=method)
    before = layer(maps)
    layer.energies.assign(layer.energies[:, :, ::-1])
    layer.biases.assign(layer.biases[:, :, ::-1])
    np.testing.assert_allclose(layer(maps[:, :, ::-1]), before[:, :, ::-1], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("xla", [False, True])
def test_compiled_is_as_eager(xla):
    layer, maps = example(3, 4, (5, 6))
    compiled = tf.function(layer, jit_compile=xla)
    np.testing.assert_allclose(compiled(maps), layer(maps), rtol=1e-5, atol=1e-5)


def test_each_of_a_batch_is_as_alone():
    layer, maps = example(3, 4, (5, 6), batch=3)
    alone = np.concatenate([layer(maps[i : i + 1]) for i in range(3)])
    np.testing.assert_allclose(layer(maps), alone, rtol=1e-5, atol=1e-5)


def test_a_keypoint_without_neighbours_is_left_alone():
    layer, maps = example(3, 3, graph=[(0, 1), (2, 1)])
    maps[..., 1] = soft(maps[..., 1])
    np.testing.assert_allclose(layer(maps)[..., 1], np.log(soft_beliefs(layer, maps)[..., 1] + 1e-6), rtol=1e-5)
