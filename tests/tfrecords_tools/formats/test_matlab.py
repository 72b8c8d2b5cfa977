"""MATLAB files: what is in them, or one sentence on what is not."""

import subprocess

import numpy as np
import pytest
import scipy.io

from tfpose.commands import matlab
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
    with pytest.raises(ConversionError, match=r"a.mat must be a whole MATLAB file .before version 7.3.\. Received: "):
        load_array(tmp_path, "a.mat", "a", (2, 3, None))
    (tmp_path / "a.mat").write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(400))
    with pytest.raises(ConversionError, match="must be a whole MATLAB file .before version 7.3.. Received: NotImpl"):
        load(tmp_path, "a.mat", "a")


def test_a_reader_that_dies_or_takes_too_long_is_one_clear_sentence(tmp_path, monkeypatch):
    save(tmp_path, NUMBERS)
    monkeypatch.setattr(matlab, "_CHILD", _script(tmp_path, "os.kill(os.getpid(), signal.SIGSEGV)"))
    with pytest.raises(ConversionError, match="a.mat must be .* a damaged file, on which the reader died .SIGSEGV"):
        load(tmp_path, "a.mat", "a")
    monkeypatch.setattr(matlab, "_CHILD", _script(tmp_path, "time.sleep(60)"))
    monkeypatch.setattr(matlab, "SECONDS", 0.5)
    with pytest.raises(ConversionError, match="a file that takes more than 0.5 seconds or all memory"):
        load(tmp_path, "a.mat", "a")


def _script(folder, action):
    path = folder / "child.py"
    path.write_text(f"import os, signal, sys, time\nsys.stdin.readline()\n{action}\n")
    return path


def test_a_file_that_needs_too_much_memory_is_one_clear_sentence(tmp_path, monkeypatch):
    scipy.io.savemat(tmp_path / "a.mat", {"a": np.zeros(3 * 2**27, np.uint8)}, do_compression=True)
    monkeypatch.setattr(matlab, "MEMORY", 2**29)
    with pytest.raises(ConversionError, match="a file that needs too much memory"):
        load(tmp_path, "a.mat", "a")


def test_several_files_are_read_by_one_child_and_unchanged_ones_once(tmp_path, monkeypatch):
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **kwargs: started.append(1) or popen(*args, **kwargs))
    save(tmp_path, NUMBERS)
    assert [found["a"].shape for found in matlab.load_files([tmp_path / "a.mat"] * 3)] == [NUMBERS.shape] * 3
    for _ in range(3):
        load_array(tmp_path, "a.mat", "a", (2, 3, None))
    assert len(started) == 2
