import numpy as np
import pytest

from tfpose.metrics import PCK, BoxPCK, DetectionRate, KeypointRecall

TRUE = np.array([[[[0, 0, 2], [0, 100, 2], [50, 50, 2]]], [[[0, 0, 2], [0, 100, 1], [50, 50, 0]]]], "float32")
FOUND = np.array([[[[0, 5, 1]], [[0, 100, 1]], [[50, 90, 1]]], [[[0, 60, 1]], [[0, 100, 1]], [[0, 0, 1]]]], "float32")
CHOICES = {
    "detection_rate": lambda **more: DetectionRate((0, 1), **more),
    "pck": lambda **more: PCK((0, 1), alpha=0.1, **more),
    "box_pck": lambda **more: BoxPCK(**more),
    "recall": lambda **more: KeypointRecall([0.05] * 3, **more),
}


@pytest.mark.parametrize("choice", CHOICES)
def test_keypoints_counted_alone_make_the_same_rate(choice):
    alone, together = CHOICES[choice](num_keypoints=3), CHOICES[choice]()
    for metric in (alone, together):
        metric.update_state(TRUE, FOUND)
        metric.update_state(TRUE[:1], FOUND[:1])
        assert float(metric.result()) == pytest.approx(5 / 8)
    np.testing.assert_allclose(alone.keypoint_rates(), [2 / 3, 1, 0], atol=1e-6)
    assert together.keypoint_rates().shape == (0,)


def test_a_keypoint_that_nobody_has_has_no_rate():
    metric = CHOICES["pck"](num_keypoints=3)
    np.testing.assert_equal(metric.keypoint_rates(), [np.nan] * 3)
    metric.update_state(TRUE[1:], FOUND[1:])
    np.testing.assert_equal(metric.keypoint_rates(), [0, 1, np.nan])
    assert float(metric.result()) == 0.5


@pytest.mark.parametrize("choice", CHOICES)
def test_the_number_of_keypoints_is_kept_in_the_configuration(choice):
    metric = CHOICES[choice](num_keypoints=3)
    again = type(metric).from_config(metric.get_config())
    assert again.num_keypoints == 3 and again.hits.shape == (3,)
    assert "num_keypoints" not in CHOICES[choice]().get_config()  # Files of earlier versions have none.
