"""Four .npz files: keypoints found again from target maps that were made as the published ones were."""

import contextlib
import shutil

import numpy as np
import pytest
import tensorflow as tf

from tests.tfrecords_tools.small_files import pixels, read
from tfpose.skeletons import FLIC
from tfrecords_tools.convert import convert
from tfrecords_tools.datasets.flic_npz import CHANNELS, recover, rows
from tfrecords_tools.errors import ConversionError

H, W = 8, 12  # cells


def target_maps(points):
    """Draws maps `[H, W, 10]` as the published script does; points `[10, 2]` as MATLAB counts, NaN for none."""
    maps = np.zeros((H + 10, W + 10, 10), np.float32)
    kernel = np.outer([1, 2, 1], [1, 2, 1]) / 16
    for j, point in enumerate(points):
        if np.isfinite(point).all():
            column, row = (np.clip(point, 0, [8 * W, 8 * H]) / 8).astype(int) + 5
            maps[row - 1 : row + 2, column - 1 : column + 2, j] = kernel
    return maps[5:-5, 5:-5]


def points(seed=0):
    return np.random.default_rng(seed).uniform([1, 1], [8 * W - 1, 8 * H - 1], (10, 2))


def write(folder, split, people):
    x = np.stack([pixels(8 * H, 8 * W)] * len(people)).astype(np.float32) / 255
    y = np.stack([target_maps(person) for person in people])
    np.savez_compressed(folder / f"x_{split}_flic.npz", x)
    np.savez_compressed(folder / f"y_{split}_flic.npz", y)


def test_keypoints_are_found_to_half_a_cell_and_without_bias():
    errors = []
    for seed in range(200):
        keypoints, torso = recover(target_maps(points(seed)))
        found = np.vstack([keypoints[CHANNELS, :2], torso[:2] + torso[2:] / 2])
        errors.append(found - (points(seed) - 1))
    assert np.abs(errors).max() <= 4
    assert np.abs(np.mean(errors, axis=(0, 1))).max() < 0.2


def test_eyes_and_empty_maps_are_not_annotated():
    person = points()
    person[[2, 9]] = np.nan
    keypoints, torso = recover(target_maps(person))
    annotated = dict(zip(FLIC.keypoints, keypoints[:, 2] > 0, strict=True))
    assert [name for name, given in annotated.items() if not given] == ["left_wrist", "left_eye", "right_eye"]
    assert (keypoints[[2, 8, 9]] == 0).all() and (torso == 0).all()


def test_a_keypoint_drawn_on_the_far_edge_is_found_in_the_last_cell():
    person = points()
    person[8] = [8 * W, 8 * H]
    np.testing.assert_array_equal(recover(target_maps(person))[0][10], [8 * W - 5, 8 * H - 5, 2])


def test_of_people_seen_from_behind_only_the_left_side_is_kept():
    person = points()
    person[[0, 1, 2, 6]] = person[[3, 4, 5, 7]]
    keypoints = recover(target_maps(person))[0]
    assert {name for name, v in zip(FLIC.keypoints, keypoints[:, 2], strict=True) if v} == {
        "left_shoulder", "left_elbow", "left_wrist", "left_hip", "nose",
    }  # fmt: skip


def test_four_files_convert(tmp_path):
    write(tmp_path, "train", [points(0), points(1), points(2)])
    write(tmp_path, "test", [points(3)])
    conversion = convert("flic_npz", manual_dir=tmp_path, data_dir=tmp_path / "data", progress=False)
    assert {split: count["images"] for split, count in conversion.counts.items()} == {"train": 3, "test": 1}
    record = read(conversion.path, "train")["train00002"]
    keypoints, torso = recover(target_maps(points(2)))
    np.testing.assert_array_equal(record["keypoints"], keypoints[None])
    np.testing.assert_array_equal(record["torso_boxes"], torso[None])
    decoded = tf.io.decode_jpeg(record["image"]).numpy().astype(int)
    assert np.abs(decoded - pixels(8 * H, 8 * W)).mean() < 5


def test_one_split_converts_and_a_broken_or_missing_file_is_one_clear_sentence(tmp_path):
    write(tmp_path, "test", [points(3)])
    conversion = convert("flic_npz", manual_dir=tmp_path, data_dir=tmp_path / "data", progress=False)
    assert list(conversion.counts) == ["test"]
    whole = (tmp_path / "y_test_flic.npz").read_bytes()
    for broken in (whole[: len(whole) // 2], b"", None):
        (tmp_path / "y_test_flic.npz").unlink()
        if broken is not None:
            (tmp_path / "y_test_flic.npz").write_bytes(broken)
        with pytest.raises(ConversionError, match="y_test_flic.npz must be a whole file written by np.savez"):
            convert("flic_npz", manual_dir=tmp_path, data_dir=tmp_path / "other", progress=False)


def test_unequal_numbers_of_images_and_maps_are_one_clear_sentence(tmp_path):
    write(tmp_path, "test", [points(3)])
    write(tmp_path, "train", [points(0), points(1)])
    shutil.copy(tmp_path / "y_test_flic.npz", tmp_path / "y_train_flic.npz")
    with pytest.raises(ConversionError, match="y_train_flic.npz must hold as many maps as x_train_flic.npz images"):
        convert("flic_npz", manual_dir=tmp_path, data_dir=tmp_path / "data", progress=False)


def test_rows_are_read_one_at_a_time(tmp_path):
    array = np.arange(24, dtype=np.float32).reshape(4, 1, 2, 3)
    np.savez_compressed(tmp_path / "array.npz", array)
    np.testing.assert_array_equal(np.stack(list(rows(tmp_path / "array.npz", 3))), array)


@pytest.mark.parametrize(
    ("array", "received"),
    [
        (np.zeros((2, 8, 8, 4)), "an array of .2, 8, 8, 4. float64, not of N x height x width x 3 numbers"),
        (np.zeros((2, 8, 3)), "an array of .2, 8, 3. float64"),
        (np.full((1, 1, 1, 3), None), "an array of .1, 1, 1, 3. object"),
        (np.full((1, 2, 2, 3), np.nan), "values that are not finite"),
    ],
)
def test_arrays_of_another_form_are_one_clear_sentence(tmp_path, array, received):
    np.savez_compressed(tmp_path / "array.npz", array)
    with pytest.raises(
        ConversionError, match=f"array.npz must be a whole file written by np.savez. Received: {received}"
    ):
        list(rows(tmp_path / "array.npz", 3))


def test_every_byte_may_be_damaged(tmp_path):
    np.savez_compressed(tmp_path / "array.npz", np.linspace(0, 1, 96).reshape(2, 4, 4, 3))
    whole = (tmp_path / "array.npz").read_bytes()
    for i in range(0, len(whole), 3):
        (tmp_path / "array.npz").write_bytes(whole[:i] + bytes([whole[i] ^ 0x55]) + whole[i + 1 :])
        with contextlib.suppress(ConversionError):
            list(rows(tmp_path / "array.npz", 3))
