import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpose.losses.offsets import OFFSET_LOSSES, MaskedHuber, MaskedSquaredError, SigmoidCrossEntropy

OFFSETS = pytest.mark.parametrize("loss", OFFSET_LOSSES.values(), ids=OFFSET_LOSSES)


def offsets(seed=0, shape=(2, 1, 3, 4, 5, 2)):
    return np.random.default_rng(seed).normal(0, 2, shape).astype("float32")


def mask(seed=2, shape=(2, 1, 3, 4, 5)):
    return (np.random.default_rng(seed).random(shape) < 0.3).astype("float32")


def test_cross_entropy_is_that_of_the_sigmoid():
    logits, true = offsets()[..., 0], mask()
    p = 1 / (1 + np.exp(-logits.astype("float64")))
    expected = -(true * np.log(p) + (1 - true) * np.log(1 - p))
    assert float(SigmoidCrossEntropy()(true, logits)) == pytest.approx(expected.mean(), rel=1e-5)
    weights = mask(3)
    masked = (expected * weights).sum() / weights.sum()
    assert float(SigmoidCrossEntropy()(true, logits, weights)) == pytest.approx(masked, rel=1e-5)


def test_cross_entropy_of_extreme_logits_is_finite():
    logits, true = np.array([[1000.0, -1000.0, 1000.0, -1000.0]]), np.array([[1.0, 0.0, 0.0, 1.0]])
    np.testing.assert_allclose(SigmoidCrossEntropy().call(true, logits), [[0, 0, 1000, 1000]])


def test_huber_is_squared_up_to_one_and_then_linear():
    errors = np.array([[0.0, 0.0], [0.5, 0.5], [1.0, -1.0], [3.0, -3.0], [3.0, 0.0]], "float32")
    found = MaskedHuber().call(np.zeros_like(errors), errors)
    np.testing.assert_allclose(found, [0, 0.125, 0.5, 2.5, 1.25])
    np.testing.assert_allclose(MaskedSquaredError().call(np.zeros_like(errors), errors), [0, 0.25, 1, 9, 4.5])


@OFFSETS
def test_the_mean_is_over_the_masked_entries_only(loss):
    true, predicted, weights = offsets(0), offsets(1), mask()
    each = loss().call(true, predicted).numpy()
    assert each.shape == weights.shape
    assert float(loss()(true, predicted, weights)) == pytest.approx(each[weights > 0].mean(), rel=1e-5)
    changed = np.where(weights[..., None] > 0, predicted, 1e6)
    assert float(loss()(true, changed, weights)) == pytest.approx(float(loss()(true, predicted, weights)), rel=1e-6)


@OFFSETS
def test_nothing_to_learn_costs_and_teaches_nothing(loss):
    predicted = tf.Variable(offsets(1))
    with tf.GradientTape() as tape:
        value = loss()(offsets(0), predicted, np.zeros((2, 1, 3, 4, 5), "float32"))
    assert float(value) == 0
    assert not np.any(tape.gradient(value, predicted))


@pytest.mark.parametrize("loss", [SigmoidCrossEntropy, *OFFSET_LOSSES.values()])
def test_the_weight_is_a_factor_and_survives_serialization(loss):
    true, predicted = offsets(0), offsets(1)
    light = loss(weight=0.05)
    again = keras.losses.deserialize(keras.losses.serialize(light))
    assert float(light(true, predicted)) == pytest.approx(0.05 * float(loss()(true, predicted)), rel=1e-5)
    assert float(again(true, predicted)) == float(light(true, predicted))
    assert again.reduction == "mean_with_sample_weight"


@pytest.mark.parametrize("loss", [SigmoidCrossEntropy, *OFFSET_LOSSES.values()])
def test_half_precision_costs_the_same(loss):
    true, predicted = offsets(0), offsets(1).astype("float16")
    found = loss()(true.astype("float16"), predicted)
    assert found.dtype == "float32"
    assert float(found) == pytest.approx(float(loss()(true, predicted.astype("float32"))), rel=1e-3)


def test_two_replicas_cost_what_one_does_where_they_learn_as_much():
    true, predicted = offsets(0, (4, 1, 3, 4, 5, 2)), offsets(1, (4, 1, 3, 4, 5, 2))
    weights = np.repeat(mask()[:1], 4, axis=0)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())

    def halves(context):
        part = slice(2 * context.replica_id_in_sync_group, 2 * context.replica_id_in_sync_group + 2)
        return true[part], predicted[part], weights[part]

    values = strategy.experimental_distribute_values_from_function(halves)
    both = strategy.reduce("SUM", strategy.run(lambda batch: MaskedHuber()(*batch), args=(values,)), axis=None)
    assert float(both) == pytest.approx(float(MaskedHuber()(true, predicted, weights)), rel=1e-5)
