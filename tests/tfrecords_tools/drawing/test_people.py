"""Who hides what from the viewer."""

import dataclasses

import numpy as np
import pytest

from tfpose import skeletons
from tfrecords_tools.drawing import body, furniture, looks, people, poses
from tfrecords_tools.drawing.canvas import Canvas

STILL = poses.Pose(*([(0.0, 6.0, 0.0, 5.0)] * 4), *([(0.0,) * 3] * 3))
KEYPOINTS = skeletons.COCO.keypoints


def painted(pose=STILL, x=100.0, y=110.0, person=1, canvas=None):
    canvas = canvas or Canvas(np.full((220, 200, 3), 128, np.uint8))
    figure = body.stand(pose, body.LENGTHS).placed(180, x, y)
    people.paint(canvas, figure, looks.sample(np.random.default_rng(person)), person, 1)
    return canvas, figure


def seen(canvas, figure, person=1):
    return dict(zip(KEYPOINTS, people.keypoints(canvas, figure, KEYPOINTS, person)[:, 2].tolist(), strict=True))


def test_someone_facing_us_shows_everything_but_perhaps_the_ears():
    visibility = seen(*painted())
    assert all(v == 2 for name, v in visibility.items() if not name.endswith("ear"))


def test_someone_turned_around_hides_the_face_and_nothing_else():
    visibility = seen(*painted(dataclasses.replace(STILL, body=(0.0, 0.0, 180.0))))
    assert {name for name, v in visibility.items() if v == 1} >= {"nose", "left_eye", "right_eye"}
    assert all(visibility[f"{side}_{name}"] == 2 for side in ("left", "right") for name in ("shoulder", "hip", "knee"))


@pytest.mark.parametrize("turn, far", [(90.0, "left"), (-90.0, "right")])
def test_someone_seen_from_the_side_hides_the_far_side(turn, far):
    arms_forward = {f"{side}_arm": (90.0, 0.0, 0.0, 0.0) for side in ("left", "right")}
    canvas, figure = painted(dataclasses.replace(STILL, body=(0.0, 0.0, turn), **arms_forward))
    near = "right" if far == "left" else "left"
    visibility = seen(canvas, figure)
    assert figure.points[f"{far}_hip"][2] < figure.points[f"{near}_hip"][2]
    for name in ("eye", "ear", "shoulder", "hip"):
        assert (visibility[f"{far}_{name}"], visibility[f"{near}_{name}"]) == (1, 2)


def test_a_hand_behind_the_back_is_hidden():
    visibility = seen(*painted(dataclasses.replace(STILL, left_arm=(-35.0, 10.0, 75.0, 60.0))))
    assert (visibility["left_wrist"], visibility["left_shoulder"], visibility["right_wrist"]) == (1, 2, 2)


def test_a_hand_before_the_belly_is_seen():
    pose = dataclasses.replace(STILL, left_arm=(30.0, 5.0, 70.0, 90.0))
    canvas, figure = painted(pose)
    assert seen(canvas, figure)["left_wrist"] == 2
    x, y, _ = figure.points["left_wrist"]
    assert canvas.labels[round(y), round(x)] % 16 == people.PARTS.index("left_forearm")


def test_whoever_is_painted_later_hides_who_is_behind():
    canvas, behind = painted(person=1)
    _, before = painted(person=2, canvas=canvas)
    assert set(seen(canvas, behind, 1).values()) == {1}
    assert seen(canvas, before, 2)["left_knee"] == 2


def test_furniture_before_a_person_hides_it():
    canvas, figure = painted()
    canvas.rectangle((0, 100, 200, 120), (0, 0, 0), furniture.OBJECT)
    visibility = seen(canvas, figure)
    assert (visibility["left_knee"], visibility["left_shoulder"]) == (1, 2)


def test_keypoints_outside_of_the_image_are_zeros():
    canvas, figure = painted(y=190.0)
    keypoints = people.keypoints(canvas, figure, ["left_ankle", "nose"], 1)
    np.testing.assert_array_equal(keypoints[0], [0, 0, 0])
    assert keypoints[1, 2] == 2


def test_keypoints_lie_where_the_body_has_them_and_inside_of_its_silhouette():
    canvas, figure = painted()
    for name, (x, y, _) in zip(KEYPOINTS, people.keypoints(canvas, figure, KEYPOINTS, 1), strict=True):
        np.testing.assert_allclose([x, y], figure.points[name][:2], rtol=1e-6)
        assert canvas.labels[round(float(y)), round(float(x))] >> 4 == 1


@pytest.mark.parametrize("cut", sorted(set(looks.HAIR_CUTS)))
@pytest.mark.parametrize("shirt", looks.SHIRTS)
def test_all_looks_can_be_painted_from_every_side(cut, shirt):
    rng = np.random.default_rng(0)
    look = dataclasses.replace(looks.sample(rng), hair_cut=cut, shirt_kind=shirt, has_beard=True, has_glasses=True)
    for turn in (0, 60, 120, 180, 250, 300):
        canvas = Canvas(np.full((120, 100, 3), 128, np.uint8))
        pose = dataclasses.replace(STILL, body=(5.0, 10.0, turn), head=(20.0, 5.0, 30.0))
        people.paint(canvas, body.stand(pose, body.LENGTHS).placed(100, 50, 60), look, 1, -1)
        assert len(np.unique(canvas.labels)) > 8
