"""LSP extended: the flag is 1 where a keypoint is visible, and what is not annotated leaves no coordinates."""

import numpy as np
import pytest
import scipy.io
import tensorflow_datasets as tfds

from tests.tfrecords_tools.small_files import jpeg, read
from tfpose.skeletons import LSP
from tfrecords_tools.convert import convert
from tfrecords_tools.datasets.lspet import Lspet
from tfrecords_tools.errors import ConversionError


def joints(number, flag=1):
    """Everyone's keypoints as MATLAB counts, `[14, 3, number]`."""
    x = 10 + np.arange(14)[:, None] + 0.25 * np.arange(number)
    return np.stack([x, 2 * x, np.full_like(x, flag)], axis=1)


def write(folder, values, images):
    (folder / "images").mkdir(parents=True)
    scipy.io.savemat(folder / "joints.mat", {"joints": values})
    for number in images:
        (folder / "images" / f"im{number:05d}.jpg").write_bytes(jpeg())
    return folder


@pytest.fixture
def to_data(tmp_path):
    return {"data_dir": tmp_path / "data", "progress": False}


def test_a_flag_is_a_visible_keypoint_and_without_it_nothing_stays(tmp_path, to_data):
    values = joints(2)
    values[3, :, 0] = -25, -13.5, 0
    values[4, :, 0] = 30, 20, 0  # within the frame, and yet meaningless
    conversion = convert("lspet", manual_dir=write(tmp_path / "lspet", values, [1, 2]), **to_data)
    first, second = (read(conversion.path, "train")[name] for name in ("im00001", "im00002"))
    np.testing.assert_array_equal(first["keypoints"][0, 2:6], [[11, 23, 2], [0, 0, 0], [0, 0, 0], [14, 29, 2]])
    np.testing.assert_array_equal(first["boxes"], [[9, 19, 13, 26]])  # around those annotated
    assert (second["keypoints"][0, :, 2] == 2).all() and first["image"] == jpeg()


def test_there_is_one_split_framed_by_the_person(tmp_path, to_data):
    path = convert("lspet", manual_dir=write(tmp_path / "lspet", joints(1), [1]), **to_data).path
    info = tfds.builder_from_directory(path).info
    assert list(info.splits) == ["train"] and info.metadata["framing"] == "person"
    assert info.metadata["counts"] == {"train": {"images": 1, "people": 1, "set_aside": 0}}


def test_as_many_images_as_the_joints_hold_are_read(tmp_path):
    folder = write(tmp_path / "lspet", joints(10_000), [])
    records = Lspet().annotations(folder, "train")
    assert len(records) == 10_000 and records[-1]["image"] == "images/im10000.jpg"


def test_files_of_another_form_are_one_clear_sentence(tmp_path, to_data):
    turned = write(tmp_path / "lsp", joints(3).transpose(1, 0, 2), [])
    with pytest.raises(ConversionError, match=r"must be 14 x 3 x N numbers\. Received: 3 x 14 x 3 of float64"):
        convert("lspet", manual_dir=turned, **to_data)
    with pytest.raises(ConversionError, match="must hold joints.mat"):
        convert("lspet", manual_dir=tmp_path, **to_data)
    with pytest.raises(ConversionError, match="There must be an image with an annotated keypoint"):
        convert("lspet", manual_dir=write(tmp_path / "empty", joints(0), []), **to_data)


def test_none_of_the_real_coordinates_without_an_annotation_survives(real_data):
    root = real_data("lspet_dataset")
    original = scipy.io.loadmat(root / "joints.mat")["joints"].transpose(2, 0, 1)
    keypoints = np.concatenate([record["keypoints"] for record in Lspet().annotations(root, "train")])
    assert keypoints.shape == original.shape == (len(original), 14, 3)
    hidden = original[..., 2] == 0
    assert 0.1 < hidden.mean() < 0.14 and (original[hidden][:, :2] <= 0).all()
    assert (keypoints[hidden] == 0).all()
    np.testing.assert_array_equal(keypoints[~hidden], original[~hidden] + [-1, -1, 1])
    assert LSP.keypoints[13] == "head_top" and keypoints[..., 13, 1].mean() < keypoints[..., 0, 1].mean()
