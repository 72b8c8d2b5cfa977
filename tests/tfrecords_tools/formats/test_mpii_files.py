"""MPII as HDF5 and as JSON: one person per row, whichever way the row says what is missing."""

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


@pytest.mark.parametrize("text", ["{", '{"image": 1}', "[1]", '[{"image": "a.jpg"}]', "5"])
def test_a_json_of_another_form_is_one_clear_sentence(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ConversionError, match="must be a JSON list of objects with image, center, scale, joints"):
        people_of_json(tmp_path / "a.json")


def test_joints_of_another_number_are_one_clear_sentence(tmp_path):
    write_json(tmp_path / "a.json", [("a.jpg", points()[:14], np.ones(14), (100, 100), 2.0)])
    with pytest.raises(ConversionError, match="must be a JSON list of objects"):
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
