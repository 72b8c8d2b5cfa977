"""The official .mat of MPII: flags that are missing, people without keypoints, heads and positions."""

import numpy as np
import pytest
import scipy.io

from tests.tfrecords_tools.mpii_files import EMPTY, points, rectangle, structs, write_mat
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.mpii_mat import people


@pytest.fixture
def release(tmp_path):
    """Two people in `a`, of whom the second is single, with a third without keypoints; tests in `b`; nobody in `c`."""
    first = rectangle(visible={0: 0, 1: 1, 2: "0", 3: "1"}, missing=[6, 7])
    nobody = {"x1": 1.0, "y1": 1.0, "x2": 4.0, "y2": 5.0}
    tested = {"scale": 0.5, "objpos": {"x": 9.0, "y": 9.0}}
    images = [
        ("a.jpg", [first, rectangle(12.0, scale=0.5), nobody], 1, [2]),
        ("b.jpg", [tested], 0, [1]),
        ("c.jpg", [nobody], 1, []),
        ("d.jpg", [], 1, []),
        ("e.jpg", [rectangle(14.0)], 1, [1]),
    ]
    write_mat(tmp_path / "mpii.mat", images)
    return tmp_path / "mpii.mat"


def test_everyone_of_the_training_images_is_listed(release):
    everyone = people(release)
    assert [person["image"] for person in everyone] == ["a.jpg"] * 3 + ["c.jpg", "e.jpg"]
    np.testing.assert_array_equal([person["scale"] for person in everyone], [0.25, 0.5, 0, 0, 0.25])
    np.testing.assert_array_equal(everyone[0]["center"], [30, 20])
    assert [bool(person["keypoints"].any()) for person in everyone] == [True, True, False, False, True]


def test_single_people_are_those_the_release_numbers_from_one(release):
    assert [person["single"] for person in people(release)] == [False, True, False, False, True]


def test_flags_are_numbers_or_text_and_none_is_visible(release):
    keypoints = people(release)[0]["keypoints"]
    np.testing.assert_array_equal(keypoints[:, 2], [1, 2, 1, 2, 2, 2, 0, 0, *[2] * 8])
    annotated = keypoints[:, 2] > 0
    np.testing.assert_array_equal(keypoints[annotated, :2], points()[annotated])
    assert not keypoints[~annotated].any()


def test_head_sizes_are_six_tenths_of_the_diagonal(release):
    np.testing.assert_allclose([person["head_size"] for person in people(release)], [6, 6, 3, 3, 6])


def test_a_person_without_position_gets_it_from_the_keypoints(tmp_path):
    lost = rectangle(10.0, objpos=EMPTY, missing=range(5, 16), x1=EMPTY)
    write_mat(tmp_path / "mpii.mat", [("a.jpg", [lost], 1, [1]), ("b.jpg", [rectangle()], 1, [1])])
    person = people(tmp_path / "mpii.mat")[0]
    np.testing.assert_allclose(person["center"], [12, 14])
    assert person["scale"] == 8 / 200 and person["head_size"] == 0


def test_a_release_of_one_image_is_read(tmp_path):
    write_mat(tmp_path / "mpii.mat", [("a.jpg", [rectangle(), rectangle(12.0)], 1, [1, 2])])
    assert [person["single"] for person in people(tmp_path / "mpii.mat")] == [True, True]


def test_a_file_that_is_not_as_published_is_one_clear_sentence(tmp_path):
    path = tmp_path / "mpii.mat"
    scipy.io.savemat(path, {"RELEASE": {"annolist": structs({"image": {"name": "a.jpg"}}), "version": "12"}})
    with pytest.raises(ConversionError, match="RELEASE of .* must have img_train, single_person"):
        people(path)
    scipy.io.savemat(path, {"release": 1})
    with pytest.raises(ConversionError, match="must be a MATLAB file with the variable RELEASE"):
        people(path)
    path.write_bytes(b"no MATLAB file" * 20)
    with pytest.raises(ConversionError, match="mpii.mat must be a whole MATLAB file"):
        people(path)
    points = {"point": structs({"x": 1.0, "y": 2.0, "id": 16})}
    write_mat(path, [("a.jpg", [rectangle(annopoints=points)], 1, [1]), ("b.jpg", [], 1, [])])
    with pytest.raises(ConversionError, match="must be as published. Received: index 16 .* in the image a.jpg"):
        people(path)


def test_lists_of_unequal_lengths_are_one_clear_sentence(tmp_path):
    images = [(f"{name}.jpg", [rectangle()], 1, [1]) for name in "abc"]
    write_mat(tmp_path / "mpii.mat", images)
    release = scipy.io.loadmat(tmp_path / "mpii.mat")["RELEASE"]
    release["img_train"][0, 0] = np.ones((1, 2))
    scipy.io.savemat(tmp_path / "mpii.mat", {"RELEASE": release})
    with pytest.raises(ConversionError, match="must have one entry per image everywhere. Received: .*'img_train': 2"):
        people(tmp_path / "mpii.mat")
