import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpose.losses.heatmaps import BOUNDED_LOSSES, HeatmapCrossEntropy, SkewedHeatmapCrossEntropy

TRUE = np.zeros((1, 1, 2, 3, 2), "float32")
TRUE[0, 0, 0, :, 0] = [1.0, 0.5, 0.1]
PREDICTED = np.array([[0.9, 0.6, 0.2], [0.1, 0.1, 0.3]], "float32")[None, None, ..., None] * np.array(
    [1, 0.5], "float32"
)


def slow(true, predicted, weight=1.0):
    """The cross-entropy of a map, cell by cell."""
    total = 0.0
    for t, p in zip(true.ravel(), predicted.ravel(), strict=True):
        total -= (weight if t > 0 else 1.0) * (t * math.log(p) + (1 - t) * math.log(1 - p))
    return total


def test_there_is_one_loss_per_map_summed_over_its_cells():
    found = HeatmapCrossEntropy(reduction=None)(TRUE, PREDICTED)
    expected = [slow(TRUE[..., k], PREDICTED[..., k]) for k in range(2)]
    np.testing.assert_allclose(found, [[expected]], rtol=1e-5)
    assert float(HeatmapCrossEntropy()(TRUE, PREDICTED)) == pytest.approx(np.mean(expected), rel=1e-5)


def test_rare_cells_weigh_as_much_more_as_they_are_rare():
    """3 of an image's 12 cells are a Gaussian's: they weigh (1 - 1/4) / (1/4) = 3."""
    found = SkewedHeatmapCrossEntropy(reduction=None)(TRUE, PREDICTED)
    expected = [slow(TRUE[..., k], PREDICTED[..., k], weight=3.0) for k in range(2)]
    np.testing.assert_allclose(found, [[expected]], rtol=1e-5)


def test_images_are_weighed_by_themselves():
    other = np.zeros_like(TRUE)
    together = SkewedHeatmapCrossEntropy(reduction=None)(np.concatenate([TRUE, other]), np.concatenate([PREDICTED] * 2))
    np.testing.assert_allclose(together[:1], SkewedHeatmapCrossEntropy(reduction=None)(TRUE, PREDICTED), rtol=1e-6)
    np.testing.assert_allclose(together[1:], HeatmapCrossEntropy(reduction=None)(other, PREDICTED), rtol=1e-6)


@pytest.mark.parametrize("loss", [HeatmapCrossEntropy(), SkewedHeatmapCrossEntropy()])
def test_certain_maps_cost_and_teach_finitely(loss):
    logits = tf.Variable(np.array([-30.0, 30.0, 0.0, -30.0, -5.0, 5.0], "float32").reshape(1, 1, 1, 6, 1))
    true = np.array([1.0, 1.0, 0.5, 0.0, 0.0, 0.5], "float32").reshape(1, 1, 1, 6, 1)
    with tf.GradientTape() as tape:
        value = loss(true, tf.sigmoid(logits))
    gradient = tape.gradient(value, logits).numpy().ravel()
    assert np.isfinite(value) and np.isfinite(gradient).all()
    assert gradient[0] < -0.1 and gradient[5] > 0.01  # One who is wrong and certain still learns.


@pytest.mark.parametrize("name", BOUNDED_LOSSES)
def test_they_are_least_at_the_truth(name):
    loss = BOUNDED_LOSSES[name]()
    best = float(loss(TRUE, np.clip(TRUE, 1e-6, 1 - 1e-6)))
    for seed in range(5):
        noisy = np.clip(TRUE + np.random.default_rng(seed).normal(0, 0.1, TRUE.shape), 1e-6, 1 - 1e-6)
        assert float(loss(TRUE, noisy.astype("float32"))) > best


def test_they_are_saved_with_the_model():
    for loss in (HeatmapCrossEntropy(), SkewedHeatmapCrossEntropy()):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
        assert type(again) is type(loss) and again.skew == loss.skew
