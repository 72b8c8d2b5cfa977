"""Layouts of annotations: which form a folder holds, and its splits."""

import json

import pytest

from tests.tfrecords_tools.coco_files import write_json
from tests.tfrecords_tools.own_reading import read, splits
from tests.tfrecords_tools.tool_files import WRITERS, kites, write_photos
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.splits import split_of


@pytest.mark.parametrize(
    ("name", "split"),
    [("train/a.json", "train"), ("valid", "valid"), ("person_keypoints_val2017.json", "valid"), ("Test", "test"),
     ("training_v2", "train"), ("labels.json", ""), ("trainer.json", ""), ("train/test.json", "test")],
)  # fmt: skip
def test_splits_are_told_by_names(name, split):
    assert split_of(name) == split


def test_a_roboflow_export_has_three_splits_and_images_beside_the_annotations(tmp_path):
    for split in ("train", "valid", "test"):
        WRITERS["coco"](tmp_path / "other", kites(2))
        (tmp_path / "in" / split).mkdir(parents=True)
        content = json.loads((tmp_path / "other/annotations/person_keypoints_default.json").read_text())
        content["categories"].insert(0, {"id": 0, "name": "kites", "supercategory": "none"})
        write_json(tmp_path / "in" / split / "_annotations.coco.json", content)
        write_photos(tmp_path / "in" / split, ["kite_0.jpg", "kite_1.jpg"])
        (tmp_path / "other").rename(tmp_path / f"other_{split}")
    assert splits(tmp_path / "in") == ["test", "train", "valid"]
    _, images = read(tmp_path / "in", "valid")
    assert images == ["valid/kite_0.jpg", "valid/kite_1.jpg"]


def test_an_export_of_fiftyone_has_labels_json_beside_data(tmp_path):
    WRITERS["coco"](tmp_path, kites())
    (tmp_path / "annotations" / "person_keypoints_default.json").rename(tmp_path / "labels.json")
    (tmp_path / "images" / "default").rename(tmp_path / "data")
    assert read(tmp_path)[1][0] == "data/kite_0.jpg"


def test_several_files_of_coco_for_one_split_are_asked_about(tmp_path):
    WRITERS["coco"](tmp_path, kites())
    path = tmp_path / "annotations" / "person_keypoints_default.json"
    (tmp_path / "annotations" / "second.json").write_bytes(path.read_bytes())
    with pytest.raises(ConversionError, match="name them with `--train` and `--test`. Received: annotations/person"):
        splits(tmp_path)


def test_annotations_of_boxes_alone_are_no_keypoints(tmp_path):
    write_json(tmp_path / "instances.json", {"images": [], "annotations": [], "categories": [{"id": 1}]})
    with pytest.raises(ConversionError, match="Received: 1 × .json. Looked for: coco: .* with keypoints"):
        splits(tmp_path)
