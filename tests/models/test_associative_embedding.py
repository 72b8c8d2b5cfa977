import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.foreign_models import compiled, measure, train
from tests.small_networks import noise
from tests.small_people_networks import associative_embedding
from tfpose import models, skeletons
from tfpose.losses.tags import pull_and_push
from tfpose.models import AssociativeEmbedding
from tfpose.skeletons import Skeleton

SIZE = (64, 96)


def crowd(n=4, people=3, keypoints=17, seed=0):
    """Images and several people in each, of whom some keypoints are not annotated, and some cells to ignore."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, np.array(SIZE[::-1]) - 1, (n, people, keypoints, 2))
    v = rng.choice([0, 1, 2], (n, people, keypoints, 1), p=[0.3, 0.2, 0.5])
    v[0, 1:] = 0
    return np.stack([noise(SIZE, seed + i) for i in range(n)]), {
        "keypoints": np.concatenate([points, v], axis=-1).astype("float32"),
        "areas": np.full((n, people), 900, "float32"),
        "ignore": (rng.random((n, 16, 24)) < 0.1).astype("float32"),
    }


def test_it_has_the_parameters_of_the_reference():
    model = AssociativeEmbedding(skeletons.COCO, (64, 64), unused=34)
    assert model.count_params() == 138_893_840
    assert model.output["heatmaps"].shape == model.output["tags"].shape == (None, 4, 16, 16, 17)


def test_the_defaults_are_the_paper():
    defaults = AssociativeEmbedding.__init__.__kwdefaults__
    assert (defaults["stacks"], defaults["features"], defaults["growth"], defaults["depth"]) == (4, 256, 128, 4)
    assert (defaults["sigma"], defaults["tag_dim"], defaults["unused"]) == (2.0, 1, 0)
    assert AssociativeEmbedding.__init__.__defaults__ == ((512, 512),)
    assert set(defaults) - {"name", "weights"} == set(associative_embedding().config) - {"skeleton", "image_size"}


@pytest.mark.parametrize(
    ("skeleton", "tag_dim"), [(skeletons.AI_CHALLENGER, 1), (Skeleton("one", ("nose",)), 3)], ids=str
)
def test_any_number_of_keypoints_and_tag_dimensions(skeleton, tag_dim):
    model = AssociativeEmbedding(skeleton, SIZE, stacks=1, features=8, growth=4, depth=2, tag_dim=tag_dim)
    k = len(skeleton)
    images, people = crowd(2, keypoints=k)
    outputs = model(images)
    assert outputs["heatmaps"].shape == (2, 1, 16, 24, k) and outputs["tags"].shape == (2, 1, 16, 24, k * tag_dim)
    candidates = model.codec.decode(outputs)
    assert candidates.shape == (2, k, 30, 3 + tag_dim)
    assert model.codec.group(candidates[0].numpy()).shape[1:] == (k, 3)
    assert np.isfinite(measure(compiled(model), (images, people)))


def test_the_loss_is_that_of_the_paper():
    model = associative_embedding()
    images, people = crowd()
    outputs = model(images, training=False)
    targets, _ = model.codec.encode(people)
    mask = (1 - people["ignore"])[:, None, ..., None]
    expected = np.mean(mask * np.square(outputs["heatmaps"] - targets["heatmaps"]))
    expected += 1e-3 * sum(np.mean(part) for part in pull_and_push(targets["tags"], outputs["tags"]))
    cells = 16 * 24  # Over which ours is a sum.
    assert measure(compiled(model), (images, people)) == pytest.approx(cells * float(expected), rel=1e-4)


def test_ignored_cells_teach_no_heatmap():
    model = compiled(associative_embedding())
    images, people = crowd()
    people["ignore"][:] = 1
    with tf.GradientTape() as tape:
        outputs = model(images)
        loss = model.compute_loss(images, people, outputs)
    gradient = tape.gradient(loss, outputs, unconnected_gradients="zero")
    assert not np.any(gradient["heatmaps"]) and np.any(gradient["tags"])


def test_no_gradient_goes_through_the_drawing_of_targets():
    """XLA cannot compile it: its loop over the people has no fixed length."""
    model = compiled(associative_embedding())
    images, people = crowd()
    people = tf.nest.map_structure(tf.constant, people)
    with tf.GradientTape() as tape:
        tape.watch(people["keypoints"])
        loss = model.compute_loss(images, people, model(images))
    assert tape.gradient(loss, people["keypoints"]) is None


def test_a_step_moves_every_weight_downhill():
    model = associative_embedding()
    model.compile(keras.optimizers.Adam(2e-3), model.default_loss())
    before = [v.numpy() for v in model.trainable_variables]
    losses = train(model, crowd(), steps=8)
    assert losses[-1] < losses[0]
    for old, v in zip(before, model.trainable_variables, strict=True):
        assert not np.array_equal(old, v), v.path


@pytest.mark.slow
def test_xla_computes_the_same_step():
    found = []
    for xla in (False, True):
        model = associative_embedding(stacks=1, tag_dim=2)
        model.xla = xla
        found.append((train(compiled(model), crowd()), model.get_weights()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-4)
    for a, b in zip(*(weights for _, weights in found), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("xla", [False, True])
def test_two_replicas_make_the_step_of_one(xla):
    data = tf.data.Dataset.from_tensors(crowd()).unbatch().batch(4)
    found = []
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())
    for each in (tf.distribute.get_strategy(), strategy):
        with each.scope():
            model = compiled(associative_embedding(stacks=1, weight_decay=0.01))
        model.xla = xla
        history = model.fit(data, epochs=2, shuffle=False, verbose=0).history
        found.append((history["loss"], model.get_weights()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-4)
    for a, b in zip(*(weights for _, weights in found), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_maps_are_whole_numbers_in_half_precision(policy):
    keras.config.set_dtype_policy(policy)
    model = compiled(associative_embedding())
    images, people = crowd()
    assert all(maps.dtype == "float32" for maps in model(images).values())
    assert model.get_layer("stem_conv1").compute_dtype == keras.DTypePolicy(policy).compute_dtype
    assert np.isfinite(train(model, (images, people))).all()


def test_weight_decay_is_half_the_square_of_the_kernels():
    model = associative_embedding(weight_decay=0.03)
    kernels = [layer.kernel.numpy() for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    expected = 0.03 / 2 * sum(np.square(kernel, dtype="float64").sum() for kernel in kernels)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)


def test_a_saved_model_answers_as_before(tmp_path):
    model = associative_embedding(tag_dim=2, sigma=1.5, max_people=7, unused=3)
    images, _ = crowd(2)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert json.dumps(again.get_config()) == json.dumps(model.get_config())
    assert again.skeleton == model.skeleton and again.codec.get_config() == model.codec.get_config()
    for name, maps in model(images).items():
        np.testing.assert_allclose(again(images)[name], maps, atol=1e-6)


def test_another_size_needs_no_other_weights():
    model, other = associative_embedding(), associative_embedding(image_size=(96, 64))
    other.set_weights(model.get_weights())
    images = np.stack([noise((96, 64))])
    for name, maps in other(images).items():
        np.testing.assert_allclose(model.call(images, training=False)[name], maps, atol=1e-6)


@pytest.mark.parametrize("size", [(60, 96), (64, 8), (0, 64)])
def test_sizes_that_do_not_halve_are_refused(size):
    with pytest.raises(ValueError, match="multiples of 16.*Received: "):
        associative_embedding(image_size=size)


@pytest.mark.slow
def test_it_learns_two_pictures_by_heart():
    model = associative_embedding(stacks=1, features=16, growth=8, sigma=1.0)
    model.compile(keras.optimizers.Adam(3e-3), model.default_loss())
    images, people = crowd(2, people=2)
    people["ignore"][:] = 0
    train(model, (images, people), steps=600)
    found = model.codec.group(model.codec.decode(model(images)).numpy()[1])
    truth = people["keypoints"][1]
    right = (np.linalg.norm(found[:, None, :, :2] - truth[..., :2], axis=-1) < 4) & (found[:, None, :, 2] > 0)
    right &= truth[..., 2] > 0
    assert right.sum(axis=-1).max(axis=0).sum() > 0.8 * (truth[..., 2] > 0).sum()


def test_it_is_among_the_models():
    assert models.MODELS["associative_embedding"] is AssociativeEmbedding
    assert set(AssociativeEmbedding.LOSSES) == {"mse"}
