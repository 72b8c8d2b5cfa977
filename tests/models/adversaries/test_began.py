import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.adversaries.small_adversaries import SIZE, K, people
from tfpose.codecs import HeatmapCodec
from tfpose.models.adversaries.began import BalancedAdversary

CODEC = HeatmapCodec(SIZE)


def adversary(**options):
    return BalancedAdversary(CODEC, K, features=4, modules=1, depth=1, **options)


def scene_and_outputs(judge, seed=1):
    images, everyone = people()
    maps = np.random.default_rng(seed).normal(size=(4, 2, 8, 10, K)).astype("float32")
    outputs = {"heatmaps": tf.constant(maps)}
    return judge.look(images, everyone, CODEC.encode(everyone), outputs), outputs


def slow_error(judge, scene, shown, expected):
    seen = np.concatenate([scene["images"], shown], axis=-1)
    repeated = np.asarray(judge.networks["judge"](seen, training=True), "float64")
    total = 0.0
    for b, k in np.ndindex(4, K):
        if scene["weights"][b, k]:
            total += np.square(repeated[b, ..., k] - expected[b, ..., k]).sum()
    return total / (4 * K)


def test_the_losses_are_the_papers():
    judge = adversary()
    judge.k_t.assign(0.3)
    scene, outputs = scene_and_outputs(judge)
    assert 0 < np.mean(scene["weights"]) < 1
    true, found = (
        slow_error(judge, scene, np.asarray(scene[name]), np.asarray(scene[name])) for name in ("true", "found")
    )
    loss, facts = judge.teach("repeat", scene)
    assert float(loss) == pytest.approx(true - 0.3 * found, rel=1e-4)
    assert float(facts["true_error"][0]) == pytest.approx(true, rel=1e-4)
    assert float(facts["found_error"][0]) == pytest.approx(found, rel=1e-4)
    flattery, _ = judge.flatter(scene, outputs)
    assert float(flattery) == pytest.approx(found, rel=1e-4)


@pytest.mark.parametrize(
    ("before", "true", "found", "gamma", "after"),
    [
        (0.0, 4.0, 1.0, 0.5, 0.01),  # 0.5 * 4 - 1 = 1
        (0.2, 4.0, 1.0, 0.25, 0.2),
        (0.2, 1.0, 8.5, 0.5, 0.12),
        (0.0, 1.0, 8.5, 0.5, 0.0),
        (0.995, 4.0, 1.0, 0.5, 1.0),
    ],
)
def test_k_t_balances_the_errors_within_0_and_1(before, true, found, gamma, after):
    judge = adversary(gamma=gamma, lambda_k=0.01)
    judge.k_t.assign(before)
    judge.conclude({"true_error": tf.constant(true), "found_error": tf.constant(found)})
    assert float(judge.k_t) == pytest.approx(after, abs=1e-6)
    measured = {each.name: float(each.result()) for each in judge.measures}
    assert measured["k_t"] == pytest.approx(after, abs=1e-6)
    assert measured["balance"] == pytest.approx(gamma * true - found)
    assert measured["convergence"] == pytest.approx(true + abs(gamma * true - found))
    assert float(judge.steps) == 1


def gradients(judge, scene, outputs):
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        loss, _ = judge.flatter(scene, outputs)
    return tape.gradient(loss, outputs)["heatmaps"].numpy()


def test_the_generator_is_led_through_the_answer_alone_or_through_both():
    judge = adversary()
    scene, outputs = scene_and_outputs(judge)
    output = gradients(judge, scene, outputs)
    judge.through = "both"
    both = gradients(judge, scene, outputs)
    found = np.asarray(scene["found"])
    repeated = np.asarray(judge.networks["judge"](np.concatenate([scene["images"], found], axis=-1), training=True))
    weights = np.asarray(scene["weights"])[:, None, None]
    expected = 2 * (found - repeated * weights) / (4 * K)
    np.testing.assert_allclose((both - output)[:, 1], expected, atol=1e-5)
    assert np.abs(output[:, 1]).max() > 1e-4
    assert not output[:, 0].any() and not (output[:, 1] * (1 - weights)).any()  # Other stacks, hidden keypoints.


def test_nothing_leads_from_the_discriminators_loss_to_the_generator():
    judge = adversary()
    images, everyone = people()
    outputs = {"heatmaps": tf.ones((4, 2, 8, 10, K))}
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        loss, _ = judge.teach("repeat", judge.look(images, everyone, CODEC.encode(everyone), outputs))
    assert tape.gradient(loss, outputs["heatmaps"]) is None


def test_weights_per_cell_hide_cells():
    """As those of people beside others who are not annotated."""
    judge = adversary()
    images, everyone = people()
    targets, _ = CODEC.encode(everyone)
    cells = np.ones((4, 1, 8, 10, 1), "float32")
    cells[:, :, :, 5:] = 0
    scene = judge.look(images, everyone, (targets, {"heatmaps": cells}), {"heatmaps": tf.ones((4, 2, 8, 10, K))})
    assert not np.asarray(scene["found"])[:, :, 5:].any() and np.asarray(scene["found"])[:, :, :5].all()
    _, facts = judge.flatter(scene, {"heatmaps": tf.ones((4, 2, 8, 10, K))})
    assert float(facts["map_height"][0]) == 1


def test_the_weight_rises_over_the_warm_up():
    judge = adversary(weight=0.5, warm_up=4)
    found = []
    for _ in range(6):
        found.append(float(judge.strength))
        judge.conclude({"true_error": tf.constant(1.0), "found_error": tf.constant(1.0)})
    assert found == pytest.approx([0, 0.125, 0.25, 0.375, 0.5, 0.5])
    assert adversary(weight=0.5).strength == 0.5


def test_the_optimizer_is_the_papers():
    (optimizer,) = adversary().optimizers.values()
    assert type(optimizer) is keras.optimizers.Adam and float(optimizer.learning_rate) == pytest.approx(8e-5)
    (optimizer,) = adversary(lr=1e-3).optimizers.values()
    assert float(optimizer.learning_rate) == pytest.approx(1e-3)


def test_worries_are_in_words():
    judge = adversary()
    fine = {"k_t": 0.5, "map_height": 0.4, "true_error": 1.0, "found_error": 0.25}
    assert not judge.worries(fine)
    assert "k_t has risen" in judge.worries({**fine, "k_t": 1.0})["balance"]
    assert "nearly empty" in judge.worries({**fine, "map_height": 0.0})["collapse"]


def test_an_unknown_way_is_refused():
    with pytest.raises(ValueError, match="Received: 'neither'. Known: output, both"):
        adversary(through="neither")
