import numpy as np
import pytest

from tests.small_networks import SIZE, BarFinder, bar
from tests.small_people_networks import BarsFinder
from tfpose.prediction.single_person import SinglePersonPredictor
from tfpose.prediction.tasks import task_of
from tfpose.prediction.torso_prior import TorsoPrior


def population(n=500, spread=0.1):
    """Keypoints `[N, 2, 3]` around torso boxes `[N, 4]`: the first keypoint one unit to the right of the centre."""
    rng = np.random.default_rng(0)
    boxes = np.stack([*rng.uniform(20, 100, (2, n)), *rng.uniform(20, 60, (2, n))], axis=-1)
    unit = np.sqrt(boxes[:, 2] * boxes[:, 3])
    centre = boxes[:, :2] + (boxes[:, 2:] - 1) / 2
    first = centre + unit[:, None] * (np.array([1, 0]) + spread * rng.normal(size=(n, 2)))
    keypoints = np.zeros((n, 2, 3))
    keypoints[:, 0] = np.concatenate([first, np.full((n, 1), 2)], axis=-1)
    return keypoints, boxes


def test_mean_and_covariance_are_in_units_of_the_torso_box():
    prior = TorsoPrior.fit(*population())
    np.testing.assert_allclose(prior.mean[0], [1, 0], atol=0.02)
    np.testing.assert_allclose(prior.precision[0], 100 * np.eye(2), atol=20)


def test_keypoints_without_annotations_and_people_without_torso_box_are_left_out():
    keypoints, boxes = population()
    boxes[::2], keypoints[::2] = 0, 1e6
    prior = TorsoPrior.fit(keypoints, boxes)
    np.testing.assert_allclose(prior.mean[0], [1, 0], atol=0.02)
    assert not prior.precision[1].any()
    assert (prior.num_people, prior.num_left_out) == (250, 250)
    with pytest.raises(ValueError, match="10 or more torso boxes. Received: 0"):
        TorsoPrior.fit(keypoints, 0 * boxes)


def test_a_map_is_weighted_by_the_gaussian_and_sums_to_one():
    prior = TorsoPrior.fit(*population())
    points = np.stack(np.meshgrid(np.arange(0, 80, 4), np.arange(0, 60, 4)), axis=-1).astype("float32")
    box = np.float32([20, 20, 16, 25])
    maps = np.full((15, 20, 2), 1 / 300, "float32")
    weighted = np.array(prior.apply(maps, box, points))
    np.testing.assert_allclose(weighted.sum(axis=(0, 1)), 1, atol=1e-5)
    row, column = np.unravel_index(weighted[..., 0].argmax(), (15, 20))
    np.testing.assert_allclose(points[row, column], [27.5 + 20, 32], atol=2)
    np.testing.assert_array_equal(weighted[..., 1], maps[..., 1])
    offset = (points - [27.5, 32]) / 20 - prior.mean[0]
    expected = np.exp(-np.einsum("hwi,ij,hwj->hw", offset, prior.precision[0], offset) / 2)
    np.testing.assert_allclose(weighted[..., 0], expected / expected.sum(), atol=1e-6)


def test_far_from_the_torso_the_highest_cell_is_still_the_nearest():
    prior = TorsoPrior.fit(*population(spread=0.01))
    points = np.stack(np.meshgrid(np.arange(0, 800, 8), np.arange(0, 80, 8)), axis=-1).astype("float32")
    weighted = np.array(prior.apply(np.full((10, 100, 2), 1e-3, "float32"), np.float32([-900, 0, 5, 5]), points))
    assert weighted[:, 0, 0].sum() > 0.99


def test_of_two_equal_people_the_one_of_the_torso_box_is_found():
    left, _ = bar((96, 256), (60, 48), 24)
    right, expected = bar((96, 256), (190, 48), 24)
    keypoints = np.concatenate([np.broadcast_to(expected, (20, 3, 2)), np.full((20, 3, 1), 2)], axis=-1)
    noise = np.random.default_rng(0).normal(scale=2, size=(20, 3, 2))
    box = (180, 38, 21, 21)
    prior = TorsoPrior.fit(keypoints + np.pad(noise, [(0, 0), (0, 0), (0, 1)]), np.tile(box, (20, 1)))
    predictor = SinglePersonPredictor(BarFinder(), torso_prior=prior)
    image = np.maximum(left, right)
    without, found = (predictor(image, torso_box=given)[0, 2] for given in (None, box))
    np.testing.assert_allclose(found[:2], expected[2], atol=256 / SIZE[1] * 2)
    np.testing.assert_array_equal(without, SinglePersonPredictor(BarFinder())(image)[0, 2])


def test_without_a_prior_a_torso_box_is_refused():
    with pytest.raises(ValueError, match="needs a predictor with a `torso_prior`"):
        SinglePersonPredictor(BarFinder())(np.zeros((9, 9, 3), "uint8"), torso_box=(0, 0, 3, 3))
    with pytest.raises(ValueError, match="for networks that find one person"):
        task_of(BarsFinder()).predictor(torso_prior=TorsoPrior.fit(*population()))
