"""Limb lengths and angles: what they must be, whoever stands however."""

import dataclasses

import numpy as np
import pytest

from tfpose import skeletons
from tfrecords_tools.drawing import body, poses

UPRIGHT = poses.Pose(*([(0.0,) * 4] * 4), *([(0.0,) * 3] * 3))


def standing(**angles):
    return body.stand(dataclasses.replace(UPRIGHT, **angles), body.LENGTHS)


def anybody(seed):
    rng = np.random.default_rng(seed)
    lengths = body.proportions(rng)
    return body.stand(poses.sample(rng, from_behind=0.3, activity=1.0), lengths), lengths


def test_someone_upright_faces_us_with_the_left_side_on_our_right():
    points = standing().points
    assert points["left_wrist"][0] > 0 > points["right_wrist"][0]
    np.testing.assert_allclose(points["left_ankle"], [0.064, 0.485, 0], atol=1e-9)
    np.testing.assert_allclose(points["left_wrist"], [0.1025, 0.322 - 0.288, 0], atol=1e-9)
    assert points["nose"][2] > points["head"][2]
    assert points["head_top"][1] < points["nose"][1] < points["neck"][1] < points["pelvis"][1] < points["left_foot"][1]


def test_head_to_heel_is_about_one():
    low, high = standing().extent()
    assert 0.9 < (high - low)[1] < 1.05


def test_someone_turned_around_shows_back_and_left_side_on_our_left():
    points = standing(body=(0.0, 0.0, 180.0)).points
    assert points["left_shoulder"][0] < 0 < points["right_shoulder"][0]
    assert points["nose"][2] < points["head"][2]


@pytest.mark.parametrize(
    "limb, angles, moved",
    [
        ("left_arm", (90, 0, 0, 0), ("left_wrist", 2, 1)),  # flexion: towards us
        ("left_arm", (0, 90, 0, 0), ("left_wrist", 0, 1)),  # abduction: to the left side
        ("right_arm", (0, 90, 0, 0), ("right_wrist", 0, -1)),
        ("left_arm", (0, 0, 90, 90), ("left_wrist", 0, -1)),  # inward rotation of a bent arm: before the belly
        ("left_leg", (0, 0, 0, 90), ("left_ankle", 2, -1)),  # knees bend backwards
        ("left_arm", (0, 0, 0, 90), ("left_wrist", 2, 1)),  # elbows forwards
    ],
)
def test_angles_move_limbs_as_their_names_say(limb, angles, moved):
    name, axis, sign = moved
    change = standing(**{limb: angles}).points[name] - standing().points[name]
    assert sign * change[axis] > 0.14


def test_leaning_brings_the_head_towards_us_and_keeps_the_hips():
    leaning, upright = standing(chest=(40.0, 0.0, 0.0)).points, standing().points
    assert leaning["head"][2] > 0.1
    np.testing.assert_array_equal(leaning["left_hip"], upright["left_hip"])


@pytest.mark.parametrize("seed", range(5))
def test_limbs_keep_their_lengths_in_every_pose(seed):
    figure, lengths = anybody(seed)
    limbs = {"upper_arm": ("shoulder", "elbow"), "forearm": ("elbow", "wrist"), "thigh": ("hip", "knee")}
    for limb, ends in (limbs | {"shank": ("knee", "ankle")}).items():
        for side in ("left", "right"):
            start, end = (figure.points[f"{side}_{name}"] for name in ends)
            assert np.linalg.norm(end - start) == pytest.approx(lengths[limb])
    for width, name in (("shoulders", "shoulder"), ("hips", "hip")):
        across = figure.points[f"left_{name}"] - figure.points[f"right_{name}"]
        assert np.linalg.norm(across) == pytest.approx(lengths[width])


def test_proportions_are_human():
    for seed in range(50):
        lengths = body.proportions(np.random.default_rng(seed))
        for name, length in lengths.items():
            assert 0.85 <= length / body.LENGTHS[name] <= 1.15
    assert body.LENGTHS["forearm"] < body.LENGTHS["upper_arm"] < body.LENGTHS["shank"] < body.LENGTHS["thigh"]
    assert 1.2 < body.LENGTHS["shoulders"] / body.LENGTHS["hips"] < 2


def test_a_mirrored_pose_gives_the_mirrored_body():
    angles = {"left_arm": (30, 40, 50, 60), "right_arm": (5, 6, 7, 8), "left_leg": (20, 5, 2, 40)}
    original = standing(**angles, chest=(10, 5, 9), head=(3, 4, 20), body=(2, 3, 30))
    swapped = {name.replace("left", "RIGHT").replace("right", "left").lower(): value for name, value in angles.items()}
    mirrored = standing(**swapped, chest=(10, -5, -9), head=(3, -4, -20), body=(2, -3, -30))
    for name, point in original.points.items():
        other = name.replace("left", "RIGHT").replace("right", "left").lower()
        np.testing.assert_allclose(mirrored.points[other] * [-1, 1, 1], point, atol=1e-12)


@pytest.mark.parametrize("axis", "xyz")
def test_rotations_keep_lengths_and_orientation(axis):
    turn = body.rotation(axis, 37)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)


def test_placing_enlarges_then_moves():
    figure = standing().placed(100, 30, 20)
    np.testing.assert_allclose(figure.points["pelvis"], [30, 20, 0])
    np.testing.assert_allclose(figure.points["left_hip"], [36.4, 20, 0])
    assert figure.scale == 100


@pytest.mark.parametrize("name", ["flic", "lsp", "coco"])
def test_it_has_every_keypoint_of_the_skeletons(name):
    assert set(skeletons.get(name).keypoints) <= set(standing().points)


def test_arms_that_are_crossed_are_so_on_both_sides():
    wanted = {"crossed", "behind"}
    for seed in range(200):
        left, right = poses._arms(np.random.default_rng(seed))
        assert left == right or not wanted & {left, right}
