"""MPII: which files are read for which split, one record per image, and boxes that the crop is made of."""

import numpy as np
import pytest
import tensorflow_datasets as tfds

from tests.tfrecords_tools.mpii_files import points, rectangle, write_h5, write_images, write_json, write_mat
from tests.tfrecords_tools.small_files import jpeg, read
from tfpose.skeletons import MPII
from tfrecords_tools.convert import convert
from tfrecords_tools.datasets.mpii import Mpii
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import mpii_crop

MAT = "mpii_human_pose_v1_u12_1.mat"
ONES = np.ones(16)


@pytest.fixture
def to_data(tmp_path):
    return {"data_dir": tmp_path / "data", "progress": False}


@pytest.fixture
def folder(tmp_path):
    """All the files there are, each with people of its own scale."""
    folder = write_images(tmp_path / "mpii", *(f"{name}.jpg" for name in "abcde"))
    two = [rectangle(scale=0.11), rectangle(12.0, scale=0.12)]
    write_mat(folder / MAT, [("a.jpg", two, 1, [1]), ("c.jpg", [rectangle(scale=0.13)], 1, [1]), ("t.jpg", [], 0, [])])
    write_h5(folder / "annot/train.h5", [("b.jpg", points(), ONES, (30, 20), 0.25, 9.0)])
    write_h5(folder / "annot/valid.h5", [("c.jpg", points(), ONES, (30, 20), 0.375, 9.0)])
    write_json(folder / "annot/train.json", [("d.jpg", points(), ONES, (30, 20), 0.4)])
    write_json(folder / "annot/valid.json", [("e.jpg", points(), ONES, (30, 20), 0.5)])
    return folder


def widths(folder, **options):
    """By split: the ids of images, and the width of everyone's box in them."""
    builder = Mpii(options=options)
    return {
        split: {record["id"]: record["boxes"][:, 2].round(3).tolist() for record in builder.annotations(folder, split)}
        for split in builder.SPLITS
    }


def test_the_first_file_that_is_there_is_read_and_no_test_image_trains(folder):
    assert widths(folder) == {"train": {"a": [22, 24]}, "test": {"c": [60]}}
    (folder / MAT).unlink()
    assert widths(folder) == {"train": {"b": [40]}, "test": {"c": [60]}}
    (folder / "annot/valid.h5").unlink()
    assert widths(folder) == {"train": {"b": [40]}, "test": {"e": [100]}}
    (folder / "annot/train.h5").unlink()
    (folder / "annot/valid.json").unlink()
    assert widths(folder) == {"train": {"d": [80]}, "test": {}}


def test_the_source_can_be_said(folder):
    assert widths(folder, source="mat") == {"train": {"a": [22, 24], "c": [26]}, "test": {}}
    assert widths(folder, source="h5") == {"train": {"b": [40]}, "test": {"c": [60]}}
    assert widths(folder, source="json") == {"train": {"d": [80]}, "test": {"e": [100]}}
    with pytest.raises(ConversionError, match=r"Received: 'csv'\. Known: auto, mat, h5, json"):
        widths(folder, source="csv")


def test_single_people_are_a_choice(folder):
    assert widths(folder, single=True)["train"] == {"a": [22]}


def test_everyone_of_an_image_is_in_its_one_record_counted_from_zero(folder, to_data):
    path = convert("mpii", manual_dir=folder, **to_data).path
    record = read(path, "train")["a"]
    np.testing.assert_array_equal(record["keypoints"][1], np.insert(points(12.0) - 1, 2, 2, axis=1))
    np.testing.assert_allclose(record["boxes"], mpii_crop.box(np.array([[29, 19], [29, 19]]), [0.11, 0.12]), rtol=1e-6)
    np.testing.assert_allclose(record["head_sizes"], [6, 6])
    assert record["image"] == jpeg() and set(read(path, "test")) == {"c"}
    metadata = tfds.builder_from_directory(path).info.metadata
    assert metadata["framing"] == "person" and tuple(metadata["skeleton"]["keypoints"]) == MPII.keypoints


def test_people_without_keypoints_are_reported_and_left_out(tmp_path, to_data):
    folder = write_images(tmp_path / "mpii", "a.jpg")
    nobody = {"x1": 1.0, "y1": 1.0, "x2": 4.0, "y2": 5.0}
    hidden = rectangle(visible={0: 0}, missing=[15])
    write_mat(folder / MAT, [("a.jpg", [nobody, hidden], 1, [2]), ("b.jpg", [nobody], 1, [])])
    conversion = convert("mpii", manual_dir=folder, **to_data)
    assert conversion.counts == {"train": {"images": 1, "people": 1, "set_aside": 0}}
    assert conversion.found == [("train", "a", "person", "no annotated keypoint")]
    np.testing.assert_array_equal(
        read(conversion.path, "train")["a"]["keypoints"][0, [0, 1, 15]], [[9, 9, 1], [10, 11, 2], [0, 0, 0]]
    )


def test_a_folder_without_any_annotations_is_one_clear_sentence(tmp_path, to_data):
    with pytest.raises(ConversionError, match=r"must hold one of annot/train\.h5, .*, mpii_human_pose_v1_u12_1\.mat"):
        convert("mpii", manual_dir=write_images(tmp_path / "mpii", "a.jpg"), **to_data)


def test_the_real_subset_converts_with_nobody_set_aside(real_data, to_data):
    root = real_data("mpii")
    conversion = convert("mpii", manual_dir=root, **to_data)
    assert conversion.found == [] and conversion.counts == {
        "train": {"images": 160, "people": 160, "set_aside": 0},
        "test": {"images": 110, "people": 121, "set_aside": 0},
    }
    test = read(conversion.path, "test")
    assert min(record["head_sizes"].min() for record in test.values()) > 5
    middles = np.concatenate([(record["boxes"][:, :2] + record["boxes"][:, 2:] / 2) for record in test.values()])
    seen = np.concatenate([record["keypoints"] for record in test.values()])
    annotated = seen[..., 2] > 0
    distances = np.linalg.norm(seen[..., :2] - middles[:, None], axis=-1)[annotated]
    sides = np.concatenate([record["boxes"][:, 2] for record in test.values()])
    inside = distances < 0.625 * np.sqrt(2) * np.repeat(sides, annotated.sum(axis=1))
    assert inside.mean() > 0.99  # in the crop of 1.25 of the box
