import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.adversaries.small_adversaries import SIZE, SKELETON, SMALL, K, build, people, state, train
from tests.models.adversaries.test_discriminators import count
from tfpose import skeletons
from tfpose.models.adversarial_posenet import AdversarialPoseNet
from tfpose.models.adversaries import pose_and_confidence

RATE = 1e-3


@pytest.mark.slow
@pytest.mark.parametrize(("skeleton", "expected"), [(skeletons.MPII, 198_569_696), (skeletons.LSP, 196_335_140)])
def test_the_generator_has_the_parameters_of_the_reference(skeleton, expected):
    model = AdversarialPoseNet(skeleton, adversaries="none")
    assert count(model) == expected
    assert {name: maps.shape for name, maps in model.output.items()} == dict.fromkeys(
        ("heatmaps", "occlusions"), (None, 4, 64, 64, len(skeleton))
    )


def test_maps_are_bounded_and_the_occluded_have_two():
    model = build(AdversarialPoseNet, adversaries="none")
    images, everyone = people()
    outputs = model(images)
    assert all(float(tf.reduce_min(maps)) > 0 and float(tf.reduce_max(maps)) < 1 for maps in outputs.values())
    targets, _ = model.codec.encode(everyone)
    occluded = everyone["keypoints"][:, 0, :, 2] == 1
    np.testing.assert_array_equal(np.asarray(targets["occlusions"]).any(axis=(1, 2, 3)), occluded)


def test_each_stack_is_told_of_the_one_before():
    model = build(AdversarialPoseNet, stacks=2, adversaries="none")
    images, _ = people()
    before = model(images)["heatmaps"].numpy()
    for kind in ("heatmaps", "occlusions"):
        bias = model.get_layer(f"stack1_{kind}").bias
        bias.assign_add(np.linspace(1, 2, K))
        after = model(images)["heatmaps"].numpy()
        bias.assign_sub(np.linspace(1, 2, K))
        assert np.abs(after - before)[:, 1].max() > 1e-7
        assert (np.abs(after - before)[:, 0].max() > 1e-7) == (kind == "heatmaps")


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        ("paper", ["generator", "pose", "pose", "confidence", "confidence", "generator"]),
        ("once", ["pose", "confidence", "generator"]),
    ],
)
def test_updates_come_in_the_papers_order(updates, expected, monkeypatch):
    model = build(AdversarialPoseNet, updates=updates)
    assert model.updates_per_step == expected.count("generator")
    found = []
    for name, optimizer in {"generator": model.optimizer, **model.adversary.optimizers}.items():
        apply = optimizer.apply
        monkeypatch.setattr(
            optimizer, "apply", lambda *args, name=name, apply=apply: (found.append(name), apply(*args))
        )
    train(model, (0, 1))
    assert found == 2 * expected
    assert int(model.optimizer.iterations) == 2 * model.updates_per_step


@pytest.mark.parametrize("updates", ["paper", "once"])
def test_a_step_is_the_papers(updates, monkeypatch):
    """Written out, with plain descent on all sides."""
    monkeypatch.setattr(pose_and_confidence.keras.optimizers, "RMSprop", keras.optimizers.SGD)
    options = {"updates": updates, "adversarial_weight": 50.0, "lr_d": RATE}
    model, other = build(AdversarialPoseNet, **options), build(AdversarialPoseNet, **options)
    for each in (model, other):
        each.compile(keras.optimizers.SGD(RATE), each.default_loss(), run_eagerly=True)
    pair = people()
    model.fit(tf.data.Dataset.from_tensors(pair), verbose=0, shuffle=False)
    slow_step(other, *pair, updates)
    for name, value in state(other).items():
        if name.startswith(("generator", "adversary")) and "steps" not in name:
            np.testing.assert_allclose(state(model)[name], value, atol=2e-6, err_msg=name)


def slow_step(model, images, everyone, updates):
    def error(outputs):
        targets, weights = model.codec.encode(everyone)
        each = (tf.reduce_sum((outputs[n] - targets[n]) ** 2, axis=(2, 3)) * weights[n] for n in outputs)
        return sum(map(tf.reduce_mean, each))

    def descend(network, tape, loss):
        for v, gradient in zip(
            network.trainable_variables, tape.gradient(loss, network.trainable_variables), strict=True
        ):
            v.assign_sub(RATE * gradient)

    if updates == "paper":
        with tf.GradientTape() as tape:
            loss = error(model(images))
        descend(model, tape, loss)
    with tf.GradientTape() as generator:
        outputs = model(images)
        loss = error(outputs)
    inputs = model.adversary.discriminator_inputs(images, everyone, model.codec.encode(everyone), outputs)
    thumbnails = inputs["images"]
    for name, network in model.adversary.networks.items():
        halves = [("found", inputs[name]), ("true", tf.ones_like(inputs[name]))]
        for half in [[each] for each in halves] if updates == "paper" else [halves]:
            with tf.GradientTape() as tape:
                wrong = 0.0
                for which, truth in half:
                    seen = tf.concat([thumbnails, inputs[which]], -1) if name == "pose" else inputs[which]
                    answer = tf.sigmoid(network(seen))
                    wrong -= tf.reduce_mean(inputs["weights"] * tf.math.log(1 - tf.abs(answer - truth)))
            descend(network, tape, wrong)
    with generator:
        maps = tf.concat([outputs[n][:, -1] * inputs["weights"][:, None, None] for n in ("heatmaps", "occlusions")], -1)
        for name, weight in (("pose", 2 * 50 / 180), ("confidence", 2 * 50 / 220)):
            seen = tf.concat([thumbnails, maps], -1) if name == "pose" else maps
            answer = tf.sigmoid(model.adversary.networks[name](seen))
            loss -= weight * tf.reduce_mean(inputs["weights"] * tf.math.log(answer))
    descend(model, generator, loss)


@pytest.mark.parametrize("adversaries", ["pose", "confidence"])
def test_one_discriminator_is_enough(adversaries):
    model = build(AdversarialPoseNet, adversaries=adversaries, confidence="plain")
    assert list(model.adversary.networks) == [adversaries]
    assert np.isfinite(train(model, (0, 1))["loss"]).all()


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"adversaries": "all"}, "'all'. Known: both, pose, confidence, none"),
        ({"updates": "never"}, "'never'. Known: paper, once"),
        ({"confidence": "flat"}, "'flat'. Known: encoder_decoder, plain"),
        ({"image_size": (30, 40)}, r"\(30, 40\)"),
    ],
)
def test_what_cannot_be_built_is_refused(options, received):
    with pytest.raises(ValueError, match=f"Received: .*{received}"):
        AdversarialPoseNet(SKELETON, **{"image_size": SIZE, **SMALL, **options})


@pytest.mark.slow
def test_the_losses_to_choose_from_train_it():
    assert list(AdversarialPoseNet.LOSSES) == ["mse", "bce", "bce_skew"]
    for loss in AdversarialPoseNet.LOSSES.values():
        model = build(AdversarialPoseNet, adversaries="none")
        model.compile(keras.optimizers.SGD(1e-4), dict.fromkeys(model.output, loss()), run_eagerly=True)
        logs = model.fit(tf.data.Dataset.from_tensors(people()), epochs=4, verbose=0, shuffle=False).history
        assert logs["loss"][-1] < logs["loss"][0]
