"""pose-tensorflow's dataset.mat, read, and written from records."""

import json

import numpy as np
import pytest
import scipy.io
import tensorflow_datasets as tfds

from tests.tfrecords_tools.small_files import jpeg, read
from tfpose.skeletons import LSP
from tfrecords_tools.convert import convert
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.write_dataset_mat import main, write

HAND = {"name": "hand", "keypoints": ["wrist", "left_tip", "right_tip"], "limbs": [["wrist", "left_tip"]]}
FIRST = [[0, 10, 11], [2, 30, 31]]
SECOND = [[0, 40, 20], [1, 42, 22], [2, 44, 24]]


def write_mat(folder, people, *, file="dataset.mat", **fields):
    """A file whose images have the given people each; further fields are those of every image."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ["image", "joints", *fields]
    structs = np.empty((1, len(people)), [(name, object) for name in names])
    for i, persons in enumerate(people):
        cell = np.empty((1, len(persons)), object)
        for n, person in enumerate(persons):
            cell[0, n] = np.array(person, "int32").reshape(-1, 3)
        structs[0, i] = (f"a{i}.jpg", cell, *(np.array([value]) for value in fields.values()))
        (folder / f"a{i}.jpg").write_bytes(jpeg())
    scipy.io.savemat(folder / file, {"dataset": structs})
    return folder


@pytest.fixture
def to_data(tmp_path):
    return {"data_dir": tmp_path / "data", "progress": False}


def test_everyone_is_read_and_what_has_no_row_is_not_annotated(tmp_path, to_data):
    folder = write_mat(tmp_path / "hands", [[FIRST, SECOND], [SECOND]], size=[3, 48, 64])
    (folder / "skeleton.json").write_text(json.dumps(HAND))
    path = convert("dataset_mat", manual_dir=folder, **to_data).path
    train = read(path, "train")
    np.testing.assert_array_equal(
        train["000000"]["keypoints"],
        [[[10, 11, 2], [0, 0, 0], [30, 31, 2]], [[40, 20, 2], [42, 22, 2], [44, 24, 2]]],
    )
    assert train["000001"]["image"] == jpeg() and len(train) == 2
    info = tfds.builder_from_directory(path).info
    assert list(info.splits) == ["train"] and info.metadata["skeleton"]["name"] == "hand"


def test_without_skeleton_the_keypoints_are_those_of_lsp_and_a_crop_is_the_box(tmp_path, to_data):
    folder = write_mat(tmp_path / "mpii", [[[[13, 5, 6]]]], crop=[3, 4, 42, 33])
    write_mat(folder, [[[[0, 7, 8]]]], file="test.mat")
    path = convert("dataset_mat", manual_dir=folder, **to_data).path
    (record,) = read(path, "train").values()
    np.testing.assert_array_equal(record["keypoints"][0, LSP.keypoints.index("head_top")], [5, 6, 2])
    np.testing.assert_array_equal(record["boxes"], [[2, 3, 40, 30]])
    assert len(read(path, "test")) == 1


def test_an_image_of_another_size_is_set_aside(tmp_path, to_data):
    folder = write_mat(tmp_path / "mpii", [[[[13, 5, 6]]]], size=[3, 48, 65])
    with pytest.raises(ConversionError):
        convert("dataset_mat", manual_dir=folder, **to_data)


@pytest.mark.parametrize(
    ("people", "received"),
    [([[[[14, 1, 1]]]], r"image 0.*\[\[14, 1, 1\]\]"), ([[[[0, 1, 1]]], [[[-1, 1, 1]]]], "image 1")],
)
def test_what_no_keypoint_is_stops_it(tmp_path, to_data, people, received):
    folder = write_mat(tmp_path / "mpii", people)
    with pytest.raises(ConversionError, match=received):
        convert("dataset_mat", manual_dir=folder, **to_data)


def test_another_file_is_refused(tmp_path, to_data):
    scipy.io.savemat(tmp_path / "dataset.mat", {"data": np.ones(3)})
    with pytest.raises(ConversionError, match="must be a MATLAB file with the structs dataset"):
        convert("dataset_mat", manual_dir=tmp_path, **to_data)


def test_what_is_written_is_read_back(tmp_path, to_data, capsys):
    folder = write_mat(tmp_path / "hands", [[FIRST, SECOND], [SECOND]])
    (folder / "skeleton.json").write_text(json.dumps(HAND))
    path = convert("dataset_mat", manual_dir=folder, **to_data).path
    out = tmp_path / "out"
    main([str(path), f"--out={out}"])
    assert "2 images" in capsys.readouterr().out
    assert scipy.io.loadmat(out / "dataset.mat")["dataset"][0, 0]["size"].tolist() == [[3, 48, 64]]
    again = convert("dataset_mat", manual_dir=out, data_dir=tmp_path / "again", progress=False).path
    before, after = read(path, "train"), read(again, "train")
    # Records lie in an order of their own, which the new names follow.
    key = lambda record: (len(record["keypoints"]), record["image"], record["keypoints"].tolist())  # noqa: E731
    for a, b in zip(sorted(before.values(), key=key), sorted(after.values(), key=key), strict=True):
        np.testing.assert_array_equal(a["keypoints"], b["keypoints"])
        assert a["image"] == b["image"]
    skeleton = tfds.builder_from_directory(again).info.metadata["skeleton"]
    assert skeleton["keypoints"] == tfds.builder_from_directory(path).info.metadata["skeleton"]["keypoints"]


def test_nothing_is_overwritten_and_nothing_unknown_read(tmp_path):
    with pytest.raises(ConversionError, match="must be a folder that"):
        write(tmp_path, tmp_path / "out")
    with pytest.raises(ConversionError, match="must not be there yet"):
        write(tmp_path, tmp_path)
    with pytest.raises(SystemExit, match="error: `out`"):
        main([str(tmp_path), f"--out={tmp_path}"])
