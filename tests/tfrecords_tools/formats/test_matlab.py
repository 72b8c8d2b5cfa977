"""MATLAB files: what is in them, or one sentence on what is not."""

import numpy as np
import pytest
import scipy.io

from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.matlab import load, load_array

NUMBERS = np.arange(24.0).reshape(2, 3, 4)


def save(folder, values):
    scipy.io.savemat(folder / "a.mat", {"a": values})
    return folder


def test_vectors_lose_the_axes_of_length_one(tmp_path):
    np.testing.assert_array_equal(load(save(tmp_path, np.array([[3], [4]])), "a.mat", "a"), [3, 4])
    np.testing.assert_array_equal(load(save(tmp_path, 5), "a.mat", "a"), [5])


def test_an_array_keeps_its_axes_also_the_last_one_of_length_one(tmp_path):
    np.testing.assert_array_equal(load_array(save(tmp_path, NUMBERS), "a.mat", "a", (2, 3, None)), NUMBERS)
    one = load_array(save(tmp_path, NUMBERS[..., 0].astype(np.uint8)), "a.mat", "a", (2, 3, None))
    np.testing.assert_array_equal(one, NUMBERS[..., :1])
    assert one.dtype == float


@pytest.mark.parametrize(
    ("values", "received"),
    [
        (NUMBERS.transpose(1, 0, 2), r"3 x 2 x 4 of float64"),
        (NUMBERS[None], r"1 x 2 x 3 x 4 of float64"),
        (np.full((2, 3), {"x": 1}), r"2 x 3 x 1 of object"),
    ],
    ids=["turned", "too many axes", "no numbers"],
)
def test_an_array_of_another_form_is_one_clear_sentence(tmp_path, values, received):
    with pytest.raises(ConversionError, match=rf"a of .*a\.mat must be 2 x 3 x N numbers\. Received: {received}\."):
        load_array(save(tmp_path, values), "a.mat", "a", (2, 3, None))


def test_a_file_that_is_missing_or_no_matlab_file_is_one_clear_sentence(tmp_path):
    with pytest.raises(ConversionError, match=r"`manual_dir` must hold a\.mat"):
        load_array(tmp_path, "a.mat", "a", (2, 3, None))
    with pytest.raises(ConversionError, match="a MATLAB file with the variable b"):
        load(save(tmp_path, 5), "a.mat", "b")
    (tmp_path / "a.mat").write_bytes(b"no MATLAB file" * 20)
    with pytest.raises(ConversionError, match="a MATLAB file with the variable a"):
        load_array(tmp_path, "a.mat", "a", (2, 3, None))
    (tmp_path / "a.mat").write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(400))
    with pytest.raises(ConversionError, match="a MATLAB file with the variable a"):
        load(tmp_path, "a.mat", "a")
