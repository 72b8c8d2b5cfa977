import keras
import numpy as np
import pytest

from tests.codecs.points import anywhere, people
from tfpose.codecs import HeatmapCodec
from tfpose.codecs.peaks import REFINEMENTS

SIZE = (48, 80)


def test_a_target_is_a_gaussian_of_height_one_where_the_keypoint_is():
    codec = HeatmapCodec((12, 20), sigma=1.0)
    (target,) = codec.draw(np.array([[[9.5, 5.5]]], "float32")).numpy()[..., 0]
    near, far, side = np.exp([-0.5, -1, -2])
    expected = [[far, near, far], [near, 1, near], [far, near, far]]
    np.testing.assert_allclose(target[:, 1:4], expected, rtol=1e-5)
    np.testing.assert_allclose(target[1, [0, 4]], side, rtol=1e-5)


@pytest.mark.parametrize(
    ("refinement", "apart"),
    [("none", 2.01), ("quarter", 1.01), ("parabola", 0.02), ("blurred_parabola", 0.1), ("dark", 0.25)],
)
@pytest.mark.parametrize("sigma", [1.0, 1.75])
def test_decoding_what_was_encoded_gives_the_points_back(refinement, apart, sigma):
    codec = HeatmapCodec(SIZE, 4, sigma, refinement=refinement)
    points = anywhere((SIZE[0] - 24, SIZE[1] - 24)) + 12  # Away from the border, where a Gaussian is cut.
    targets, weights = codec.encode(people(points))
    found = np.array(codec.decode(targets))
    assert np.abs(found[:, :, 0, :2] - points).max() <= apart
    assert found[..., 2].min() > 0.75 and found[..., 2].max() <= 1
    np.testing.assert_array_equal(weights["heatmaps"], np.ones((4, 1, 50)))


@pytest.mark.parametrize("refinement", REFINEMENTS)
def test_points_at_the_border_stay_within_a_cell(refinement):
    codec = HeatmapCodec(SIZE, 4, 1.0, refinement=refinement)
    points = anywhere(SIZE)
    found = np.array(codec.decode(codec.encode(people(points))[0]))
    assert np.isfinite(found).all() and np.abs(found[:, :, 0, :2] - points).max() <= 4


def test_a_quarter_of_a_cell_towards_the_higher_neighbour():
    maps = np.zeros((1, 4, 5, 1), "float32")
    maps[0, 1:4, 2, 0], maps[0, 2, 1:4, 0] = [0.5, 1, 0.2], [0.1, 1, 0.3]
    found = HeatmapCodec((16, 20)).peaks(maps)
    np.testing.assert_allclose(found[0, 0, 0], [2.25 * 4 + 1.5, 1.75 * 4 + 1.5, 1.0])
    np.testing.assert_allclose(HeatmapCodec((16, 20), refinement="none").peaks(maps)[0, 0, 0], [9.5, 9.5, 1.0])


@pytest.mark.parametrize("refinement", REFINEMENTS)
def test_a_flat_or_negative_map_gives_finite_points(refinement):
    codec = HeatmapCodec((16, 20), refinement=refinement)
    for maps in (np.zeros((1, 1, 4, 5, 2), "float32"), np.full((1, 1, 4, 5, 2), -3.0, "float32")):
        found = np.array(codec.decode({"heatmaps": maps}))
        assert np.isfinite(found).all() and (found[..., 2] == 0).all()


@pytest.mark.parametrize("refinement", REFINEMENTS)
def test_a_mirrored_person_has_the_mirrored_maps_and_points(refinement):
    codec = HeatmapCodec(SIZE, refinement=refinement)
    points = anywhere(SIZE, (3, 9), seed=1)
    mirrored = points * [-1, 1] + [SIZE[1] - 1, 0]
    maps, other = (np.array(codec.encode(people(each))[0]["heatmaps"]) for each in (points, mirrored))
    np.testing.assert_allclose(maps[:, :, :, ::-1], other, atol=1e-5)
    found, other = (np.array(codec.decode({"heatmaps": each}))[:, :, 0] for each in (maps, maps[:, :, :, ::-1]))
    np.testing.assert_allclose(found[..., 0], SIZE[1] - 1 - other[..., 0], atol=1e-2)


def test_keypoints_not_annotated_or_outside_weigh_nothing():
    codec = HeatmapCodec(SIZE)
    points = np.array([[[5, 5], [5, 5], [-2, 5], [5, 60]]], "float32")
    _, weights = codec.encode(people(points, v=np.array([[[0], [1], [2], [2]]])[..., 0, None]))
    np.testing.assert_array_equal(weights["heatmaps"], [[[0, 1, 0, 0]]])


def test_occlusions_are_drawn_where_a_keypoint_is_occluded_and_nowhere_else():
    codec = HeatmapCodec(SIZE, occlusion=True)
    points = np.array([[[20, 20], [20, 20], [20, 20]]], "float32")
    targets, weights = codec.encode(people(points, v=np.array([[[0], [1], [2]]])))
    np.testing.assert_array_equal(targets["occlusions"][..., 1], targets["heatmaps"][..., 1])
    assert not np.any(targets["occlusions"][..., 0]) and not np.any(targets["occlusions"][..., 2])
    np.testing.assert_array_equal(weights["occlusions"], [[[0, 1, 1]]])


def test_the_last_stack_is_decoded():
    codec = HeatmapCodec(SIZE)
    maps = np.concatenate([codec.encode(people(anywhere(SIZE, seed=seed)))[0]["heatmaps"] for seed in (0, 1)], axis=1)
    np.testing.assert_array_equal(codec.decode({"heatmaps": maps}), codec.decode({"heatmaps": maps[:, 1:]}))


def test_one_by_one_as_all_together_and_compiled_as_not():
    import tensorflow as tf

    codec = HeatmapCodec(SIZE, refinement="dark")
    maps = codec.encode(people(anywhere(SIZE)))[0]
    together = codec.decode(maps)
    alone = np.concatenate([codec.decode({"heatmaps": maps["heatmaps"][i : i + 1]}) for i in range(4)])
    np.testing.assert_allclose(together, alone, atol=1e-4)
    np.testing.assert_allclose(tf.function(codec.decode, jit_compile=True)(maps), together, atol=1e-3)


def test_it_survives_saving():
    codec = HeatmapCodec(SIZE, 4, 1.5, occlusion=True, refinement="dark")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(codec))
    assert again.get_config() == codec.get_config()


def test_an_unknown_refinement_is_refused():
    with pytest.raises(ValueError, match="Received: 'half'. Known: none, quarter, parabola, blurred_parabola, dark"):
        HeatmapCodec(SIZE, refinement="half")
