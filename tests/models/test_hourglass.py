"""The stacked hourglass: as large as the reference's, and it learns."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.foreign_models import batch, compiled, measure, train
from tfpose import models, skeletons
from tfpose.models.hourglass import StackedHourglass

SIZE = (32, 48)
SMALL = {"stacks": 2, "features": 8, "depth": 2}


def small(**options):
    keras.utils.set_random_seed(0)
    return models.build("hourglass", skeletons.LSP, SIZE, **{**SMALL, **options})


def test_eight_stacks_have_the_parameters_of_the_reference():
    model = StackedHourglass(skeletons.MPII)
    assert sum(int(np.prod(v.shape)) for v in model.trainable_variables) == 25_434_112
    assert model.output["heatmaps"].shape == (None, 8, 64, 64, 16)


def test_four_stacks_of_two_modules_have_the_parameters_of_the_reference():
    model = StackedHourglass(skeletons.MPII, stacks=4, modules=2)
    assert sum(int(np.prod(v.shape)) for v in model.trainable_variables) == 24_871_872


def test_the_loss_falls_and_more_at_every_stack_is_taught():
    model, pair = compiled(small(), lr=0.01), batch(size=SIZE, keypoints=14)
    losses = train(model, pair, steps=6)
    assert losses[-1] < 0.9 * losses[0]
    _, _, gradients = model.compute_gradients(*(tf.nest.map_structure(tf.constant, part) for part in pair))
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        if variable.path.endswith("_maps/bias"):
            assert np.any(gradient), variable.path


def test_the_loss_is_the_mean_over_maps_of_squared_errors_summed_over_cells():
    model, (images, people) = compiled(small()), batch(size=SIZE, keypoints=14)
    maps = model(images, training=False)["heatmaps"].numpy()
    targets, weights = (np.array(each["heatmaps"]) for each in model.codec.encode(people))
    expected = (((maps - targets) ** 2).sum(axis=(2, 3)) * weights).mean()
    assert measure(model, (images, people)) == pytest.approx(expected, rel=1e-4)


def test_keypoints_not_annotated_teach_nothing():
    model, (images, people) = compiled(small()), batch(size=SIZE, keypoints=14)
    nobody = {**people, "keypoints": people["keypoints"] * [1, 1, 0]}
    assert measure(model, (images, nobody)) == 0


def test_saved_and_loaded_it_answers_the_same(tmp_path):
    model, (images, _) = small(refinement="dark", weight_decay=1e-4), batch(size=SIZE)
    model.save(tmp_path / "a.keras")
    again = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_allclose(model(images)["heatmaps"], again(images)["heatmaps"], atol=1e-5)
    assert again.get_config() == model.get_config() and again.skeleton == skeletons.LSP


@pytest.mark.parametrize("policy", ["mixed_bfloat16", pytest.param("mixed_float16", marks=pytest.mark.slow)])
def test_half_precision_learns_too(policy):
    keras.config.set_dtype_policy(policy)
    model = compiled(small(), lr=0.01)
    steps = 20 if policy == "mixed_float16" else 4  # Float16 first finds a scale, skipping steps.
    losses = train(model, batch(size=SIZE, keypoints=14), steps)
    assert np.isfinite(losses).all() and losses[-1] < losses[0]


@pytest.mark.parametrize("xla", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_two_replicas_learn_as_one(xla):
    pair, after = batch(size=SIZE, keypoints=14), []
    devices = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], tf.distribute.ReductionToOneDevice())
    for strategy in (tf.distribute.get_strategy(), devices):
        with strategy.scope():
            model = small()
            for layer in model.layers:  # Each replica normalises by its own images: compare without.
                if isinstance(layer, keras.layers.BatchNormalization):
                    layer.trainable = False
            model.xla = xla
            losses = train(compiled(model, lr=0.01), pair, steps=2)
        after.append(losses)
    np.testing.assert_allclose(after[0], after[1], rtol=1e-4)


def test_the_stem_grows_with_the_features():
    widths = {features: small(features=features).get_layer("stem_conv").filters for features in (16, 32)}
    assert widths == {16: 4, 32: 8}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"depth": 4}, "multiples of 64"),
        ({"features": 12}, "multiple of 8"),
        ({"refinement": "x"}, "Known: none, quarter"),
    ],
)
def test_what_cannot_be_built_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        small(**options)
