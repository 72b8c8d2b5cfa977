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


def test_groups_and_names_of_another_form_are_one_clear_sentence(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["imgname"] = CODES
        file.create_group("part")
    with pytest.raises(ConversionError, match="part of .*a.h5 must be a data set. Received: a group"):
        load_columns(tmp_path / "a.h5", {"part": (3, 2)})
    for names in (np.array([b"\xff\xfe"]), np.zeros((2, 2, 2))):
        with pytest.raises(ConversionError, match="imgname of .*b.h5 must be file names. Received: "):
            load_columns(write(tmp_path / "b.h5", imgname=names), {})
        (tmp_path / "b.h5").unlink()


def test_a_column_that_claims_to_be_huge_is_not_read(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["imgname"] = CODES
        file.create_dataset("part", (2**28, 3, 2), "f8", chunks=(2**12, 3, 2))
    with pytest.raises(ConversionError, match="part of .*a.h5 must be at most .* bytes"):
        load_columns(tmp_path / "a.h5", {"part": (3, 2)})
