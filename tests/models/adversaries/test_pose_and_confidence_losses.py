import math

import numpy as np
import pytest
import tensorflow as tf

from tests.models.adversaries.small_adversaries import K
from tests.models.adversaries.small_pose_and_confidence import inputs_of, outputs, two_discriminators
from tfpose.models.adversaries.pose_and_confidence import _cross_entropy


def slow_error(truth, logits, weights):
    """Of all keypoints, one by one."""
    total = 0.0
    for t, z, w in zip(*(np.asarray(x, "float64").ravel() for x in (truth, logits, weights)), strict=True):
        p = 1 / (1 + math.exp(-z))
        total += -w * math.log(1 - abs(p - t))  # The paper's form.
    return total / np.size(truth)


@pytest.mark.parametrize("name", ["pose", "confidence"])
def test_the_discriminators_losses_are_the_papers(name):
    both = two_discriminators(delta=2.0, epsilon=1.4)
    inputs = inputs_of(both)
    inputs[name] = (np.arange(4 * K).reshape(4, K) % 3 == 0).astype("float32")
    for which, truth in (("found", inputs[name]), ("true", np.ones((4, K)))):
        maps = inputs[which]
        seen = np.concatenate([inputs["images"], maps], axis=-1) if name == "pose" else maps
        logits = both.networks[name](seen)
        loss, metrics = both.discriminator_loss(f"{name}: {which}", inputs)
        assert float(loss) == pytest.approx(slow_error(truth, logits, inputs["weights"]), rel=1e-4)
        weights = np.asarray(inputs["weights"])
        right = ((np.asarray(logits) > 0) == (np.asarray(truth) > 0)) & (weights > 0)
        assert float(metrics[f"{name}_{which}_accuracy"][0]) == pytest.approx(right.sum() / weights.sum(), rel=1e-5)


def test_one_update_on_all_maps_has_the_sum_of_the_losses_of_two():
    once, twice = two_discriminators(once=True), two_discriminators()
    assert list(once.discriminator_updates) == ["pose: all", "confidence: all"]
    assert list(twice.discriminator_updates) == ["pose: found", "pose: true", "confidence: found", "confidence: true"]
    inputs = inputs_of(twice)
    for name, network in once.networks.items():
        network.set_weights(twice.networks[name].get_weights())
        parts = [float(twice.discriminator_loss(f"{name}: {which}", inputs)[0]) for which in ("found", "true")]
        assert float(once.discriminator_loss(f"{name}: all", inputs)[0]) == pytest.approx(sum(parts), rel=1e-5)


@pytest.mark.parametrize("minimax", [False, True])
def test_the_generator_minimises_the_loss_of_true_labels_or_maximises_the_discriminators(minimax):
    both = two_discriminators(minimax=minimax, delta=2.0, epsilon=1.4)
    found = outputs()
    inputs = inputs_of(both, found=found)
    expected = 0.0
    for name, weight in (("pose", 0.3), ("confidence", 0.7)):
        maps = inputs["found"]
        logits = both.networks[name](np.concatenate([inputs["images"], maps], axis=-1) if name == "pose" else maps)
        truth = inputs[name] if minimax else np.ones((4, K))
        expected += (-weight if minimax else weight) * slow_error(truth, logits, inputs["weights"])
    loss, metrics = both.generator_loss(inputs, found)
    assert float(loss) == pytest.approx(expected, rel=1e-4)
    maps, weights = np.asarray(inputs["found"])[..., :K], np.asarray(inputs["weights"])
    assert float(metrics["map_height"][0]) == pytest.approx(
        (maps.max(axis=(1, 2)) * weights).sum() / weights.sum(), rel=1e-5
    )


def test_large_logits_have_exact_losses_and_gradients():
    """A hundred logits away, where a sigmoid is 0 or 1 in half precision."""
    weights = np.ones((1, 2), "float32")
    logits = tf.constant([[-100.0, 100.0]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = _cross_entropy(np.array([[1.0, 0.0]], "float32"), logits, weights)
    assert float(loss) == pytest.approx(100)
    np.testing.assert_allclose(tape.gradient(loss, logits), [[-0.5, 0.5]])


def test_an_unknown_network_is_refused():
    with pytest.raises(ValueError, match="Received: 'flat'. Known: encoder_decoder, plain"):
        two_discriminators(confidence="flat")


def test_the_pose_discriminator_alone_sees_the_image():
    both = two_discriminators()
    assert both.networks["pose"].input.shape == (None, 8, 10, 2 * K + 3)
    assert both.networks["confidence"].input.shape == (None, 8, 10, 2 * K)
    assert set(two_discriminators(("pose",)).networks) == {"pose"}
    inputs, other = inputs_of(both), inputs_of(both)
    other = {**other, "images": 1 - other["images"]}
    for name, changes in (("pose", True), ("confidence", False)):
        losses = [float(both.discriminator_loss(f"{name}: true", each)[0]) for each in (inputs, other)]
        assert (losses[0] != losses[1]) == changes
