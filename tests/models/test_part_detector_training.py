import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.foreign_models import batch, compiled, measure, train
from tests.small_networks import part_detector
from tfpose.losses.heatmaps import SpatialSquaredError


@pytest.mark.parametrize("use_sm", [False, True])
def test_weight_decay_is_half_the_square_of_the_convolutions_kernels(use_sm):
    lmbd = 0.03
    plain, decayed = (part_detector(use_sm=use_sm, banks=2, weight_decay=decay) for decay in (0, lmbd))
    decayed.set_weights(plain.get_weights())
    kernels = [layer.kernel.numpy() for layer in decayed.layers if isinstance(layer, keras.layers.Conv2D)]
    assert len(kernels) == 2 * 4 + 2 + use_sm
    expected = lmbd / 2 * sum(np.square(kernel, dtype="float64").sum() for kernel in kernels)
    assert float(sum(decayed.losses)) == pytest.approx(expected, rel=1e-5)
    losses = [measure(compiled(model), batch()) for model in (plain, decayed)]
    assert losses[1] - losses[0] == pytest.approx(expected, rel=1e-4)


def test_the_loss_is_the_mean_over_keypoints_that_are_annotated_or_not():
    model = part_detector()
    images, people = batch()
    outputs = model(images, training=False)
    targets, weights = model.codec.encode(people)
    each = -np.sum(targets["heatmaps"] * tf.math.log(model.codec.maps(outputs))[:, None], axis=(2, 3))
    expected = (each * weights["heatmaps"]).numpy().mean()
    assert 0 < np.mean(weights["heatmaps"]) < 1
    assert measure(compiled(model), (images, people)) == pytest.approx(expected, rel=1e-4)


def test_a_step_moves_every_weight_downhill():
    model = compiled(part_detector(), lr=0.02)
    before = [v.numpy() for v in model.trainable_variables]
    losses = train(model, batch(), steps=8)
    assert losses[-1] < losses[0]
    for old, v in zip(before, model.trainable_variables, strict=True):
        assert not np.array_equal(old, v), v.path


def test_it_learns_four_pictures_by_heart():
    keras.utils.set_random_seed(0)
    model = part_detector(filters=(8, 8, 16, 16, 16))
    model.compile(keras.optimizers.Adam(0.01), model.default_loss())
    images, people = batch()
    losses = train(model, (images, people), steps=60)
    share = (people["keypoints"][..., 2] > 0).mean()
    floor = 2.1 * share  # About the entropy of the targets.
    assert losses[0] > np.log(48) * share * 0.8
    assert losses[-1] < floor + 0.5


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_xla_computes_the_same_step(loss):
    found = []
    for xla in (False, True):
        model = part_detector(weight_decay=0.01)
        model.xla = xla
        losses = model.default_loss() if loss == "cross_entropy" else {"heatmaps": SpatialSquaredError()}
        model.compile(keras.optimizers.SGD(0.1), losses)
        found.append((train(model, batch()), model.get_weights()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-4)
    for a, b in zip(*(weights for _, weights in found), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)


def mirrored_strategy():
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())


def test_two_replicas_make_the_step_of_one():
    """Both see the same half, so that their batch normalisation does, too."""
    images, people = batch(2)
    whole = tf.nest.map_structure(lambda x: np.concatenate([x, x]), (images, people))
    data = tf.data.Dataset.from_tensors(whole).unbatch().batch(4)
    found = []
    for strategy in (tf.distribute.get_strategy(), mirrored_strategy()):
        with strategy.scope():
            model = compiled(part_detector(weight_decay=0.01))
        history = model.fit(data, epochs=2, shuffle=False, verbose=0).history
        found.append((history["loss"], model.get_weights()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-4)
    for a, b in zip(*(weights for _, weights in found), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_two_replicas_measure_what_one_does():
    data = tf.data.Dataset.from_tensors(batch(6)).unbatch().batch(4)  # The last batch is smaller.
    found = []
    for strategy in (tf.distribute.get_strategy(), mirrored_strategy()):
        with strategy.scope():
            model = compiled(part_detector(weight_decay=0.01))
        found.append(model.evaluate(data, verbose=0))
    assert found[0] == pytest.approx(found[1], rel=1e-4)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_maps_are_whole_numbers_in_half_precision(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = compiled(part_detector(use_sm=True))
        images, people = batch()
        assert all(maps.dtype == "float32" for maps in model(images).values())
        assert model.get_layer("bank1_conv1").compute_dtype == keras.DTypePolicy(policy).compute_dtype
        assert np.isfinite(train(model, (images, people))).all()
    finally:
        keras.config.set_dtype_policy("float32")


def test_stages_change_only_what_they_are_about():
    model = part_detector(use_sm=True)
    for stage in ("detector", "spatial", "joint"):
        learned = model.freeze(stage)
        model.compile(keras.optimizers.SGD(0.1), {name: model.default_loss()[name] for name in learned})
        before = {v.path: v.numpy() for v in model.variables}
        assert np.isfinite(train(model, batch())).all()
        moved = {"spatial_model" in v.path for v in model.variables if not np.array_equal(v, before[v.path])}
        assert moved == {"detector": {False}, "spatial": {True}, "joint": {True, False}}[stage]
        if stage == "spatial":
            assert not any("norm" in v.path and "bank" in v.path for v in model.trainable_variables)


def test_without_spatial_model_there_is_one_stage():
    assert part_detector().freeze("joint") == ("heatmaps",)
    with pytest.raises(ValueError, match="need `use_sm`.*Received: 'detector'"):
        part_detector().freeze("detector")
