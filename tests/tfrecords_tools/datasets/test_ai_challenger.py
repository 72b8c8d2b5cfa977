"""AI Challenger: official names of files, people of nobody's keypoints ignored, and the real sample's people."""

import cv2
import numpy as np
import pytest

from tests.tfrecords_tools.coco_files import write_json
from tests.tfrecords_tools.formats.test_ai_challenger_json import KEYPOINTS, entry
from tests.tfrecords_tools.small_files import jpeg, read
from tfrecords_tools.convert import convert
from tfrecords_tools.errors import ConversionError

NOBODY = [0, 0, 3] * 14


def write(folder, part="train", dates=("_20170909", "_20170902"), entries=None):
    entries = entries or [entry(f"{part}a", human1=KEYPOINTS, human2=NOBODY)]
    write_json(folder / f"keypoint_{part}_annotations{dates[0]}.json", entries)
    images = folder / f"keypoint_{part}_images{dates[1]}"
    images.mkdir()
    for each in entries:
        (images / f"{each['image_id']}.jpg").write_bytes(jpeg())
    return folder


def converted(folder, tmp_path, **options):
    return convert("ai_challenger", manual_dir=folder, data_dir=tmp_path / "data", progress=False, **options)


def counts(conversion):
    return {split: (count["images"], count["people"]) for split, count in conversion.counts.items()}


def test_the_official_folders_convert_as_they_were_unpacked(tmp_path):
    folder = tmp_path / "AIC"
    write(folder / "ai_challenger_keypoint_train_20170909")
    dates = ("_20170911", "_20170911")
    write(folder / "x" / "ai_challenger_keypoint_validation_20170911", "validation", dates)
    conversion = converted(folder, tmp_path)
    assert counts(conversion) == {"train": (1, 1), "test": (1, 1)} and not conversion.found
    record = read(conversion.path, "test")["validationa"]
    np.testing.assert_array_equal(record["keypoints"][0, :3], [[3, 4, 2], [5, 6, 1], [0, 0, 0]])
    assert record["boxes"].tolist() == [[1, 2, 10, 20]] and record["areas"].tolist() == [200]
    assert record["image_id"] == -1


def test_people_without_keypoints_are_ignored_in_their_boxes(tmp_path):
    record = read(converted(write(tmp_path, "sample", ("", "")), tmp_path).path, "train")["samplea"]
    mask = cv2.imdecode(np.frombuffer(record["ignore"], np.uint8), cv2.IMREAD_UNCHANGED)
    expected = np.zeros((48, 64))
    expected[2:22, 1:11] = 255
    np.testing.assert_array_equal(mask, expected)
    assert record["ignored_boxes"].tolist() == [[1, 2, 10, 20]] and record["ignored_areas"].tolist() == [200]
    assert record["ignored_crowds"].tolist() == [0]


def test_what_is_missing_or_double_is_one_clear_sentence(tmp_path):
    with pytest.raises(ConversionError, match="`manual_dir` must hold keypoint_train_annotations"):
        converted(tmp_path, tmp_path)
    write(tmp_path)
    (tmp_path / "keypoint_train_images_20170902" / "traina.jpg").unlink()
    (tmp_path / "keypoint_train_images_20170902").rmdir()
    with pytest.raises(ConversionError, match="A folder keypoint_train_images… must be beside"):
        converted(tmp_path, tmp_path)
    write(tmp_path, "sample")
    with pytest.raises(ConversionError, match="must hold one file of annotations of train. Received: keypoint_train_"):
        converted(tmp_path, tmp_path)


def test_the_real_sample_has_its_people(tmp_path, real_data):
    conversion = converted(real_data("ai_challenger"), tmp_path)
    assert counts(conversion) == {"train": (3, 9)} and not conversion.found
    record = read(conversion.path, "train")["054d9ce9201beffc76e5ff2169d2af2f027002ca"]
    assert record["boxes"][0].tolist() == [279, 55, 213, 544] and record["areas"][0] == 213 * 544
    assert record["keypoints"][0, -1].tolist() == [372, 170, 2]
