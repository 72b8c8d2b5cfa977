"""labelme: whose a point is, and what is no keypoint."""

import numpy as np
import pytest

from tests.tfrecords_tools.coco_files import write_json
from tests.tfrecords_tools.own_reading import OPTIONS, read
from tests.tfrecords_tools.tool_files import write_photos
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import labelme


def shape(label, *points, kind="point", group=None, **fields):
    return {"label": label, "points": list(map(list, points)), "shape_type": kind, "group_id": group, **fields}


def labelme_file(root, *shapes, name="a.json", **fields):
    root.mkdir(exist_ok=True)
    content = {"version": "5.5.0", "flags": {}, "shapes": list(shapes), "imagePath": "a.jpg", "imageData": None}
    return write_json(root / name, content | fields)


def people_of(root):
    (file,) = root.rglob("*.json")
    document = labelme.read(root, [file], OPTIONS)
    names = document["categories"][0]["keypoints"]
    rows = (np.reshape(entry["keypoints"], (-1, 3)).tolist() for entry in document["annotations"])
    return [dict(zip(names, row, strict=True)) for row in rows], document["left_out"]


def test_labelme_without_groups_is_one_person_or_one_for_each_box(tmp_path):
    labelme_file(tmp_path, shape("a", (1, 2), flags=[]), shape("b", (3, 4), flags={"occluded": True}))
    assert people_of(tmp_path)[0] == [{"a": [1, 2, 2], "b": [3, 4, 1]}]
    boxes = [shape("box", (0, 0), (10, 10), kind="rectangle"), shape("box", (20, 0), (30, 10), kind="rectangle")]
    labelme_file(tmp_path, *boxes, shape("a", (25, 2)), shape("a", (1, 2)))
    assert people_of(tmp_path)[0] == [{"a": [1, 2, 2]}, {"a": [25, 2, 2]}]


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([shape("a", (1, 2)), shape("a", (3, 4))], "a.json: a person must have one point `a`. Received: two"),
        ([shape("a", (1, 2), group=1), shape("b", (3, 4))], "each point must belong to a person"),
        ([shape("a", ("1", 2))], r"a.json: `shapes\[0\]` must have a `shape_type` and `points` of numbers"),
        ([shape("a", (1, 2, 3))], r"a.json: `shapes\[0\]` must have"),
        ([shape("a", (1, 2), group=[1])], r"a.json: `shapes\[0\]` must have"),
        ([3], r"a.json: `shapes\[0\]` must have"),
    ],
)
def test_points_of_labelme_that_cannot_be_told_apart_are_named(tmp_path, shapes, message):
    labelme_file(tmp_path, *shapes)
    with pytest.raises(ConversionError, match=message):
        people_of(tmp_path)


def test_shapes_of_labelme_that_are_not_read_are_counted(tmp_path):
    labelme_file(tmp_path, shape("a", (1, 2)), shape("hat", (1, 1), (2, 2), (3, 1), kind="polygon"))
    assert people_of(tmp_path)[1] == [(1, "a polygon: only points and rectangles are read")]


def test_labelme_in_nested_folders_finds_photos_by_other_paths(tmp_path):
    labelme_file(tmp_path / "labels", shape("a", (1, 2)), imagePath="..\\photos\\one\\a.JPG")
    (tmp_path / "labels" / "._a.json").write_bytes(b"\0\5\x16\7")  # left by macOS
    write_photos(tmp_path / "photos" / "one", ["a.jpg"])
    assert read(tmp_path)[1] == ["photos/one/a.jpg"]
