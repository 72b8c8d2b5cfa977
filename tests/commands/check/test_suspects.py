import numpy as np
import pytest

from tests.dot_records import POSE, SKELETON
from tfpose.commands.check.proportions import Proportions, limb_lengths, side_offsets, sizes
from tfpose.commands.check.suspects import KINDS, suspects

SIZE = (400, 500)
K = len(SKELETON)


def people(count, seed=0):
    """People of many sizes, whose keypoints vary by a few per cent of their size."""
    rng = np.random.default_rng(seed)
    scales = rng.uniform(1, 3, (count, 1, 1))
    points = scales * (POSE + rng.normal(0, 0.6, (count, K, 2))) + (250, 200)
    return np.concatenate([points, np.full((count, K, 1), 2)], axis=-1)


@pytest.fixture(scope="module")
def proportions():
    return Proportions.of(SKELETON, people(200))


def found(proportions, *persons, box=None):
    persons = np.array(persons)
    low, high = persons[..., :2].min(axis=1), persons[..., :2].max(axis=1)
    boxes = np.concatenate([low, high - low], axis=-1) if box is None else [box] * len(persons)
    return suspects(persons, boxes, SIZE, proportions)


def changed(name, point, v=2):
    person = people(1, seed=5)[0]
    person[SKELETON.keypoints.index(name)] = [*point, v]
    return person


def exchanged(*pairs):
    person = people(1, seed=5)[0]
    for pair in pairs:
        left, right = (SKELETON.keypoints.index(f"{side}_{pair}") for side in ("left", "right"))
        person[[left, right]] = person[[right, left]]
    return person


def test_usual_people_are_not_suspicious(proportions):
    for person in people(300, seed=1):
        assert found(proportions, person) == []


def test_a_keypoint_far_off_makes_a_limb_long(proportions):
    (suspect,) = found(proportions, changed("left_wrist", (250, 390)))
    assert suspect.kind == "limbs" and suspect.severity > 6
    assert suspect.reason.startswith("left elbow to left wrist is ") and "times as long as usual" in suspect.reason
    assert suspect.keypoints == tuple(SKELETON.indices(["left_elbow", "left_wrist"]))


@pytest.mark.parametrize("pairs", [("elbow",), ("wrist",), ("hip",), ("shoulder",)])
def test_exchanged_sides_are_named(proportions, pairs):
    (suspect,) = [suspect for suspect in found(proportions, exchanged(*pairs)) if suspect.kind == "sides"]
    assert all(f"left {pair}" in suspect.reason for pair in pairs)


def test_somebody_the_other_way_round_is_named_where_everybody_faces_the_camera(proportions):
    person = exchanged("shoulder", "elbow", "wrist", "hip", "eye")
    (suspect,) = found(proportions, person)
    assert suspect.kind == "sides" and suspect.reason == (
        "left shoulder is left of right shoulder; in 100.0 % of the people it is the other way"
    )


def test_people_seen_from_behind_are_not_suspicious_where_there_are_many():
    everyone = people(400)
    everyone[:200, :, 0] = 500 - everyone[:200, :, 0]
    proportions = Proportions.of(SKELETON, everyone)
    assert not [suspect for person in everyone for suspect in found(proportions, person)]
    (suspect,) = found(proportions, exchanged("hip"))
    assert suspect.reason.startswith(
        "left shoulder is right of right shoulder, but left hip is left of right hip; in 100"
    )


def test_keypoints_outside_of_the_frame_are_named(proportions):
    person = people(1, seed=5)[0]
    person[:, 0] += 500 - person[:, 0].max() + 4  # The farthest lies 4.5 pixels beyond the edge of the last column.
    (suspect,) = found(proportions, person)
    assert (suspect.kind, suspect.severity) == ("frame", pytest.approx(4.5))
    person[:, 0] -= 5
    assert found(proportions, person) == []


def test_keypoints_outside_of_the_box_are_named(proportions):
    person = people(1, seed=5)[0]
    low, high = person[:, :2].min(axis=0), person[:, :2].max(axis=0)
    (suspect,) = found(proportions, person, box=[*low, *(0.7 * (high - low))])
    assert suspect.kind == "box" and "box lengths outside the box" in suspect.reason


def test_keypoints_that_are_not_annotated_lie_nowhere(proportions):
    assert found(proportions, changed("left_wrist", (-300, -300), v=0), box=[150, 100, 200, 250]) == []


def test_one_person_annotated_twice_is_named_once(proportions):
    person = people(1, seed=5)[0]
    (suspect,) = found(proportions, person, person + (0.5, 0, 0))
    assert (suspect.kind, suspect.person) == ("twice", 1)
    assert suspect.reason == "people 1 and 2 of the image lie 0.5 pixels apart"
    assert found(proportions, person, person + (20, 0, 0)) == []


def test_small_people_are_named(proportions):
    (suspect,) = found(
        proportions, (people(1, seed=5)[0] - (250, 200, 0)) * (0.1, 0.1, 1) + (10, 15, 0), box=[0, 0, 20, 31]
    )
    assert (suspect.kind, suspect.reason) == ("small", "box of 20 x 31 pixels")


def test_every_kind_of_suspects_is_explained():
    from tfpose.commands.check.page import EXPLANATIONS

    assert list(EXPLANATIONS) == list(KINDS)


def test_with_few_people_nothing_is_usual():
    proportions = Proportions.of(SKELETON, people(20))
    assert np.isnan(proportions.deviations(people(1))).all()
    assert found(proportions, changed("left_wrist", (250, 390))) == []


def test_nobody_and_skeletons_without_limbs_are_no_trouble():
    import dataclasses

    plain = dataclasses.replace(SKELETON, limbs=(), pairs=())
    for skeleton, count in ((plain, 60), (plain, 0), (SKELETON, 0)):
        proportions = Proportions.of(skeleton, people(count))
        assert found(proportions, people(1)[0]) == []


def test_lengths_and_sizes_by_hand():
    person = np.zeros((1, K, 3))
    for name, point in {"left_shoulder": (0, 0), "left_elbow": (3, 4), "right_shoulder": (-8, 6)}.items():
        person[0, SKELETON.keypoints.index(name)] = [*point, 1]
    lengths = limb_lengths(person, SKELETON)[0]
    known = {limb: length for limb, length in zip(SKELETON.limbs, lengths, strict=True) if np.isfinite(length)}
    assert known == {("left_shoulder", "left_elbow"): 5, ("left_shoulder", "right_shoulder"): 10}
    offsets = side_offsets(person, SKELETON)[0]
    assert offsets[SKELETON.pairs.index(("left_shoulder", "right_shoulder"))] == 8 and np.isnan(offsets).sum() == 4
    np.testing.assert_equal(sizes(np.array([[2, 4, 9, np.nan], [2, 4, np.nan, np.nan]]), np.ones(4)), [4, np.nan])
