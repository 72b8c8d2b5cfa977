import numpy as np
import pytest

from tfpose.prediction.tracking import Tracker
from tfpose.skeletons import COCO, LSP, Skeleton
from tfpose.visualize import draw_people, number_colour

TWO = Skeleton("two", ("left_tip", "right_tip"))


def person(x, y, score=1.0):
    return [[x - 50, y, score], [x + 50, y, score]]


def standing(x, y=100.0, height=200.0, seed=0):
    """Somebody of COCO's keypoints in a box of which the top left is `(x, y)`, `[17, 3]`."""
    places = np.random.default_rng(seed).uniform(size=(17, 2)) * (0.4 * height, height)
    return np.concatenate([places + (x, y), np.ones((17, 1))], axis=1)


def test_who_moves_keeps_the_number_in_whatever_order_people_come():
    number = Tracker(TWO)
    assert number([person(10, 10), person(300, 10), person(600, 10)]).tolist() == [0, 1, 2]
    assert number([person(590, 30), person(20, 10), person(320, 5)]).tolist() == [2, 0, 1]


def test_a_number_is_never_given_twice():
    number = Tracker(TWO, max_gap=0)
    number([person(10, 10), person(300, 10)])
    assert number([person(310, 10)]).tolist() == [1]
    assert number([person(10, 10), person(310, 10)]).tolist() == [2, 1]
    assert number([]).tolist() == [] and number([]).tolist() == []
    assert number([person(10, 10), person(310, 10)]).tolist() == [3, 4]


def test_who_is_missing_for_no_more_than_the_gap_keeps_the_number():
    for missing, expected in ((5, [0]), (6, [1])):
        number = Tracker(TWO, max_gap=5)
        number([person(10, 10)])
        for _ in range(missing):
            number([])
        assert number([person(20, 10)]).tolist() == expected


def test_nobody_jumps_further_than_their_size_allows():
    number = Tracker(TWO)
    number([person(100, 100), person(300, 100)])
    # The first is gone; the second is not taken for the first, though that would be more alike in sum.
    assert number([person(310, 100), person(700, 100)]).tolist() == [1, 2]


@pytest.mark.parametrize("jitter", [0.0, 2.0])
@pytest.mark.parametrize("pause", [0, 4])
def test_two_people_who_cross_keep_their_numbers(jitter, pause):
    """They walk through each other; around the crossing, the second is hidden for some frames."""
    rng = np.random.default_rng(1)
    number = Tracker(COCO)
    for t in range(41):
        people = [standing(100 + 10 * t, seed=1), standing(500 - 10 * t, 110, seed=2)]
        people = [each + rng.normal(size=(17, 3)) * (jitter, jitter, 0) for each in people]
        there = [0] if abs(t - 20) < pause else rng.permutation(2) if t else [0, 1]
        assert number([people[i] for i in there]).tolist() == list(there)


def test_two_people_of_one_pose_who_cross_keep_their_numbers():
    number = Tracker(COCO)
    for t in range(41):
        assert number([standing(100 + 10 * t), standing(500 - 10 * t)]).tolist() == [0, 1]


def test_only_keypoints_that_both_have_count():
    number = Tracker(LSP)
    whole = np.concatenate([np.random.default_rng(0).uniform(0, 200, (14, 2)), np.ones((14, 1))], axis=1)
    half, other = whole.copy(), whole.copy()
    half[7:] = 0
    other[:7] = 0
    assert number([whole]).tolist() == number([half]).tolist() == [0]
    assert number([other]).tolist() == [1]  # Nothing in common with the half seen last.
    assert number(np.zeros((1, 14, 3))).tolist() == [2]


def test_a_negative_gap_is_refused():
    with pytest.raises(ValueError, match="`max_gap` must be at least 0"):
        Tracker(TWO, max_gap=-1)


def test_numbers_have_colours_of_their_own():
    assert len({number_colour(n) for n in range(30)}) == 30
    image = np.zeros((60, 160, 3), "uint8")
    drawn = draw_people(image, [person(80, 30)], TWO, numbers=[4])
    assert (drawn == number_colour(4)).all(axis=-1).any()
    assert not np.array_equal(drawn, draw_people(image, [person(80, 30)], TWO))
