import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.adversaries.small_adversaries import build, people, state
from tests.models.adversaries.test_discriminators import count
from tfpose import skeletons
from tfpose.models.adversaries import began
from tfpose.models.self_adversarial import SelfAdversarial

RATE = 1e-3


@pytest.mark.slow
def test_both_sides_have_the_parameters_of_the_references():
    model = SelfAdversarial(skeletons.MPII)
    assert count(model) == 24_871_872
    assert count(model.adversary.networks["discriminator"]) == 6_431_376


def test_the_discriminator_has_as_many_hourglasses_as_asked():
    one, two = (build(SelfAdversarial, discriminator_stacks=n).adversary.networks["discriminator"] for n in (1, 2))
    assert count(two) > 1.5 * count(one) and two.output.shape == one.output.shape


@pytest.mark.parametrize("through", ["output", "both"])
def test_a_step_is_the_papers(through, monkeypatch):
    """Written out, with plain descent on both sides."""
    monkeypatch.setattr(began.keras.optimizers, "Adam", keras.optimizers.SGD)
    options = {"stacks": 2, "through": through, "lambda_g": 0.5, "lr_d": RATE, "gamma": 0.4, "lambda_k": 0.01}
    model, other = build(SelfAdversarial, **options), build(SelfAdversarial, **options)
    for each in (model, other):
        each.adversary.k_t.assign(0.25)
        each.compile(keras.optimizers.SGD(RATE), each.default_loss(), run_eagerly=True)
    pair = people()
    model.fit(tf.data.Dataset.from_tensors(pair), verbose=0, shuffle=False)
    slow_step(other, *pair, through)
    found, expected = state(model), state(other)
    for name in expected:
        if name.startswith(("generator", "adversary")) and "steps" not in name and "moving" not in name:
            np.testing.assert_allclose(found[name], expected[name], atol=2e-5, err_msg=name)
    assert float(model.adversary.k_t) != 0.25


def slow_step(model, images, everyone, through):
    targets, weights = (values["heatmaps"][:, 0] for values in model.codec.encode(everyone))
    visible = weights[:, None, None]
    thumbnails = tf.image.resize(images / np.float32(255), (8, 10), "area")
    discriminator, k_t = model.adversary.networks["discriminator"], model.adversary.k_t

    def reconstruction_error(maps, expected):
        answer = discriminator(tf.concat([thumbnails, maps], -1), training=True) * visible
        return tf.reduce_mean(tf.reduce_sum((answer - expected) ** 2, axis=(1, 2)))

    def descend(network, tape, loss):
        for v, gradient in zip(
            network.trainable_variables, tape.gradient(loss, network.trainable_variables), strict=True
        ):
            v.assign_sub(RATE * gradient)

    with tf.GradientTape() as generator:
        stacks = model(images, training=True)["heatmaps"]
        errors = [tf.reduce_sum((stacks[:, s] - targets) ** 2, axis=(1, 2)) * weights for s in range(2)]
        found = stacks[:, -1] * visible
    with tf.GradientTape() as tape:
        real, fake = (reconstruction_error(maps, maps) for maps in (targets * visible, tf.stop_gradient(found)))
        loss = real - k_t * fake
    descend(discriminator, tape, loss)
    with generator:
        adversarial = reconstruction_error(found, found if through == "both" else tf.stop_gradient(found))
        # The paper's loss is the sum over the stacks; ours is half of it here, with two.
        loss = (sum(map(tf.reduce_mean, errors)) + 0.5 * adversarial) / 2
    descend(model, generator, loss)
    k_t.assign(tf.clip_by_value(k_t + 0.01 * (0.4 * real - fake), 0.0, 1.0))
