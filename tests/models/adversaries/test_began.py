import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.adversaries.small_adversaries import SIZE, K, people
from tfpose.codecs import HeatmapCodec
from tfpose.models.adversaries.began import BalancedAdversary, autoencoder
from tfpose.models.layers.residual import Residuals

CODEC = HeatmapCodec(SIZE)


def balanced_adversary(**options):
    return BalancedAdversary(CODEC, autoencoder(CODEC.map_size, K, Residuals(1), 1, 4, 1), **options)


def inputs_and_outputs(adversary, seed=1):
    images, everyone = people()
    maps = np.random.default_rng(seed).normal(size=(4, 2, 8, 10, K)).astype("float32")
    outputs = {"heatmaps": tf.constant(maps)}
    return adversary.discriminator_inputs(images, everyone, CODEC.encode(everyone), outputs), outputs


def slow_error(adversary, inputs, shown, expected):
    seen = np.concatenate([inputs["images"], shown], axis=-1)
    reconstructed = np.asarray(adversary.networks["discriminator"](seen, training=True), "float64")
    total = 0.0
    for b, k in np.ndindex(4, K):
        if inputs["weights"][b, k]:
            total += np.square(reconstructed[b, ..., k] - expected[b, ..., k]).sum()
    return total / (4 * K)


def test_the_losses_are_the_papers():
    adversary = balanced_adversary()
    adversary.k_t.assign(0.3)
    inputs, outputs = inputs_and_outputs(adversary)
    assert 0 < np.mean(inputs["weights"]) < 1
    true, found = (
        slow_error(adversary, inputs, np.asarray(inputs[name]), np.asarray(inputs[name])) for name in ("true", "found")
    )
    loss, metrics = adversary.discriminator_loss("reconstruction", inputs)
    assert float(loss) == pytest.approx(true - 0.3 * found, rel=1e-4)
    assert float(metrics["true_error"][0]) == pytest.approx(true, rel=1e-4)
    assert float(metrics["found_error"][0]) == pytest.approx(found, rel=1e-4)
    generator_loss, _ = adversary.generator_loss(inputs, outputs)
    assert float(generator_loss) == pytest.approx(found, rel=1e-4)


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
    adversary = balanced_adversary(gamma=gamma, lambda_k=0.01)
    adversary.k_t.assign(before)
    adversary.update({"true_error": tf.constant(true), "found_error": tf.constant(found)})
    assert float(adversary.k_t) == pytest.approx(after, abs=1e-6)
    measured = {each.name: float(each.result()) for each in adversary.metrics}
    assert measured["k_t"] == pytest.approx(after, abs=1e-6)
    assert measured["balance"] == pytest.approx(gamma * true - found)
    assert measured["convergence"] == pytest.approx(true + abs(gamma * true - found))
    assert float(adversary.steps) == 1


def gradients(adversary, inputs, outputs):
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        loss, _ = adversary.generator_loss(inputs, outputs)
    return tape.gradient(loss, outputs)["heatmaps"].numpy()


def test_the_generator_gets_gradients_through_the_output_alone_or_through_both():
    adversary = balanced_adversary()
    inputs, outputs = inputs_and_outputs(adversary)
    output = gradients(adversary, inputs, outputs)
    adversary.through = "both"
    both = gradients(adversary, inputs, outputs)
    found = np.asarray(inputs["found"])
    reconstructed = np.asarray(
        adversary.networks["discriminator"](np.concatenate([inputs["images"], found], axis=-1), training=True)
    )
    weights = np.asarray(inputs["weights"])[:, None, None]
    expected = 2 * (found - reconstructed * weights) / (4 * K)
    np.testing.assert_allclose((both - output)[:, 1], expected, atol=1e-5)
    assert np.abs(output[:, 1]).max() > 1e-4
    assert not output[:, 0].any() and not (output[:, 1] * (1 - weights)).any()  # Other stacks, hidden keypoints.


def test_the_discriminators_loss_has_no_gradient_for_the_generator():
    adversary = balanced_adversary()
    images, everyone = people()
    outputs = {"heatmaps": tf.ones((4, 2, 8, 10, K))}
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        loss, _ = adversary.discriminator_loss(
            "reconstruction", adversary.discriminator_inputs(images, everyone, CODEC.encode(everyone), outputs)
        )
    assert tape.gradient(loss, outputs["heatmaps"]) is None


def test_weights_per_cell_hide_cells():
    """As those of people beside others who are not annotated."""
    adversary = balanced_adversary()
    images, everyone = people()
    targets, _ = CODEC.encode(everyone)
    cells = np.ones((4, 1, 8, 10, 1), "float32")
    cells[:, :, :, 5:] = 0
    inputs = adversary.discriminator_inputs(
        images, everyone, (targets, {"heatmaps": cells}), {"heatmaps": tf.ones((4, 2, 8, 10, K))}
    )
    assert not np.asarray(inputs["found"])[:, :, 5:].any() and np.asarray(inputs["found"])[:, :, :5].all()
    _, metrics = adversary.generator_loss(inputs, {"heatmaps": tf.ones((4, 2, 8, 10, K))})
    assert float(metrics["map_height"][0]) == 1


def test_the_weight_rises_over_the_warm_up():
    adversary = balanced_adversary(weight=0.5, warm_up=4)
    found = []
    for _ in range(6):
        found.append(float(adversary.current_weight))
        adversary.update({"true_error": tf.constant(1.0), "found_error": tf.constant(1.0)})
    assert found == pytest.approx([0, 0.125, 0.25, 0.375, 0.5, 0.5])
    assert balanced_adversary(weight=0.5).current_weight == 0.5


def test_the_optimizer_is_the_papers():
    (optimizer,) = balanced_adversary().optimizers.values()
    assert type(optimizer) is keras.optimizers.Adam and float(optimizer.learning_rate) == pytest.approx(8e-5)
    (optimizer,) = balanced_adversary(lr=1e-3).optimizers.values()
    assert float(optimizer.learning_rate) == pytest.approx(1e-3)


def test_warnings_explain_what_is_wrong():
    adversary = balanced_adversary()
    fine = {"k_t": 0.5, "map_height": 0.4, "true_error": 1.0, "found_error": 0.25}
    assert not adversary.warnings(fine)
    assert "k_t has reached its maximum" in adversary.warnings({**fine, "k_t": 1.0})["balance"]
    assert "nearly empty" in adversary.warnings({**fine, "map_height": 0.0})["collapse"]


def test_an_unknown_path_is_refused():
    with pytest.raises(ValueError, match="Received: 'neither'. Known: output, both"):
        balanced_adversary(through="neither")
