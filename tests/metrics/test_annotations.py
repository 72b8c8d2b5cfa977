import numpy as np
import pytest

from tfpose.metrics.annotations import person_scores, placed, truths

PERSON = np.array([[[10, 10, 2], [50, 10, 1], [30, 90, 2]]], "float32")


@pytest.mark.parametrize("missing", [[0, 0, 0], [5, 5, -1], [np.nan, 5, 0.5], [5, np.inf, 0.5], [5, 5, np.nan]])
def test_keypoints_not_found_are_put_amid_the_others(missing):
    people = np.array([[[10, 20, 0.4], missing, [30, 60, 0.5]]])
    np.testing.assert_allclose(placed(people), [[[10, 20, 0.4], [20, 40, 0], [30, 60, 0.5]]])
    assert person_scores(people) == pytest.approx([0.3])


def test_areas_not_known_are_those_of_the_boxes():
    people = {"keypoints": np.repeat(PERSON, 3, axis=0), "areas": [5, 0, 0], "boxes": [[0, 0, 9, 9]] * 2 + [[0] * 4]}
    assert truths(people).areas.tolist() == [5, 81, 1]
    assert truths({"keypoints": PERSON, "boxes": [[0, 0, 2, 3]]}).areas == [6]


def test_boxes_not_known_are_those_around_the_keypoints():
    person = PERSON.copy()
    person[0, 1] = 0
    true = truths({"keypoints": np.concatenate([PERSON, person, 0 * person]), "areas": [0, 0, 7]})
    assert true.boxes[:2].tolist() == [[10, 10, 40, 80], [10, 10, 20, 80]]
    assert true.areas.tolist() == [3200, 1600, 7]
    assert true.ignored.tolist() == [False, False, True]
