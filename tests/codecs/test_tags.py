import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpose.codecs import TagCodec
from tfpose.losses.heatmaps import CellError

SIZE = (48, 80)


def codec(keypoints=3, **options):
    return TagCodec(**{"image_size": SIZE, "order": range(keypoints), **options})


def crowd(people=4, keypoints=3, batch=2, size=SIZE, seed=0):
    """Random keypoints `[B, N, K, 3]`, some not annotated, some outside."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-8, np.array(size[::-1]) + 8, (batch, people, keypoints, 2))
    v = rng.choice([0, 1, 2], (batch, people, keypoints, 1), p=[0.2, 0.3, 0.5])
    return np.concatenate([points, v], axis=-1).astype("float32")


def inside(keypoints, size=SIZE):
    x, y, v = np.moveaxis(keypoints, -1, 0)
    return (v > 0) & (x >= -0.5) & (x <= size[1] - 0.5) & (y >= -0.5) & (y <= size[0] - 0.5)


def perfect(codec, keypoints):
    """The outputs of a network that knows everything: tags number the people."""
    targets, _ = codec.encode({"keypoints": keypoints})
    k = keypoints.shape[2]
    tags = np.zeros((len(keypoints), 1, *codec.map_size, k, codec.tag_dim), "float32")
    for b, n, i in np.argwhere(targets["tags"][..., 1] > 0):
        row, column = divmod(int(targets["tags"][b, n, i, 0]), codec.map_size[1])
        tags[b, 0, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2, i] = 3 * n
    return {"heatmaps": targets["heatmaps"], "tags": tags.reshape(*tags.shape[:4], -1)}


@pytest.mark.parametrize("size", [(48, 80), (45, 77)])
def test_heatmaps_are_the_highest_gaussian_of_everyone(size):
    keypoints = crowd(size=size)
    found = codec(image_size=size).encode({"keypoints": keypoints})[0]["heatmaps"]
    h, w = -(-size[0] // 4), -(-size[1] // 4)
    y, x = np.mgrid[:h, :w]
    expected = np.zeros((2, 1, h, w, 3))
    for b, n, k in np.argwhere(inside(keypoints, size)):
        column, row = (keypoints[b, n, k, :2] + 0.5) / 4 - 0.5
        gaussian = np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * 2.0**2))
        expected[b, 0, ..., k] = np.maximum(expected[b, 0, ..., k], gaussian)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_places_tell_the_cell_that_a_keypoint_is_in():
    points = [[0, 0], [3.49, 3.5], [79.5, 47.5], [-0.5, -0.5], [-0.6, 0], [10, 47.6]]
    keypoints = np.array([[[[*point, 2]] for point in points] + [[[5, 5, 0]]]], "float32")
    places = codec(1).encode({"keypoints": keypoints})[0]["tags"].numpy()[0, :, 0]
    np.testing.assert_array_equal(places[:4], [[0, 1], [20, 1], [239, 1], [0, 1]])
    np.testing.assert_array_equal(places[4:, 1], 0)
    assert (places[:, 0] >= 0).all() and (places[:, 0] < 240).all()


def test_a_mirrored_crowd_has_exactly_the_mirrored_maps():
    keypoints = crowd()
    mirrored = keypoints * [-1, 1, 1] + [79, 0, 0]
    there, back = (codec().encode({"keypoints": each})[0]["heatmaps"] for each in (keypoints, mirrored))
    np.testing.assert_allclose(there, np.flip(back, axis=3), atol=1e-5)


def test_what_is_ignored_weighs_nothing_and_the_rest_is_the_mean_of_all_cells():
    rng = np.random.default_rng(0)
    ignore = (rng.random((2, 12, 20)) < 0.4).astype("float32")
    targets, weights = codec().encode({"keypoints": crowd(), "ignore": ignore})
    outputs = rng.normal(size=(2, 4, 12, 20, 3)).astype("float32")
    expected = np.mean((1 - ignore)[:, None, ..., None] * np.square(outputs - targets["heatmaps"]))
    assert float(CellError()(targets["heatmaps"], outputs, weights["heatmaps"])) == pytest.approx(expected, rel=1e-5)


def test_maps_of_keypoints_that_the_data_set_does_not_annotate_are_without_loss():
    annotated = np.array([[1, 0, 1], [1, 1, 1]], "float32")
    ignore = np.zeros((2, 12, 20), "float32")
    ignore[1, 3] = 1
    weights = codec().encode({"keypoints": crowd(), "ignore": ignore, "annotated": annotated})[1]["heatmaps"]
    np.testing.assert_array_equal(weights[:, 0], (1 - ignore[..., None]) * annotated[:, None, None])


@pytest.mark.parametrize(("refinement", "error"), [("none", 2.0), ("quarter", 1.0), ("parabola", 1e-3)])
def test_refinements_find_gaussians_that_are_far_apart(refinement, error):
    points = np.random.default_rng(0).uniform((8, 8), (71, 39), (50, 1, 3, 2))  # Also exact at any place within a cell.
    tags = codec(refinement=refinement)
    heatmaps = tags.encode({"keypoints": np.concatenate([points, np.ones((50, 1, 3, 1))], -1)})[0]["heatmaps"][:, 0]
    found = np.asarray(tags.peaks(heatmaps))[:, :, 0, :2]
    assert np.abs(found - points[:, 0]).max() <= error + 1e-3


def test_an_unknown_refinement_is_refused():
    with pytest.raises(ValueError, match="Unknown `refinement`. Received: 'dark'. Known: none, quarter, parabola."):
        codec(refinement="dark")


@pytest.mark.parametrize("people", [0, 1])
def test_without_people_nothing_is_drawn(people):
    keypoints = np.zeros((2, people, 3, 3), "float32")
    targets, weights = codec().encode({"keypoints": keypoints})
    assert not np.any(targets["heatmaps"])
    assert targets["tags"].shape == (2, people, 3, 2) and not np.any(targets["tags"][..., 1])
    np.testing.assert_array_equal(weights["heatmaps"], np.ones((2, 1, 12, 20, 1)))


@pytest.mark.parametrize("tag_dim", [1, 2])
def test_people_come_back(tag_dim):
    points = np.stack([np.tile([12 + 14.3 * n, 10], (3, 1)) + [[0, 0], [1, 14], [-3, 28.2]] for n in range(5)])
    keypoints = np.concatenate([points, np.full((5, 3, 1), 2)], axis=-1)[None].astype("float32")
    keypoints[0, 2, 1, 2] = 0
    tags = codec(tag_dim=tag_dim, sigma=1.0)
    candidates = tags.decode(perfect(tags, keypoints))
    assert candidates.shape == (1, 3, 30, 3 + tag_dim)
    for found in (tags.group(candidates[0].numpy()), tags.people(candidates).numpy()[0]):
        found = found[found[..., 2].any(axis=1)]
        found = found[np.argsort(found[:, 0, 0])]
        np.testing.assert_array_equal(found[..., 2] > 0, keypoints[0, ..., 2] > 0)
        there = found[..., 2] > 0
        np.testing.assert_allclose(found[there][:, :2], keypoints[0][there][:, :2], atol=1.5)


def test_candidates_are_the_highest_local_maxima():
    maps = np.zeros((1, 1, 12, 20, 1), "float32")
    for row, column, height in ((3, 4, 0.9), (3, 5, 0.8), (8, 10, 0.7), (0, 19, 0.5), (8, 12, 0.6)):
        maps[0, 0, row, column] = height
    tags = np.arange(240, dtype="float32").reshape(maps.shape)
    found = codec(1, max_candidates=6).decode({"heatmaps": maps, "tags": tags}).numpy()[0, 0]
    np.testing.assert_allclose(found[:, 2], [0.9, 0.7, 0.6, 0.5, 0, 0])
    expected = [[18.5, 13.5], [41.5, 33.5], [49.5, 33.5], [77.5, 1.5]]  # Only the first has a higher neighbour.
    np.testing.assert_allclose(found[:4, :2], expected)
    np.testing.assert_array_equal(found[:4, 3], [64, 170, 172, 19])


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 19), (11, 0), (11, 19), (5, 0), (0, 7)])
def test_at_the_border_there_is_nothing_outside(row, column):
    maps = np.zeros((1, 1, 12, 20, 1), "float32")
    maps[0, 0] = 0.1
    maps[0, 0, row, column] = 0.9
    x, y = codec(1).decode({"heatmaps": maps, "tags": maps}).numpy()[0, 0, 0, :2]
    inwards = [
        (0.25 if place == 0 else -0.25) if place in (0, last) else 0 for place, last in ((column, 19), (row, 11))
    ]
    assert (x, y) == pytest.approx((4 * (column + inwards[0]) + 1.5, 4 * (row + inwards[1]) + 1.5))


def test_small_maps_have_fewer_candidates():
    maps = np.ones((1, 1, 2, 3, 1), "float32")
    assert codec(1, image_size=(8, 12)).decode({"heatmaps": maps, "tags": maps}).shape == (1, 1, 6, 4)


def test_heatmaps_are_not_negative_but_tags_may_be():
    outputs = dict.fromkeys(("heatmaps", "tags"), np.full((1, 2, 2, 3, 1), -1, "float16"))
    assert codec(1).maps(outputs).dtype == codec(1).maps(outputs, "tags").dtype == "float32"
    np.testing.assert_array_equal(codec(1).maps(outputs), np.zeros((1, 2, 3, 1)))
    np.testing.assert_array_equal(codec(1).maps(outputs, "tags"), -np.ones((1, 2, 3, 1)))


def test_the_last_stack_is_decoded():
    outputs = perfect(codec(), crowd())
    several = {name: np.concatenate([np.flip(maps, 2), maps], axis=1) for name, maps in outputs.items()}
    np.testing.assert_array_equal(codec().decode(several), codec().decode(outputs))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled_and_batched_equal_eager_and_alone(jit_compile):
    tags = codec(tag_dim=2)
    outputs = perfect(tags, crowd(batch=3))

    def run(keypoints, ignore, outputs):
        return tags.encode({"keypoints": keypoints, "ignore": ignore}), tags.decode(outputs)

    arguments = crowd(batch=3), np.zeros((3, 12, 20), "float32"), outputs
    together = tf.function(run, jit_compile=jit_compile)(*arguments)
    for i in range(3):
        alone = run(*tf.nest.map_structure(lambda x, i=i: x[i : i + 1], arguments))
        for a, b in zip(tf.nest.flatten(together), tf.nest.flatten(alone), strict=True):
            np.testing.assert_allclose(a[i : i + 1] if len(a) == 3 else a, b, rtol=1e-4, atol=1e-5)


def test_a_codec_survives_serialization():
    tags = TagCodec([45, 77], 4, 1.2, order=[2, 0, 1], tag_dim=2, max_people=7, far=9.0)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(tags))
    assert again.get_config() == tags.get_config()
    keypoints = crowd(size=(45, 77))
    pairs = zip(*(tf.nest.flatten(each.encode({"keypoints": keypoints})) for each in (tags, again)), strict=True)
    for a, b in pairs:
        np.testing.assert_array_equal(a, b)
