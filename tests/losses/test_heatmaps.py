import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpose.losses.heatmaps import DISTRIBUTION_LOSSES, SpatialCrossEntropy, SpatialSquaredError

BINOMIAL = np.outer([1, 2, 1], [1, 2, 1]) / 16
EVERY = pytest.mark.parametrize("loss", [cls() for cls in DISTRIBUTION_LOSSES.values()], ids=DISTRIBUTION_LOSSES)


def targets(batch=2, size=(6, 9), keypoints=3, seed=0):
    """The 3 x 3 binomial somewhere in each map `[B, 1, h, w, K]`."""
    rng = np.random.default_rng(seed)
    maps = np.zeros((batch, 1, *size, keypoints), "float32")
    for b, k in np.ndindex(batch, keypoints):
        i, j = rng.integers(0, np.array(size) - 2)
        maps[b, 0, i : i + 3, j : j + 3, k] = BINOMIAL
    return maps


def logits(shape, seed=1):
    return np.random.default_rng(seed).normal(0, 2, shape).astype("float32")


@pytest.mark.parametrize("size", [(6, 9), (60, 90), (3, 3)])
@pytest.mark.parametrize("height", [0.0, -50.0, 1000.0])
def test_a_uniform_prediction_costs_the_logarithm_of_the_cells(size, height):
    true = targets(size=size)
    loss = SpatialCrossEntropy()(true, np.full_like(true, height))
    assert float(loss) == pytest.approx(math.log(size[0] * size[1]), rel=1e-5)


def test_the_floor_is_the_entropy_of_the_target():
    true = targets()
    perfect = np.log(np.maximum(true, 1e-30))
    assert float(SpatialCrossEntropy()(true, perfect)) == pytest.approx(3 * math.log(2), abs=1e-4)  # 2.079
    for seed in range(5):
        assert float(SpatialCrossEntropy()(true, perfect + logits(true.shape, seed))) > 3 * math.log(2)


def test_squared_errors_are_summed_over_the_cells():
    true = targets(batch=1, keypoints=1)
    uniform = float(SpatialSquaredError()(true, np.zeros_like(true)))
    assert uniform == pytest.approx(np.square(true - 1 / 54).sum(), rel=1e-5)
    assert float(SpatialSquaredError()(true, np.log(np.maximum(true, 1e-30)))) == pytest.approx(0, abs=1e-7)


def test_cross_entropy_is_that_of_keras_over_the_cells():
    true, predicted = targets(), logits((2, 1, 6, 9, 3))
    flat = [np.moveaxis(maps, -1, 1).reshape(6, 54) for maps in (true, predicted)]
    expected = keras.losses.CategoricalCrossentropy(from_logits=True)(*flat)
    assert float(SpatialCrossEntropy()(true, predicted)) == pytest.approx(float(expected), rel=1e-5)


@EVERY
def test_there_is_one_loss_per_map(loss):
    true, predicted = targets(), logits((2, 4, 6, 9, 3))
    each = loss.call(true, predicted).numpy()
    assert each.shape == (2, 4, 3)
    for b, s, k in np.ndindex(2, 4, 3):
        alone = loss(true[b : b + 1, ..., k : k + 1], predicted[b : b + 1, s : s + 1, ..., k : k + 1])
        assert each[b, s, k] == pytest.approx(float(alone), rel=1e-4)
    assert float(loss(true, predicted)) == pytest.approx(each.mean(), rel=1e-5)


@EVERY
def test_what_weighs_nothing_teaches_nothing(loss):
    true, predicted = targets(), tf.Variable(logits((2, 2, 6, 9, 3)))
    weights = np.array([[[1, 0, 1]], [[0, 1, 1]]], "float32")
    with tf.GradientTape() as tape:
        value = loss(true, predicted, weights)
    gradient = tape.gradient(value, predicted).numpy()
    assert not gradient[0, ..., 1].any() and not gradient[1, ..., 0].any()
    assert all(gradient[b, s, ..., k].any() for b, s in np.ndindex(2, 2) for k in range(3) if weights[b, 0, k])
    changed = true.copy()
    changed[0, ..., 1] = 7
    assert float(loss(changed, predicted, weights)) == float(value)


@EVERY
def test_nobody_annotated_costs_nothing(loss):
    true = targets()
    assert float(loss(true, logits(true.shape), np.zeros((2, 1, 3), "float32"))) == 0


@EVERY
def test_half_precision_costs_the_same(loss):
    true = targets()
    predicted = logits(true.shape).astype("float16")
    found = loss(true.astype("float16"), predicted)
    assert found.dtype == "float32"
    assert float(found) == pytest.approx(float(loss(true, predicted.astype("float32"))), rel=1e-4)


@EVERY
def test_compiled_equals_eager(loss):
    true, predicted = targets(), logits((2, 1, 6, 9, 3))
    compiled = tf.function(lambda *args: loss(*args), jit_compile=True)(true, predicted)
    assert float(compiled) == pytest.approx(float(loss(true, predicted)), rel=1e-5)


@EVERY
def test_two_replicas_cost_what_one_does(loss):
    true, predicted = targets(batch=4), logits((4, 1, 6, 9, 3))
    weights = (np.arange(12).reshape(4, 1, 3) % 5 > 0).astype("float32")
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())

    def halves(context):
        part = slice(2 * context.replica_id_in_sync_group, 2 * context.replica_id_in_sync_group + 2)
        return true[part], predicted[part], weights[part]

    values = strategy.experimental_distribute_values_from_function(halves)
    each = strategy.run(lambda batch: loss(*batch), args=(values,))
    both = strategy.reduce("SUM", each, axis=None)
    assert float(both) == pytest.approx(float(loss(true, predicted, weights)), rel=1e-5)


@EVERY
def test_a_loss_survives_serialization(loss):
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    true = targets()
    assert type(again) is type(loss)
    assert float(again(true, logits(true.shape))) == float(loss(true, logits(true.shape)))
