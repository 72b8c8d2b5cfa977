import json
import os

import cv2
import numpy as np

from tests.prediction.bar_photos import PICTURE, run, write
from tfpose import pictures


def test_what_is_left_out_of_a_folder_is_said(here, capsys, monkeypatch):
    monkeypatch.setattr(pictures, "_reads_heic", lambda: False)  # As without the extra.
    for name in ("a.jpg", "._a.jpg", "b.heic", "c.nef", "elsewhere/d.png"):
        write(here / "holiday" / "x.png")
        (here / "holiday" / name).parent.mkdir(parents=True, exist_ok=True)
        (here / "holiday" / "x.png").rename(here / "holiday" / name)
    (here / "linked").mkdir()
    write(here / "linked" / "e.png")
    (here / "holiday" / "link").symlink_to(here / "linked")
    os.mkfifo(here / "holiday" / "pipe.png")
    assert run("holiday") == 0
    entries = json.loads((here / "found" / "people.json").read_text())
    assert [entry["image"] for entry in entries] == ["holiday/a.jpg", "holiday/elsewhere/d.png"]
    errors = capsys.readouterr().err
    for name, reason in (
        ("link", "a linked folder"),
        ("._a.jpg", "a hidden file"),
        ("b.heic", "HEIC, which needs"),
        ("c.nef", "a format that is not read"),
        ("pipe.png", "not a regular file"),
    ):
        assert f"holiday/{name}: skipped, {reason}" in errors


def test_a_named_pipe_is_not_read(here, capsys):
    os.mkfifo(here / "pipe.png")
    os.mkfifo(here / "pipe.mp4")
    write(here / "photo.png")
    assert run("pipe.png", "pipe.mp4", "photo.png") == 2
    assert capsys.readouterr().err.count("must be a regular file") == 2


def test_images_of_too_many_pixels_are_refused_before_they_are_decoded(here, capsys, monkeypatch):
    write(here / "photo.png")
    write(here / "large.png", np.zeros((300, 400, 3), np.uint8))
    decoded = []
    real = cv2.imdecode
    monkeypatch.setattr(cv2, "imdecode", lambda *args: decoded.append(1) or real(*args))
    assert run("photo.png", "large.png", "--max_pixels=100000") == 1
    assert len(decoded) == 1
    assert "large.png: more than 100,000 pixels, see --max_pixels: 400 x 300." in capsys.readouterr().err


def test_a_photo_whose_drawing_cannot_be_written_is_named_and_stops_nothing(here, capsys):
    write(here / "wide.bmp", np.zeros((4, 70000, 3), np.uint8))  # A JPEG has at most 65,500 columns.
    write(here / "photo.png")
    assert run("wide.bmp", "photo.png") == 1
    assert "wide.bmp: A .jpg cannot be written of 70000 x 4 pixels." in capsys.readouterr().err
    assert len(json.loads((here / "found" / "people.json").read_text())) == 1


def test_a_jpeg_2000_photo_is_read(here):
    write(here / "photo.jp2")
    assert pictures.read_photo(here / "photo.jp2").shape == PICTURE.shape
