import numpy as np
import pytest

from tests.codecs.points import anywhere, logits, people
from tfpose.codecs import DistributionCodec

SIZES = pytest.mark.parametrize(("size", "stride"), [((48, 80), 8), ((48, 80), 4), ((45, 77), 8), ((9, 30), 8)])


DECODING = pytest.mark.parametrize(("refinement", "atol"), [("parabola", 0.02), ("blurred_parabola", 0.1)])


@SIZES
@DECODING
def test_decoding_what_was_encoded_gives_the_points_back(size, stride, refinement, atol):
    codec = DistributionCodec(size, stride, refinement=refinement)
    points = anywhere(size)
    targets, weights = codec.encode(people(points))
    found = codec.decode({"heatmaps": logits(targets["heatmaps"])})
    np.testing.assert_allclose(found[:, :, 0, :2], points, rtol=0, atol=atol)
    np.testing.assert_array_equal(weights["heatmaps"], np.ones((4, 1, 50)))


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0])
def test_the_points_come_back_whatever_the_sigma(sigma):
    codec = DistributionCodec((64, 96), 8, sigma, refinement="parabola")
    points = anywhere((64, 96))
    np.testing.assert_allclose(codec.peaks(codec.draw(points.astype("float32")))[:, :, 0, :2], points, atol=0.02)


@pytest.mark.parametrize("sigma", [0.707, 1.0, 2.0])
def test_blurring_first_leaves_every_point_of_a_large_map_in_place(sigma):
    codec = DistributionCodec((160, 240), 8, sigma)
    points = anywhere((160, 240))
    np.testing.assert_allclose(codec.peaks(codec.draw(points.astype("float32")))[:, :, 0, :2], points, atol=0.1)


def test_blurring_first_is_less_disturbed_by_noise():
    points = anywhere((112, 192)) + 24  # Away from the border, where there is no blur.
    noise = np.exp(np.random.default_rng(0).normal(0, 0.3, (4, 20, 30, 50)))
    errors = {}
    for refinement in ("parabola", "blurred_parabola"):
        codec = DistributionCodec((160, 240), 8, refinement=refinement)
        found = codec.peaks(np.float32(codec.draw(points.astype("float32")) * noise))
        errors[refinement] = np.abs(found[:, :, 0, :2] - points).mean()
    assert errors["blurred_parabola"] < 0.9 * errors["parabola"]


def test_a_codec_saved_without_a_refinement_decodes_by_the_parabola():
    config = DistributionCodec((48, 80)).get_config()
    assert config.pop("refinement") == "blurred_parabola"
    assert DistributionCodec.from_config(config).refinement == "parabola"
    with pytest.raises(ValueError, match="Unknown `refinement`. Received: 'half'. Known: none, quarter, parabola"):
        DistributionCodec((48, 80), refinement="half")


def test_points_between_two_cells_and_four_come_back():
    codec = DistributionCodec((48, 80), 8)
    points = np.array([[[7.5, 11.5], [7.5, 7.5], [3.5, 3.5], [39.5, 7.5]]], "float32")
    np.testing.assert_allclose(codec.peaks(codec.draw(points))[:, :, 0, :2], points, atol=1e-3)


@SIZES
def test_targets_are_distributions(size, stride):
    codec = DistributionCodec(size, stride)
    targets, _ = codec.encode(people(np.concatenate([anywhere(size), np.full((4, 1, 2), -1e5)], axis=1)))
    assert targets["heatmaps"].shape == (4, 1, *codec.map_size, 51)
    assert codec.map_size == (-(-size[0] // stride), -(-size[1] // stride))
    np.testing.assert_allclose(np.sum(targets["heatmaps"], axis=(2, 3)), 1, rtol=1e-5)


@pytest.mark.parametrize("stride", [1, 2, 8])
def test_a_cell_has_its_centre_in_the_middle_of_its_pixels(stride):
    codec = DistributionCodec((6 * stride, 10 * stride), stride)
    centre = [stride * 3 + (stride - 1) / 2, stride * 2 + (stride - 1) / 2]
    (target,) = codec.draw(np.array([[centre]], "float32")).numpy()[..., 0]
    assert np.unravel_index(target.argmax(), target.shape) == (2, 3)
    np.testing.assert_allclose(target[1:4, 2:5], target[1:4, 2:5].T, rtol=1e-5)
    np.testing.assert_allclose(target[2, 2], target[2, 4], rtol=1e-5)
    np.testing.assert_allclose(target[1, 3], target[3, 3], rtol=1e-5)


def test_sigma_counts_cells():
    codec = DistributionCodec((80, 80), 8, sigma=1.5)
    (target,) = codec.draw(np.array([[[35.5, 35.5]]], "float32")).numpy()[..., 0]
    assert target[4, 4] / target[4, 6] == pytest.approx(np.exp(4 / (2 * 1.5**2)), rel=1e-4)


def test_a_mirrored_person_has_exactly_the_mirrored_maps():
    codec = DistributionCodec((48, 80), 8)
    points = anywhere((48, 80))
    there, back = (codec.encode(people(p))[0]["heatmaps"] for p in (points, [79, 0] + points * [-1, 1]))
    np.testing.assert_allclose(there, np.flip(back, axis=3), rtol=1e-4, atol=1e-7)
    there, back = (codec.peaks(maps[:, 0]).numpy()[:, :, 0] for maps in (there, back))
    np.testing.assert_allclose(there, [79, 0, 0] + back * [-1, 1, 1], atol=1e-3)


@pytest.mark.parametrize(
    ("x", "y", "weight"),
    [(-0.5, 20, 1), (-0.51, 20, 0), (76.5, 20, 1), (76.51, 20, 0), (9, -0.51, 0), (9, 44.5, 1), (9, 44.51, 0)],
)
def test_points_outside_the_image_weigh_nothing(x, y, weight):
    codec = DistributionCodec((45, 77), 8)  # The last cells reach beyond the image.
    assert codec.encode(people([[[x, y]]]))[1]["heatmaps"].numpy() == weight


def test_keypoints_not_annotated_weigh_nothing():
    codec = DistributionCodec((48, 80), 8)
    found = [codec.encode(people(np.full((1, 1, 2), 20), v))[1]["heatmaps"].numpy().item() for v in (0, 1, 2)]
    assert found == [0, 1, 1]


def test_ties_are_decided_and_nothing_else_moves():
    codec = DistributionCodec((48, 80), 8)
    maps = np.zeros((1, 6, 10, 3), "float32")
    maps[..., 0] = 1 / 60
    maps[0, [1, 4], [1, 8], 1] = 0.5
    maps[0, 2, [3, 4], 2] = 0.5
    found = codec.peaks(maps).numpy()[0, :, 0]
    assert np.isfinite(found).all()
    assert (found[0, :2] >= -0.5).all() and (found[0, :2] <= [79.5, 47.5]).all()
    np.testing.assert_allclose(found[1], [11.5, 11.5, 0.5], atol=1e-4)
    np.testing.assert_allclose(found[2], [31.5, 19.5, 1.0], atol=1e-4)


@pytest.mark.parametrize("cell", [(0, 0), (0, 9), (5, 0), (5, 9), (3, 4)])
def test_a_lone_cell_is_found_at_its_centre(cell):
    maps = np.zeros((1, 6, 10, 1), "float32")
    maps[0, *cell] = 1
    found = DistributionCodec((48, 80), 8).peaks(maps).numpy()[0, 0, 0]
    np.testing.assert_allclose(found, [8 * cell[1] + 3.5, 8 * cell[0] + 3.5, 1], atol=1e-4)


def test_maps_of_nothing_have_finite_answers():
    assert np.isfinite(DistributionCodec((48, 80), 8).peaks(np.zeros((2, 6, 10, 3), "float32"))).all()


def test_the_score_is_the_probability_around_the_peak():
    codec = DistributionCodec((48, 80), 8)
    target = codec.draw(np.array([[[35.5, 19.5]]], "float32"))
    blurred = 0.25 * target + 0.75 / 60
    for maps in (target, blurred):
        expected = maps.numpy()[0, 1:4, 3:6].sum()
        assert codec.peaks(maps).numpy()[0, 0, 0, 2] == pytest.approx(expected, rel=1e-5)
