"""Image Parse: the first hundred images train, and whole images are shown."""

import numpy as np
import pytest
import scipy.io
import tensorflow_datasets as tfds

from tests.tfrecords_tools.small_files import jpeg, read
from tfpose.skeletons import LSP
from tfrecords_tools.convert import convert
from tfrecords_tools.datasets.parse import Parse
from tfrecords_tools.errors import ConversionError


def points(number):
    """Everyone's keypoints as MATLAB counts, `[14, 2, number]`."""
    x = 10 + np.arange(14)[:, None] + 0.25 * np.arange(number)
    return np.stack([x, 2 * x], axis=1)


def write(folder, values, images):
    folder.mkdir()
    scipy.io.savemat(folder / "labels.mat", {"ptsAll": values, "segmentTypes": np.ones((1, 14))})
    for number in images:
        (folder / f"im{number:04d}.jpg").write_bytes(jpeg())
    return folder


@pytest.fixture
def to_data(tmp_path):
    return {"data_dir": tmp_path / "data", "progress": False}


def test_every_keypoint_counts_from_zero_and_is_visible(tmp_path, to_data):
    path = convert("parse", manual_dir=write(tmp_path / "PARSE", points(2), [1, 2]), **to_data).path
    record = read(path, "train")["im0002"]
    expected = np.insert(points(2)[..., 1] - 1, 2, 2, axis=1)
    np.testing.assert_array_equal(record["keypoints"], expected[None].astype(np.float32))
    assert record["image"] == jpeg()
    metadata = tfds.builder_from_directory(path).info.metadata
    assert metadata["framing"] == "image" and tuple(metadata["skeleton"]["keypoints"]) == LSP.keypoints


def test_the_first_hundred_train_and_the_others_test(tmp_path):
    folder = write(tmp_path / "PARSE", points(305), [])
    train, test = ([record["id"] for record in Parse().annotations(folder, split)] for split in ("train", "test"))
    assert (len(train), train[0], train[-1]) == (100, "im0001", "im0100")
    assert (len(test), test[0], test[-1]) == (205, "im0101", "im0305")


def test_files_of_another_form_are_one_clear_sentence(tmp_path, to_data):
    with pytest.raises(ConversionError, match=r"must be 14 x 2 x N numbers\. Received: 2 x 14 x 3"):
        convert("parse", manual_dir=write(tmp_path / "turned", points(3).transpose(1, 0, 2), []), **to_data)
    with pytest.raises(ConversionError, match=r"must hold an image\. Received: none"):
        convert("parse", manual_dir=write(tmp_path / "empty", points(0), []), **to_data)
    with pytest.raises(ConversionError, match=r"must hold labels\.mat"):
        convert("parse", manual_dir=tmp_path, **to_data)


def test_the_real_labels_are_the_truth_of_the_published_predictions(real_data):
    truth = scipy.io.loadmat(real_data("metric_refs") / "parse" / "parse-joints.mat")
    (joints,) = (values for name, values in truth.items() if not name.startswith("__"))
    records = Parse().annotations(real_data("PARSE"), "test")
    keypoints = np.concatenate([record["keypoints"] for record in records])
    assert keypoints.shape == (205, 14, 3)
    np.testing.assert_allclose(keypoints[..., :2] + 1, joints[:2, :, 100:].transpose(2, 1, 0))
