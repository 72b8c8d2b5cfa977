import math

import numpy as np
import pytest
import tensorflow as tf

from tests.models.adversaries.small_adversaries import K
from tests.models.adversaries.small_pose_and_confidence import adversary, looked, outputs
from tfpose.models.adversaries.pose_and_confidence import _error


def slow_error(truth, logits, weights):
    """Of all keypoints, one by one."""
    total = 0.0
    for t, z, w in zip(*(np.asarray(x, "float64").ravel() for x in (truth, logits, weights)), strict=True):
        p = 1 / (1 + math.exp(-z))
        total += -w * math.log(1 - abs(p - t))  # The paper's form.
    return total / np.size(truth)


@pytest.mark.parametrize("judge", ["pose", "confidence"])
def test_the_discriminators_losses_are_the_papers(judge):
    both = adversary(delta=2.0, epsilon=1.4)
    scene = looked(both)
    scene[judge] = (np.arange(4 * K).reshape(4, K) % 3 == 0).astype("float32")
    for which, truth in (("found", scene[judge]), ("true", np.ones((4, K)))):
        maps = scene[which]
        seen = np.concatenate([scene["images"], maps], axis=-1) if judge == "pose" else maps
        logits = both.networks[judge](seen)
        loss, facts = both.teach(f"{judge}: {which}", scene)
        assert float(loss) == pytest.approx(slow_error(truth, logits, scene["weights"]), rel=1e-4)
        weights = np.asarray(scene["weights"])
        right = ((np.asarray(logits) > 0) == (np.asarray(truth) > 0)) & (weights > 0)
        assert float(facts[f"{judge}_{which}_accuracy"][0]) == pytest.approx(right.sum() / weights.sum(), rel=1e-5)


def test_one_lesson_about_all_maps_is_the_sum_of_two():
    once, twice = adversary(once=True), adversary()
    assert list(once.lessons) == ["pose: all", "confidence: all"]
    assert list(twice.lessons) == ["pose: found", "pose: true", "confidence: found", "confidence: true"]
    scene = looked(twice)
    for judge, network in once.networks.items():
        network.set_weights(twice.networks[judge].get_weights())
        parts = [float(twice.teach(f"{judge}: {which}", scene)[0]) for which in ("found", "true")]
        assert float(once.teach(f"{judge}: all", scene)[0]) == pytest.approx(sum(parts), rel=1e-5)


@pytest.mark.parametrize("minimax", [False, True])
def test_the_generator_is_to_look_true_or_to_win_the_game(minimax):
    both = adversary(minimax=minimax, delta=2.0, epsilon=1.4)
    found = outputs()
    scene = looked(both, found=found)
    expected = 0.0
    for judge, weight in (("pose", 0.3), ("confidence", 0.7)):
        maps = scene["found"]
        logits = both.networks[judge](np.concatenate([scene["images"], maps], axis=-1) if judge == "pose" else maps)
        truth = scene[judge] if minimax else np.ones((4, K))
        expected += (-weight if minimax else weight) * slow_error(truth, logits, scene["weights"])
    loss, facts = both.flatter(scene, found)
    assert float(loss) == pytest.approx(expected, rel=1e-4)
    maps, weights = np.asarray(scene["found"])[..., :K], np.asarray(scene["weights"])
    assert float(facts["map_height"][0]) == pytest.approx(
        (maps.max(axis=(1, 2)) * weights).sum() / weights.sum(), rel=1e-5
    )


def test_certain_verdicts_cost_and_teach_as_they_should():
    """A hundred logits away, where a sigmoid is 0 or 1 in half precision."""
    weights = np.ones((1, 2), "float32")
    logits = tf.constant([[-100.0, 100.0]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = _error(np.array([[1.0, 0.0]], "float32"), logits, weights)
    assert float(loss) == pytest.approx(100)
    np.testing.assert_allclose(tape.gradient(loss, logits), [[-0.5, 0.5]])


def test_an_unknown_network_is_refused():
    with pytest.raises(ValueError, match="Received: 'flat'. Known: encoder_decoder, plain"):
        adversary(confidence="flat")


def test_the_pose_discriminator_alone_sees_the_image():
    both = adversary()
    assert both.networks["pose"].input.shape == (None, 8, 10, 2 * K + 3)
    assert both.networks["confidence"].input.shape == (None, 8, 10, 2 * K)
    assert set(adversary(("pose",)).networks) == {"pose"}
    scene, other = looked(both), looked(both)
    other = {**other, "images": 1 - other["images"]}
    for judge, changes in (("pose", True), ("confidence", False)):
        losses = [float(both.teach(f"{judge}: true", each)[0]) for each in (scene, other)]
        assert (losses[0] != losses[1]) == changes
