import keras
import numpy as np
import pytest

from tfpose.metrics import KeypointRecall
from tfpose.metrics.keypoint_recall import AREA

SIGMAS = (0.05, 0.1, 0.1)
PERSON = np.array([[10, 10, 2], [50, 10, 1], [30, 110, 2]], "float32")  # The longer side is 100 pixels.
NOBODY = np.zeros((3, 3), "float32")


def recall(true, found, **options):
    metric = KeypointRecall(SIGMAS, **options)
    metric.update_state(true, found)
    return float(metric.result())


def candidates(*people, number=4):
    """`[1, K, number, 4]`: those of some people, in any order, and nothing in the other places."""
    found = np.zeros((1, 3, number, 4), "float32")
    for m, person in enumerate(people):
        found[0, :, m, :2], found[0, :, m, 2] = person[:, :2], 0.9
    return found[:, :, ::-1]


def test_everyone_is_found_in_any_order():
    true = np.stack([PERSON, PERSON + [40, 5, 0], NOBODY])[None]
    assert recall(true, candidates(true[0, 1], true[0, 0])) == 1


def test_a_keypoint_is_found_within_its_radius():
    for k, sigma in enumerate(SIGMAS):
        radius = np.sqrt(-8 * sigma**2 * AREA * 100**2 * np.log(0.5))
        for factor, expected in ((0.999, 1), (1.001, 2 / 3)):
            found = PERSON.copy()
            found[k, 1] += factor * radius
            assert recall(PERSON[None, None], candidates(found)) == pytest.approx(expected)


def test_a_candidate_of_another_keypoint_does_not_help():
    found = candidates(PERSON)
    assert recall(PERSON[None, None], np.roll(found, 1, axis=1)) == 0


def test_candidates_with_low_scores_do_not_count():
    found = candidates(PERSON)
    found[..., 1, :, 2] = 0.09
    assert recall(PERSON[None, None], found) == pytest.approx(2 / 3)
    assert recall(PERSON[None, None], found, score=0.05) == 1


def test_keypoints_not_annotated_weigh_nothing():
    true = PERSON.copy()
    true[1] = [np.nan, np.nan, 0]
    assert recall(true[None, None], candidates(PERSON * [[1, 1, 1], [0, 0, 0], [1, 1, 1]])) == 1


def test_nobody_and_people_of_one_keypoint_do_not_count():
    alone = PERSON * [[1], [0], [0]]
    assert recall(np.stack([NOBODY, alone])[None], candidates(PERSON)) == 0
    assert recall(np.stack([NOBODY, alone, PERSON])[None], candidates(PERSON)) == 1


def test_batches_add_up_to_the_whole():
    random = np.random.default_rng(0)
    true = random.uniform(0, 40, (12, 5, 3, 3)).astype("float32")
    true[..., 2] = random.integers(0, 3, true.shape[:-1])
    found = np.concatenate([random.uniform(0, 40, (12, 3, 40, 2)), random.random((12, 3, 40, 1))], -1).astype("float32")
    parts = KeypointRecall(SIGMAS)
    for start, end in ((0, 1), (1, 7), (7, 12)):
        parts.update_state(true[start:end], found[start:end])
    assert float(parts.result()) == recall(true, found) == pytest.approx(literal(true, found))
    assert 0.1 < float(parts.result()) < 0.9


def literal(true, found):
    hits = counted = 0
    for people, candidates_ in zip(true, found, strict=True):
        for person in people:
            there = person[person[:, 2] > 0, :2]
            if len(there) < 2:
                continue
            area = AREA * np.ptp(there, axis=0).max() ** 2
            for (x, y, v), sigma, those in zip(person, SIGMAS, candidates_, strict=True):
                likeness = [
                    np.exp(-((x - a) ** 2 + (y - b) ** 2) / (8 * sigma**2 * area)) for a, b, s in those if s >= 0.1
                ]
                counted += v > 0
                hits += v > 0 and max(likeness, default=0) >= 0.5
    return hits / counted


def test_a_reset_metric_starts_anew():
    metric = KeypointRecall(SIGMAS)
    assert metric.result() == 0
    metric.update_state(PERSON[None, None], candidates(PERSON))
    metric.reset_state()
    metric.update_state(PERSON[None, None], candidates(NOBODY))
    assert metric.result() == 0


def test_it_survives_serialization():
    metric = KeypointRecall(SIGMAS, threshold=0.7, score=0.2, name="mine")
    again = keras.metrics.deserialize(keras.metrics.serialize(metric))
    assert again.get_config() == metric.get_config()


@pytest.mark.parametrize("threshold", [0, 1, -0.5])
def test_the_threshold_lies_between_0_and_1(threshold):
    with pytest.raises(ValueError, match="`threshold` must lie between"):
        KeypointRecall(SIGMAS, threshold=threshold)
