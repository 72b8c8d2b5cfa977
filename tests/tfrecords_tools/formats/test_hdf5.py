"""Columns of HDF5 files, in the ways that people write them."""

import h5py
import numpy as np
import pytest

from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.hdf5 import load_columns

POINTS = np.arange(12).reshape(2, 3, 2)
CODES = np.array([list(b"a.jpg\0\0"), list(b"b/c.jpg")])


def write(path, **columns):
    with h5py.File(path, "w") as file:
        for name, values in columns.items():
            file[name] = values
    return path


@pytest.mark.parametrize(
    "names", [np.array([b"a.jpg", b"b/c.jpg"]), CODES, CODES.astype(float)], ids=["text", "codes", "codes as floats"]
)
def test_names_are_read_as_text_or_as_numbers_of_characters(tmp_path, names):
    columns = load_columns(write(tmp_path / "a.h5", imgname=names, part=POINTS, more=[0]), {"part": (3, 2)})
    assert columns["imgname"] == ["a.jpg", "b/c.jpg"] and set(columns) == {"imgname", "part"}
    np.testing.assert_array_equal(columns["part"], POINTS)
    assert columns["part"].dtype == float


@pytest.mark.parametrize("part", [POINTS[:1], POINTS[..., :1], np.array([b"a", b"b"])])
def test_columns_of_another_form_are_one_clear_sentence(tmp_path, part):
    path = write(tmp_path / "a.h5", imgname=CODES, part=part)
    with pytest.raises(ConversionError, match=r"part of .*a\.h5 must be numbers of the shape \(2, 3, 2\)\. Received: "):
        load_columns(path, {"part": (3, 2)})


def test_a_file_that_is_no_hdf5_or_lacks_a_column_is_one_clear_sentence(tmp_path):
    sentence = r"a\.h5 must be an HDF5 file with imgname, part\. Received: "
    with pytest.raises(ConversionError, match=sentence):
        load_columns(write(tmp_path / "a.h5", imgname=CODES), {"part": (3, 2)})
    (tmp_path / "a.h5").write_bytes(b"no HDF5 file")
    with pytest.raises(ConversionError, match=sentence):
        load_columns(tmp_path / "a.h5", {"part": (3, 2)})
