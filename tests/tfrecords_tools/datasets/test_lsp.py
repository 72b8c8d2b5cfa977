"""Leeds Sports Pose: the flag is 1 where a keypoint is occluded, and the first thousand images train."""

import numpy as np
import pytest
import scipy.io
import tensorflow_datasets as tfds

from tests.tfrecords_tools.small_files import jpeg, read
from tfpose.skeletons import LSP
from tfrecords_tools.convert import convert
from tfrecords_tools.datasets.lsp import Lsp
from tfrecords_tools.errors import ConversionError


def joints(number, flag=0):
    """Everyone's keypoints as MATLAB counts, `[3, 14, number]`; none are at the same place."""
    x = 10 + np.arange(14)[:, None] + 0.25 * np.arange(number)
    return np.stack([x, 2 * x, np.full_like(x, flag)])


def write(folder, values, images):
    (folder / "images").mkdir(parents=True)
    scipy.io.savemat(folder / "joints.mat", {"joints": values})
    for number in images:
        (folder / "images" / f"im{number:04d}.jpg").write_bytes(jpeg())
    return folder


@pytest.fixture
def to_data(tmp_path):
    return {"data_dir": tmp_path / "data", "progress": False}


def test_a_flag_is_an_occlusion_and_matlab_counts_from_one(tmp_path, to_data):
    values = joints(2)
    values[:, 13, 0] = 1, 1, 1
    values[:, 0, 1] = -3.5, 60, 0  # outside of the frame, and as annotated
    conversion = convert("lsp", manual_dir=write(tmp_path / "lsp", values, [1, 2]), **to_data)
    first, second = (read(conversion.path, "train")[name] for name in ("im0001", "im0002"))
    np.testing.assert_array_equal(first["keypoints"][0, :, 2], [2] * 13 + [1])
    np.testing.assert_array_equal(first["keypoints"][0, [0, 13]], [[9, 19, 2], [0, 0, 1]])
    np.testing.assert_array_equal(second["keypoints"][0, 0], [-4.5, 59, 2])
    assert first["image"] == jpeg() and conversion.found == []


def test_the_first_thousand_train_and_the_second_thousand_test(tmp_path):
    folder = write(tmp_path / "lsp", joints(2000), [])
    train, test = (Lsp().annotations(folder, split) for split in ("train", "test"))
    assert [record["id"] for record in train] == [f"im{i:04d}" for i in range(1, 1001)]
    assert [record["image"] for record in test] == [f"images/im{i}.jpg" for i in range(1001, 2001)]
    np.testing.assert_array_equal(test[0]["keypoints"][0, 2, :2], [261, 523])  # (10 + 2 + 250) once and twice, less 1


def test_the_metadata_says_how_people_are_shown(tmp_path, to_data):
    path = convert("lsp", manual_dir=write(tmp_path / "lsp", joints(1), [1]), **to_data).path
    metadata = tfds.builder_from_directory(path).info.metadata
    assert metadata["framing"] == "image" and tuple(metadata["skeleton"]["keypoints"]) == LSP.keypoints
    assert metadata["counts"] == {"train": {"images": 1, "people": 1, "set_aside": 0}}


def test_files_of_another_form_are_one_clear_sentence(tmp_path, to_data):
    turned = write(tmp_path / "lspet", joints(3).transpose(1, 0, 2), [])
    with pytest.raises(ConversionError, match=r"must be 3 x 14 x N numbers\. Received: 14 x 3 x 3 of float64"):
        convert("lsp", manual_dir=turned, **to_data)
    with pytest.raises(ConversionError, match="must hold an image. Received: none"):
        convert("lsp", manual_dir=write(tmp_path / "empty", joints(0), []), **to_data)
    with pytest.raises(ConversionError, match="must hold joints.mat"):
        convert("lsp", manual_dir=tmp_path, **to_data)


def test_missing_images_are_set_aside(tmp_path, to_data):
    with pytest.raises(
        ConversionError, match=r"1 of 3: 1 × image: missing file: .*im0002.jpg\. The first: im0002 of train"
    ):
        convert("lsp", manual_dir=write(tmp_path / "lsp", joints(3), [1, 3]), **to_data)


def test_the_real_joints_are_occluded_as_published_and_lie_in_their_images(real_data):
    root = real_data("lsp_dataset")
    records = [record for split in ("train", "test") for record in Lsp().annotations(root, split)]
    keypoints = np.concatenate([record["keypoints"] for record in records])
    assert keypoints.shape == (2000, 14, 3)
    np.testing.assert_allclose(np.mean(keypoints[..., 2] == 1), 0.073, atol=0.0005)
    assert set(np.unique(keypoints[..., 2])) == {1, 2}
    order = ["right_ankle", "right_hip", "right_shoulder", "head_top"]
    heights = keypoints[:, LSP.indices(order), 1].mean(axis=0)
    assert (np.diff(heights) < -20).all()  # from the feet to the head, on average
