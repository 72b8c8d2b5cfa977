"""Penn Action: sequences of frames, each with one person, and with places for hidden keypoints or none."""

import numpy as np
import pytest
import scipy.io
import tensorflow_datasets as tfds

from tests.tfrecords_tools.small_files import jpeg, read
from tfpose.skeletons import PENN
from tfrecords_tools.convert import convert
from tfrecords_tools.datasets.penn_action import PennAction
from tfrecords_tools.errors import ConversionError


def labels(frames, train=1, **fields):
    x = 10.0 + np.arange(13) + np.arange(frames)[:, None]
    boxes = np.tile([5.0, 6.0, 45.0, 40.0], (frames, 1)) + np.arange(frames)[:, None]
    return {
        "action": "bowl", "pose": "back", "x": x, "y": 2 * x, "visibility": np.ones((frames, 13), np.uint8),
        "train": train, "bbox": boxes, "dimensions": np.array([[48, 64, frames]]), "nframes": frames,
    } | fields  # fmt: skip


def write(folder, sequences):
    (folder / "labels").mkdir(parents=True)
    for name, sequence in sequences.items():
        scipy.io.savemat(folder / "labels" / f"{name}.mat", sequence)
        (folder / "frames" / name).mkdir(parents=True)
        for frame in range(int(sequence["nframes"])):
            (folder / "frames" / name / f"{frame + 1:06d}.jpg").write_bytes(jpeg())
    return folder


@pytest.fixture
def to_data(tmp_path):
    return {"data_dir": tmp_path / "data", "progress": False}


def test_frames_of_sequences_convert_split_by_sequence(tmp_path, to_data):
    folder = write(tmp_path / "penn", {"0001": labels(3), "0002": labels(2, train=-1)})
    path = convert("penn_action", manual_dir=folder, **to_data).path
    train, test = read(path, "train"), read(path, "test")
    assert set(train) == {"0001-000001", "0001-000002", "0001-000003"} and set(test) == {"0002-000001", "0002-000002"}
    record = train["0001-000003"]
    np.testing.assert_array_equal(record["keypoints"][0, [0, 12]], [[11, 23, 2], [23, 47, 2]])
    np.testing.assert_array_equal(record["boxes"], [[6, 7, 40, 34]])
    assert record["image"] == jpeg()
    metadata = tfds.builder_from_directory(path).info.metadata
    assert metadata["framing"] == "person" and tuple(metadata["skeleton"]["keypoints"]) == PENN.keypoints


@pytest.mark.parametrize(("every", "frames"), [(2, [1, 3, 5]), (3, [1, 4]), (9, [1])])
def test_every_nth_frame_is_a_choice(tmp_path, every, frames):
    folder = write(tmp_path, {"0001": labels(5)})
    records = PennAction(options={"every": every}).annotations(folder, "train")
    assert [record["id"] for record in records] == [f"0001-{frame:06d}" for frame in frames]


def test_what_is_hidden_is_occluded_unless_it_has_no_place(tmp_path):
    sequence = labels(1)
    sequence["visibility"][0, :4] = 0
    sequence["x"][0, :5] = 30, 1, 0.75, -4, 1
    sequence["y"][0, :5] = 20, 1, 0.75, 20, 1
    (record,) = PennAction().annotations(write(tmp_path, {"0001": sequence}), "train")
    expected = [[29, 19, 1], [0, 0, 0], [0, 0, 0], [-5, 19, 1], [0, 0, 2]]
    np.testing.assert_array_equal(record["keypoints"][0, :5], expected)


def test_a_frame_beyond_the_boxes_gets_one_around_its_keypoints(tmp_path, to_data):
    folder = write(tmp_path / "penn", {"0001": labels(2, bbox=np.array([[5.0, 6.0, 45.0, 40.0]]))})
    train = read(convert("penn_action", manual_dir=folder, **to_data).path, "train")
    np.testing.assert_array_equal(train["0001-000001"]["boxes"], [[4, 5, 40, 34]])
    np.testing.assert_array_equal(train["0001-000002"]["boxes"], [[10, 21, 12, 24]])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"x": np.zeros((3, 13))}, r"x of .*0001\.mat must be 2 x 13\. Received: \(3, 13\)"),
        ({"visibility": np.zeros((2, 14))}, r"visibility of .* must be 2 x 13"),
        ({"bbox": np.zeros((2, 3))}, r"bbox of .* must be N x 4\. Received: \(2, 3\)"),
        ({"train": np.ones(2)}, r"train of .*0001\.mat must be a number\. Received: "),
        ({"y": "text"}, "must be a MATLAB file with numbers"),
    ],
)
def test_labels_of_another_form_are_one_clear_sentence(tmp_path, to_data, wrong, sentence):
    folder = write(tmp_path / "penn", {"0001": labels(2, **wrong)})
    with pytest.raises(ConversionError, match=sentence):
        convert("penn_action", manual_dir=folder, **to_data)


def test_what_a_user_can_get_wrong_is_one_clear_sentence(tmp_path, to_data):
    with pytest.raises(ConversionError, match=r"must hold labels/0001\.mat and so on"):
        convert("penn_action", manual_dir=tmp_path, **to_data)
    with pytest.raises(ConversionError, match=r"`every` must be at least 1\. Received: 0"):
        convert("penn_action", manual_dir=tmp_path, every=0, **to_data)
    folder = write(tmp_path / "penn", {"0001": labels(1)})
    (folder / "labels" / "0001.mat").write_bytes(b"no MATLAB file" * 20)
    with pytest.raises(ConversionError, match="0001.mat must be a whole MATLAB file"):
        convert("penn_action", manual_dir=folder, **to_data)
