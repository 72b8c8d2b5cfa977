"""The box of each crop, in literal numbers; who has one; and what FLIC's torso crop holds."""

import numpy as np
import pytest
import tensorflow as tf

from tfpose.data import crops, geometry
from tfrecords_tools.datasets.flic import Flic

PERSON, TORSO = [10.0, 20.0, 40.0, 80.0], [20.0, 30.0, 16.0, 25.0]


@pytest.mark.parametrize(
    ("crop", "expected"),
    [
        ("frame", [0, 0, 640, 480]),
        ("person", [5, 10, 50, 100]),
        # Half side 1.75 * sqrt(16 * 25) = 35 around the middle (27.5, 42) of the pixels 20 ... 35 and 30 ... 54.
        ("torso", [-7, 7.5, 70, 70]),
    ],
)
def test_the_box_of_each_crop(crop, expected):
    found = crops.box(crop, (480, 640), person_box=PERSON, torso_box=TORSO)
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("crop", crops.CROPS)
def test_many_boxes_at_once_are_as_one_by_one(crop):
    rng = np.random.default_rng(0)
    sizes = rng.integers(50, 500, (7, 2))
    people, torsos = rng.uniform(1, 300, (2, 7, 4))
    together = crops.box(crop, sizes, people, torsos)
    alone = [crops.box(crop, *given) for given in zip(sizes, people, torsos, strict=True)]
    np.testing.assert_allclose(together, alone, rtol=1e-6)


def test_every_crop_keeps_the_centre_of_its_box():
    rng = np.random.default_rng(1)
    boxes = rng.uniform(1, 300, (9, 4))
    for crop in ("person", "torso"):
        shown = crops.box(crop, (480, 640), person_box=boxes, torso_box=boxes)
        np.testing.assert_allclose(crops.middle(shown), crops.middle(tf.cast(boxes, tf.float32)), atol=1e-3)


@pytest.mark.parametrize(
    ("box", "person", "torso"),
    [
        ([1, 2, 3, 4], True, True),
        ([0, 0, 0, 0], False, False),
        ([5, 5, 0, 30], True, False),
        ([5, 5, -3, 30], False, False),
        ([5, 5, -3, -4], False, False),
        ([np.nan, 0, 3, 4], False, False),
        ([0, 0, np.inf, 4], False, False),
    ],
)
def test_who_has_a_box(box, person, torso):
    assert bool(crops.is_known("person", person_box=box)) is person
    assert bool(crops.is_known("torso", torso_box=box)) is torso


@pytest.mark.parametrize(
    ("box", "middle"),
    [
        ((10, 20, 5, 7), (12, 23, 2)),
        ((0, 0, 0, 0), (-0.5, -0.5, 0)),
        ((3, 4, 1, 1), (3, 4, 2)),
        ((3, 4, 5, 0), (5, 3.5, 0)),
    ],
)
def test_the_middle_of_a_box_is_that_of_its_pixels(box, middle):
    np.testing.assert_allclose(crops.middle(np.float32([box])), [middle])


def test_a_crop_without_its_box_is_refused():
    with pytest.raises(ValueError, match="`torso_box` must be given for `crop=torso`. Received: None."):
        crops.box("torso", (480, 640), person_box=PERSON)
    with pytest.raises(ValueError, match="Unknown `crop`. Received: 'head'. Known: frame, person, torso."):
        crops.box("head", (480, 640), PERSON, TORSO)


def test_the_torso_crop_holds_nearly_all_keypoints_of_the_real_flic(real_data):
    inside = []
    for split in ("train", "test"):
        for frame in Flic().annotations(real_data("FLIC"), split):
            boxes = crops.box("torso", frame["size"], torso_box=frame["torso_boxes"])
            moved = geometry.warp_keypoints(tf.cast(frame["keypoints"], tf.float32), geometry.crop_map(boxes, (64, 64)))
            annotated = moved.numpy()[frame["keypoints"][..., 2] > 0]
            inside += [((annotated[:, :2] >= -0.5) & (annotated[:, :2] <= 63.5)).all(axis=1)]
    inside = np.concatenate(inside)
    assert len(inside) == 11 * (3987 + 801)
    assert inside.mean() == pytest.approx(0.997, abs=5e-4)
