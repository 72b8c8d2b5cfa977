"""MPII as HDF5 and as JSON: one person per row, whichever way the row says what is missing."""

import json
import re

import numpy as np
import pytest

from tests.tfrecords_tools.mpii_files import points, write_h5, write_json
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.mpii_files import people_of_h5, people_of_json, with_v


def test_the_enlarged_position_and_scale_of_the_h5_are_undone(tmp_path):
    write_h5(tmp_path / "a.h5", [("a.jpg", points(), np.ones(16), (100, 130), 2.5, 42.0)])
    (person,) = people_of_h5(tmp_path / "a.h5")
    np.testing.assert_allclose([*person["center"], person["scale"], person["head_size"]], [100, 100, 2, 42])
    np.testing.assert_array_equal(person["keypoints"], np.insert(points(), 2, 2, axis=1))
    assert person["image"] == "a.jpg" and person["single"]


def test_a_point_without_a_positive_coordinate_is_not_annotated():
    placed = np.array([[3, 4], [0, 0], [-1, -1], [442, -17], [5, 6]])
    keypoints = with_v(placed, np.array([1, 0, 0, 1, 0]))
    np.testing.assert_array_equal(keypoints, [[3, 4, 2], [0, 0, 0], [0, 0, 0], [442, -17, 2], [5, 6, 1]])


def test_the_json_knows_what_is_annotated_and_no_head(tmp_path):
    joints = points()
    joints[3] = -1
    write_json(tmp_path / "a.json", [("a.jpg", joints, [1, 1, 1, 0, *[1] * 12], (100, 100), 2.0)])
    (person,) = people_of_json(tmp_path / "a.json")
    np.testing.assert_array_equal(person["keypoints"][[2, 3]], [[12, 14, 2], [0, 0, 0]])
    np.testing.assert_array_equal([*person["center"], person["scale"], person["head_size"]], [100, 100, 2, 0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "must be a JSON file. Line 1"),
        ('{"image": 1}', "must be a JSON list of objects. Received: {"),
        ("[1]", r"`\[0\].image` must be a file name. Received: 1"),
        ('[{"image": "a.jpg"}]', r"`\[0\].center` must be 2 numbers. Received: null"),
        ("5", "must be a JSON list of objects. Received: 5"),
    ],
)
def test_a_json_of_another_form_is_one_clear_sentence(tmp_path, text, message):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ConversionError, match=message):
        people_of_json(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"joints": points()[:14].tolist()}, "`[1].joints` must be 16 x 2 numbers. Received: 14 values"),
        ({"joints": [[1, 2]] * 15 + [[1]]}, "`[1].joints` must be 16 x 2 numbers"),
        ({"joints_vis": None}, "`[1].joints_vis` must be 16 numbers. Received: null"),
        ({"scale": "2.0"}, '`[1].scale` must be a number. Received: "2.0"'),
        ({"scale": 10**50}, "`[1].scale` must be a number"),
        ({"center": [1]}, "`[1].center` must be 2 numbers. Received: [1]"),
        ({"image": 3}, "`[1].image` must be a file name"),
    ],
)
def test_a_wrong_value_of_the_json_is_named_by_its_path(tmp_path, changed, message):
    write_json(tmp_path / "a.json", [("a.jpg", points(), np.ones(16), (100, 100), 2.0)] * 2)
    people = json.loads((tmp_path / "a.json").read_text())
    people[1] |= changed
    (tmp_path / "a.json").write_text(json.dumps(people))
    with pytest.raises(ConversionError, match=re.escape(f"a.json: {message}")):
        people_of_json(tmp_path / "a.json")


def test_the_real_h5_and_json_say_the_same_of_the_same_people(real_data):
    root = real_data("mpii") / "annot"
    of_h5, of_json = people_of_h5(root / "valid.h5"), people_of_json(root / "valid.json")
    assert [person["image"] for person in of_h5] == [person["image"] for person in of_json] and len(of_h5) == 121
    for name, places in (("center", 4), ("scale", 6)):
        values = [np.stack([person[name] for person in people]) for people in (of_h5, of_json)]
        np.testing.assert_allclose(*values, atol=10.0**-places, rtol=0)
    seen, annotated = (np.stack([person["keypoints"] for person in people]) for people in (of_h5, of_json))
    np.testing.assert_array_equal(seen[..., :2], annotated[..., :2])
    np.testing.assert_array_equal(seen[..., 2] > 0, annotated[..., 2] > 0)
    assert (seen[..., 2] == 1).any() and not (annotated[..., 2] == 1).any()
    assert 10 < np.median([person["head_size"] for person in of_h5]) < 200
