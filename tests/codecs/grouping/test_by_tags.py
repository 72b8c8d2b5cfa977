import numpy as np
import pytest

from tests.codecs.grouping.literal_grouping import best_first, literal_group, scene
from tfpose import skeletons
from tfpose.codecs.grouping.by_tags import group, grouping_order
from tfpose.skeletons import Skeleton

RULES = {"max_people": 30, "min_score": 0.1, "tag_distance": 1.0, "far": 2.0}


def test_coco_is_grouped_in_the_order_of_the_authors():
    assert grouping_order(skeletons.COCO) == (0, 1, 2, 3, 4, 5, 6, 11, 12, 7, 8, 9, 10, 13, 14, 15, 16)


@pytest.mark.parametrize("skeleton", skeletons.SKELETONS.values(), ids=lambda skeleton: skeleton.name)
def test_every_skeleton_is_grouped_from_the_torso_outwards(skeleton):
    order = grouping_order(skeleton)
    assert sorted(order) == list(range(len(skeleton)))
    place = {skeleton.keypoints[k]: i for i, k in enumerate(order)}
    parts = [part for part in ("shoulder", "hip", "elbow", "wrist", "knee", "ankle") if f"left_{part}" in place]
    assert parts == sorted(parts, key=lambda part: place[f"left_{part}"])


def test_unknown_parts_come_last_in_their_own_order():
    cat = Skeleton("cat", ("tail_tip", "left_paw", "right_paw", "nose"))
    assert grouping_order(cat) == (3, 0, 1, 2)


@pytest.mark.parametrize("far", [np.inf, 2.0])
@pytest.mark.parametrize("tag_dim", [1, 2])
@pytest.mark.parametrize("seed", range(25))
def test_it_groups_as_the_literal_version(seed, tag_dim, far):
    rng = np.random.default_rng(seed)
    options = {"spread": rng.choice([0.05, 0.3, 0.8]), "gap": rng.choice([0.3, 1.0, 3.0]), "tag_dim": tag_dim}
    candidates, _ = scene(int(rng.integers(1, 4)), 5, room=5, seed=seed, **options)
    order = rng.permutation(5)
    found = group(candidates, order, **{**RULES, "far": far})
    np.testing.assert_array_equal(found, best_first(literal_group(candidates, order, far=far).astype("float32")))


@pytest.mark.parametrize("max_people", [1, 2, 3, 5])
def test_of_a_crowd_the_first_are_found_as_the_literal_version_does(max_people):
    for seed in range(10):
        candidates, _ = scene(4, 5, room=5, missing=0.5, seed=seed)
        found = group(candidates, range(5), **{**RULES, "max_people": max_people})
        expected = literal_group(candidates, range(5), max_people, far=2.0).astype("float32")
        np.testing.assert_array_equal(found, best_first(expected))
        assert len(found) <= max_people


def test_people_get_all_their_keypoints_when_there_is_room_for_no_more():
    candidates, owners = scene(12, 17, gap=3.0, missing=0, false=0)
    found = group(candidates, range(17), **{**RULES, "max_people": 5})
    first = owners[0][candidates[0, :, 2] > 0.1][:5]
    assert len(found) == 5
    assert (found[..., 2] > 0).sum() == sum(
        (candidates[k, owners[k] == person, 2] > 0.1).sum() for person in first for k in range(17)
    )


def test_clear_tags_give_everyone_back():
    candidates, owners = scene(29, 17, gap=3.0, missing=0.3, false=0)
    found = group(candidates, range(17), **RULES)
    expected = np.zeros((29, 17, 3), "float32")
    for k, i in zip(*np.nonzero((owners >= 0) & (candidates[..., 2] > 0.1)), strict=True):
        expected[owners[k, i], k] = candidates[k, i, :3]
    np.testing.assert_array_equal(found, best_first(expected))


def test_the_order_of_candidates_does_not_matter():
    rng = np.random.default_rng(0)
    candidates, _ = scene(8, 17, spread=0.3)
    shuffled = np.stack([rng.permutation(each) for each in candidates])
    np.testing.assert_array_equal(group(shuffled, range(17), **RULES), group(candidates, range(17), **RULES))


def test_moving_all_tags_changes_nothing():
    candidates, _ = scene(8, 17, spread=0.3)
    moved = candidates + np.array([0, 0, 0, 8], "float32")
    np.testing.assert_array_equal(group(moved, range(17), **RULES), group(candidates, range(17), **RULES))


def test_somebody_new_takes_nobodys_place():
    """Person 0 and a stranger: without `far`, it is cheaper to match 26.4 with 0 and 30.4 with 27."""
    tags = {0: [0.0, 27.0], 1: [26.4, 30.4]}
    candidates = np.array([[[k, i, 0.5, tag] for i, tag in enumerate(row)] for k, row in tags.items()], "float32")
    assert len(group(candidates, range(2), **RULES)) == 3
    assert len(group(candidates, range(2), **{**RULES, "far": np.inf})) == 4


def test_the_nearer_person_gets_it_where_rounding_makes_two_equal():
    tags = [[0.0, 0.3], [0.28, 0.01]]  # Two people, and their second keypoints the other way round.
    candidates = np.array([[[k, i, 0.5, tag] for i, tag in enumerate(row)] for k, row in enumerate(tags)], "float32")
    found = group(candidates, range(2), **RULES)
    assert {tuple(person[:, 1]) for person in found} == {(0, 1), (1, 0)}


def test_scores_and_distances_on_the_threshold_are_left_out():
    candidates = np.array([[[1, 1, 0.5, 0]], [[2, 2, 0.5, 1]], [[3, 3, 0.1, 0]]], "float32")
    found = group(candidates, range(3), max_people=30, min_score=float(np.float32(0.1)), tag_distance=1.0, far=2.0)
    np.testing.assert_array_equal(np.sort(found[..., 2], axis=0), [[0, 0, 0], [0.5, 0.5, 0]])


def test_nobody_is_found_where_there_is_nothing():
    assert group(np.zeros((17, 30, 4), "float32"), range(17), **RULES).shape == (0, 17, 3)


def test_the_best_come_first():
    scores = group(scene(10, 17, gap=2.0)[0], range(17), **RULES)[..., 2].mean(axis=1)
    assert (np.diff(scores) <= 0).all()
