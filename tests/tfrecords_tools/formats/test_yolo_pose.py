"""YOLO-pose: layouts, and wrong lines and fields."""

import pytest

from tests.tfrecords_tools.own_reading import OPTIONS, keypoints, read
from tests.tfrecords_tools.tool_files import kites, yolo
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import annotation_formats, own_annotations


def roboflow_yolo(root):
    """Folders of images and labels for each split, named relative to the folder of another machine."""
    yolo(root, kites())
    for kind in ("images", "labels"):
        (root / "train").mkdir(exist_ok=True)
        (root / kind / "train").rename(root / "train" / kind)


def test_yolo_of_roboflow_names_folders_relative_to_another(tmp_path):
    roboflow_yolo(tmp_path)
    text = (tmp_path / "data.yaml").read_text().replace("images/train", "../train/images").replace("path: ../", "x: ")
    (tmp_path / "data.yaml").write_text(text)
    found, images = read(tmp_path)
    assert images[1] == "train/images/kite_1.jpg" and [len(people) for people in keypoints(found)] == [1, 2, 1, 1]


def test_yolo_without_visibility_has_no_keypoint_at_the_corner(tmp_path):
    yolo(tmp_path, kites(2), kpt_shape=[4, 2])
    for file in (tmp_path / "labels" / "train").iterdir():
        words = [line.split() for line in file.read_text().splitlines()]
        file.write_text("\n".join(" ".join(w for i, w in enumerate(line) if i < 5 or i % 3 != 1) for line in words))
    assert keypoints(read(tmp_path)[0])[1][1, :, 2].tolist() == [2, 2, 0, 2]


def test_yolo_lists_photos_in_a_text_file_of_another_machine(tmp_path):
    yolo(tmp_path, kites(2), train="train.txt")
    (tmp_path / "train.txt").write_text(
        "/content/kites/images/train/kite_1.jpg\r\nC:\\kites\\images\\train\\kite_0.jpg\n"
    )
    assert read(tmp_path)[1] == ["images/train/kite_1.jpg", "images/train/kite_0.jpg"]


def test_yolo_photos_without_labels_are_negatives(tmp_path):
    yolo(tmp_path, kites(2))
    (tmp_path / "labels/train/kite_0.txt").unlink()
    (tmp_path / "labels/train/kite_1.txt").write_text("")
    assert [len(people) for people in keypoints(read(tmp_path)[0])] == [0, 0]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 0.5 0.5 0.2 0.2 0.1 0.1 2", "kite_0.txt, line 1 must be class, .* 17 numbers. Received: 8"),
        ("0 " + "0.5 " * 15 + "a", "kite_0.txt, line 1 must be numbers"),
        ("0 0.5 0.5 0.2 0.2 " + "32 24 2 " * 4, "line 1 must be fractions of width and height, 0 … 1. Received: 32"),
        ("0 0.5 0.5 0.2 0.2 " + "nan 0.5 2 " * 4, "must be fractions of width and height"),
        ("0 0.5 0.5 0.2 0.2 " + "0.5 0.5 0.9 " * 4, r"kite_0.txt, line 1: `keypoints\[2\]` must be v: 0"),
    ],
)
def test_a_wrong_line_of_yolo_is_named(tmp_path, line, message):
    yolo(tmp_path, kites(1))
    (tmp_path / "labels/train/kite_0.txt").write_text(line)
    with pytest.raises(ConversionError, match=message):
        read(tmp_path)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kpt_shape": [4]}, r"`kpt_shape` must be \[keypoints, 2 or 3\]"),
        ({"flip_idx": [0, 1]}, "`flip_idx` must be the numbers 0 … 3"),
        ({"kpt_names": {0: ["a"]}}, "`kpt_names` must be 4 names"),
        ({"train": "nowhere"}, "must name images under .* Received: nowhere, looked for as"),
        ({"train": None}, "must name the images: `train`, `val` or `test`"),
    ],
)
def test_a_wrong_yaml_is_named(tmp_path, fields, message):
    yolo(tmp_path, kites(1), **fields)
    with pytest.raises(ConversionError, match=message):
        read(tmp_path)


def test_a_list_of_roboflow_that_mirrors_nothing_says_nothing(tmp_path):
    yolo(tmp_path, kites(1), flip_idx=[0, 1, 2, 3])
    path, document = own_annotations.read_document(tmp_path, annotation_formats.find(tmp_path), "train", OPTIONS)
    skeleton = own_annotations.find_skeleton(tmp_path, path, document, OPTIONS, "skeleton.json")
    assert skeleton.pairs == (("left_end", "right_end"),)


def test_yaml_with_aliases_is_refused_since_they_can_grow_without_end(tmp_path):
    yolo(tmp_path, kites(1))
    bomb = "a: &a [x, x, x, x]\nb: &b [*a, *a, *a, *a]\nkpt_shape: [*b, *b]\n"
    (tmp_path / "data.yaml").write_text(bomb)
    with pytest.raises(ConversionError, match="data.yaml must be YAML without aliases"):
        read(tmp_path)
