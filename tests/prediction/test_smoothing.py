import numpy as np
import pytest

from tfpose.prediction.smoothing import OneEuroFilter

RATE = 25


def run(smooth, xs, scores=None):
    """Filters one person of two keypoints, 100 px apart, that move along x."""
    found = []
    for i, x in enumerate(xs):
        score = 1.0 if scores is None else scores[i]
        people = np.array([[[x, 0, score], [x, 100, score]]], "float32")
        found.append(smooth(people, [7], i / RATE)[0, 0, 0])
    return np.array(found)


def test_jitter_at_rest_is_reduced():
    noisy = 50 + np.random.default_rng(0).normal(size=200)
    assert np.std(run(OneEuroFilter(), noisy)[25:]) < 0.5 * np.std(noisy[25:])


def test_fast_motion_lags_little():
    xs = 12.0 * np.arange(100)  # Three sizes per second.
    at_rest, moving = (xs[-1] - run(OneEuroFilter(beta=beta), xs)[-1] for beta in (0.0, 2.0))
    np.testing.assert_allclose(at_rest, 300 / (2 * np.pi), rtol=0.01)  # Speed / (2 pi cutoff).
    assert 0 < moving < at_rest / 7


def test_the_filter_is_that_of_the_paper():
    """Equations 1 to 8, for one coordinate, with sizes of 100 px."""
    xs = np.array([0, 3, 10, 12, 5])

    def alpha(cutoff):
        return 1 / (1 + RATE / (2 * np.pi * cutoff))

    before, speed, expected = xs[0], 0.0, [xs[0]]
    for x in xs[1:]:
        speed = alpha(1.0) * (x - before) * RATE + (1 - alpha(1.0)) * speed
        share = alpha(0.5 + 4 * abs(speed) / 100)
        before = share * x + (1 - share) * before
        expected.append(before)
    np.testing.assert_allclose(run(OneEuroFilter(0.5, 4.0), xs), expected, rtol=1e-6)


def test_people_and_keypoints_that_come_begin_where_they_are():
    smooth = OneEuroFilter()
    assert run(smooth, [0, 50, 80], scores=[1, 0, 1])[1:].tolist() == [50, 80]
    other = np.array([[[300, 0, 1], [300, 100, 1]]], "float32")
    assert smooth(other, [8], 1.0)[0, 0, 0] == 300
    assert smooth(np.zeros((0, 2, 3)), [], 2.0).shape == (0, 2, 3)


@pytest.mark.parametrize("parameters", [(0, 1), (-1, 1), (1, -1), (float("nan"), 1)])
def test_parameters_that_are_none_are_refused(parameters):
    with pytest.raises(ValueError, match="cutoff frequency above 0"):
        OneEuroFilter(*parameters)
