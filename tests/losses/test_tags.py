import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpose.losses.tags import TagLoss, pull_and_push

SHAPE = (2, 3, 5, 6)  # Batch, stacks, map.


def crowd(people, keypoints, *, tag_dim=1, valid=0.7, seed=0):
    """Random places `[B, N, K, 2]` and maps `float64 [B, S, h, w, K * D]`."""
    rng = np.random.default_rng(seed)
    b, _, h, w = SHAPE
    places = np.stack([rng.integers(0, h * w, (b, people, keypoints)), rng.random((b, people, keypoints)) < valid], -1)
    return places.astype("float64"), rng.normal(size=(*SHAPE, keypoints * tag_dim))


def literal(places, maps):
    """The formulas of the class, loop by loop."""
    b, s, h, w = SHAPE
    k = places.shape[2]
    found = np.zeros((2, b, s))
    for i, j in np.ndindex(b, s):
        tags = maps[i, j].reshape(h * w, k, -1)
        people = [
            np.array([tags[int(cell), n] for n, (cell, valid) in enumerate(person) if valid]) for person in places[i]
        ]
        people = [tag for tag in people if len(tag)]
        means = [tag.mean(axis=0) for tag in people]
        pull = [np.mean([np.mean((t - mean) ** 2) for t in tag]) for tag, mean in zip(people, means, strict=True)]
        push = [np.exp(-np.sum((a - b) ** 2)) / 2 for n, a in enumerate(means) for b in means[:n]]
        found[:, i, j] = [np.mean(pull) if pull else 0, np.mean(push) if push else 0]
    return found


def test_the_vector_of_the_reference():
    maps = np.zeros((1, 1, 4, 4, 2), "float32")
    maps[0, 0, 0, 1, 0], maps[0, 0, 0, 2, 1], maps[0, 0, 2, 1, 0] = 1, 3, 2.5
    places = np.array([[[[1, 1], [2, 1]], [[9, 1], [0, 0]]]], "float32")
    pull, push = pull_and_push(places, maps)
    assert float(pull[0, 0]) == 0.5
    assert float(push[0, 0]) == pytest.approx(0.5 * np.exp(-0.25))
    assert float(TagLoss()(places, maps)) == pytest.approx(1e-3 * (0.5 + 0.5 * np.exp(-0.25)))


@pytest.mark.parametrize("people", [0, 1, 2, 7, 40])
@pytest.mark.parametrize(("keypoints", "tag_dim"), [(1, 1), (1, 3), (17, 1), (4, 2)])
def test_it_costs_what_the_literal_version_does(people, keypoints, tag_dim):
    places, maps = crowd(people, keypoints, tag_dim=tag_dim)
    np.testing.assert_allclose(pull_and_push(places, maps), literal(places, maps), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("tag_dim", [1, 2])
def test_the_gradient_is_that_of_finite_differences(tag_dim):
    places, maps = crowd(4, 3, tag_dim=tag_dim)
    places[0, :, :, 1] = 1
    places[0, 1] = places[0, 0]  # Two people in the same cells.
    loss = TagLoss(pull=0.7, push=1.3, dtype="float64")
    maps = tf.Variable(maps)
    with tf.GradientTape() as tape:
        value = loss(places, maps)
    gradient = tape.gradient(value, maps).numpy()
    rng, step = np.random.default_rng(1), 1e-6
    for _ in range(5):
        direction = rng.normal(size=maps.shape)
        values = [float(loss(places, maps + sign * step * direction)) for sign in (1, -1)]
        assert (values[0] - values[1]) / (2 * step) == pytest.approx(np.sum(gradient * direction), rel=1e-6)


def test_only_the_cells_of_keypoints_are_taught():
    places, maps = crowd(3, 2)
    maps = tf.Variable(maps)
    with tf.GradientTape() as tape:
        value = TagLoss(dtype="float64")(places, maps)
    gradient = tape.gradient(value, maps).numpy().reshape(*SHAPE[:2], -1, 2)
    for b, cell, k in np.ndindex(2, 30, 2):
        is_place = ((places[b, :, k, 0] == cell) & (places[b, :, k, 1] > 0)).any()
        assert gradient[b, :, cell, k].any() == is_place


@pytest.mark.parametrize("valid", [0.0, 1.0])
def test_nobody_costs_nothing_and_teaches_nothing(valid):
    places, maps = crowd(0 if valid else 5, 3, valid=valid)
    maps = tf.Variable(maps)
    with tf.GradientTape() as tape:
        value = TagLoss(dtype="float64")(places, maps)
    assert float(value) == 0
    assert not np.any(tape.gradient(value, maps))


def test_the_order_of_people_does_not_matter_nor_do_empty_places():
    places, maps = crowd(5, 4)
    expected = pull_and_push(places, maps)
    shuffled = np.concatenate([places[:, [3, 1, 4, 0, 2]], np.zeros((2, 25, 4, 2))], axis=1)
    np.testing.assert_allclose(pull_and_push(shuffled, maps), expected, rtol=1e-12)


def test_adding_a_number_to_all_tags_changes_nothing():
    places, maps = crowd(5, 4)
    np.testing.assert_allclose(pull_and_push(places, maps + 7), pull_and_push(places, maps), rtol=1e-10)


def test_the_loss_is_the_mean_over_images_and_stacks():
    places, maps = crowd(4, 3)
    pull, push = pull_and_push(places, maps)
    assert np.shape(pull) == SHAPE[:2]
    expected = np.mean(0.5 * pull + 2 * push)
    assert float(TagLoss(pull=0.5, push=2)(places, maps)) == pytest.approx(expected, rel=1e-5)


def test_compiled_equals_eager():
    places, maps = (x.astype("float32") for x in crowd(6, 4, tag_dim=2))

    def step(maps):
        with tf.GradientTape() as tape:
            tape.watch(maps)
            value = TagLoss(1.0, 1.0)(places, maps)
        return value, tape.gradient(value, maps)

    for a, b in zip(step(tf.constant(maps)), tf.function(step, jit_compile=True)(tf.constant(maps)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_half_precision_costs_the_same():
    places, maps = crowd(4, 3)
    found = TagLoss(1.0, 1.0)(places, maps.astype("float16"))
    assert found.dtype == "float32"
    assert float(found) == pytest.approx(float(TagLoss(1.0, 1.0)(places, maps)), rel=1e-2)


def test_a_loss_survives_serialization():
    places, maps = crowd(4, 3)
    loss = TagLoss(0.2, 0.3)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert float(again(places, maps)) == float(loss(places, maps))
