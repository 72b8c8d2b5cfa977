"""The kinds of Ronchi and Perona, on a person of 100 x 100 pixels with keypoints of sigma 0.05.

A keypoint's similarity is exp(-d² / 200): it is 0.85 at d = 5.70 and 0.5 at d = 11.77 pixels.
"""

import numpy as np
import pytest

from tfpose.metrics.error_kinds import KINDS, UNCOUNTED, error_kinds, same_people, similarity

SIGMAS = [0.05] * 4
FLIP = [1, 0, 2, 3]  # left, right, nose, tail.
TRUE = [[0, 0, 2], [60, 0, 2], [30, 50, 1], [30, 100, 0]]
OTHER = [[200, 0, 2], [260, 0, 2], [230, 50, 2], [230, 100, 0]]


def kinds(found, true=TRUE, **others):
    found = [[*point, 0.7] if len(point) == 2 else point for point in found]
    numbers = error_kinds(true, found, 10000, SIGMAS, FLIP, **others)
    return ["" if number == UNCOUNTED else list(KINDS)[number] for number in numbers]


def test_each_kind_has_its_distance():
    assert kinds([(5.6, 0), (60, 5.8), (30, 38.3), (0, 0)]) == ["good", "jitter", "jitter", ""]
    assert kinds([(0, 5.6), (60, 11.8), (30, 61.8), (0, 0)]) == ["good", "miss", "miss", ""]


def test_near_the_other_side_is_an_inversion():
    assert kinds([(59, 1), (0, 10), (30, 50), (30, 100)]) == ["inversion", "inversion", "good", ""]
    assert kinds([(48, 0), (12, 0), (30, 50), (30, 100)]) == ["miss", "miss", "good", ""]


def test_between_both_sides_the_nearer_one_counts():
    close = [[0, 0, 2], [16, 0, 2], [30, 50, 1], [30, 100, 0]]
    assert kinds([(9, 0), (9, 0), (30, 50), (30, 100)], close)[:2] == ["inversion", "jitter"]
    assert kinds([(8, 0), (8, 0), (30, 50), (30, 100)], close)[:2] == ["jitter", "jitter"]


def test_a_side_that_is_not_annotated_takes_nothing():
    alone = [[0, 0, 2], [60, 0, 0], [30, 50, 1], [30, 100, 0]]
    assert kinds([(60, 0), (60, 0), (30, 50), (30, 100)], alone) == ["miss", "", "good", ""]


def test_near_another_person_is_a_swap():
    found = [(201, 0), (200, 3), (231, 50), (230, 100)]
    assert kinds(found, others=[OTHER], other_areas=[10000]) == ["swap", "swap", "swap", ""]
    assert kinds(found) == ["miss", "miss", "miss", ""]


def test_another_person_has_a_reach_of_their_own():
    found = [(205, 0), (60, 0), (30, 50), (30, 100)]
    assert kinds(found, others=[OTHER], other_areas=[10000])[0] == "swap"
    assert kinds(found, others=[OTHER], other_areas=[100])[0] == "miss"


@pytest.mark.parametrize("point", [(0, 0, 0), (np.nan, 0, 0.9), (0, 0, np.nan), (0, 0, -1)])
def test_a_keypoint_that_was_not_found_is_missed(point):
    assert kinds([point, (60, 0), (30, 50), (30, 100)]) == ["miss", "good", "good", ""]


def test_the_similarity_of_keypoints_is_a_term_of_oks():
    values = similarity([[[0, 0], [10, 0]]], [[[3, 4], [10, 20]]], [10000], [0.05, 0.1])
    np.testing.assert_allclose(values, [[np.exp(-25 / 200), np.exp(-400 / 800)]])


def match(found, scores, ignored=(False, False), crowds=(False, False)):
    true = np.array([TRUE, OTHER], "float64")
    found = np.array([true[i] + (shift, 0, 0) for i, shift in found])
    matched, alone = same_people(true, found, [10000, 10000], SIGMAS, scores, np.array(ignored), np.array(crowds))
    return matched.tolist(), alone.tolist()


def test_people_are_matched_by_descending_score():
    assert match([(1, 2), (0, 8), (0, 3)], [0.5, 0.9, 0.3]) == ([1, 0], [2])


def test_people_of_less_likeness_are_not_the_same():
    assert match([(0, 21)], [1]) == ([0, -1], [])  # exp(-441 / 200) = 0.11.
    assert match([(0, 22)], [1]) == ([-1, -1], [0])  # exp(-484 / 200) = 0.089.


def test_who_is_found_on_ignored_people_is_not_wrong():
    assert match([(1, 0), (1, 1)], [0.5, 0.4], ignored=(False, True)) == ([-1, 0], [1])
    assert match([(1, 0), (1, 1)], [0.5, 0.4], ignored=(False, True), crowds=(False, True)) == ([-1, -1], [])


def test_without_anybody_found_nobody_is_matched():
    true = np.array([TRUE], "float64")
    matched, alone = same_people(true, np.zeros((0, 4, 3)), [1.0], SIGMAS, [], np.array([False]), np.array([False]))
    assert matched.tolist() == [-1] and alone.tolist() == []
