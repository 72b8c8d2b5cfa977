"""SLEAP: where frames come from, in packages of all versions."""

import json

import cv2
import h5py
import numpy as np
import pytest

from tests.tfrecords_tools.own_reading import keypoints, read
from tests.tfrecords_tools.small_files import pixels
from tests.tfrecords_tools.tool_files import kites, sleap, write_photos
from tfrecords_tools.errors import ConversionError


def test_sleap_counted_from_the_corner_of_a_pixel_before_1_1(tmp_path):
    sleap(tmp_path, kites(2), format_id=1.0, middle=0.5)
    np.testing.assert_allclose(keypoints(read(tmp_path)[0])[0][0, :, :2], kites(1)[0][1][0][0][:, :2])


def test_colours_inside_of_older_packages_of_sleap_are_turned(tmp_path):
    sleap(tmp_path, kites(2))
    with h5py.File(next(tmp_path.glob("*.slp")), "a") as file:
        del file["video0/video"].attrs["channel_order"]
    frame = read(tmp_path)[0].images[0]["read"]()
    assert np.abs(frame[..., ::-1].astype(int) - pixels()).mean() < 3


def test_frames_of_sleap_come_from_photos_or_a_video_beside_it(tmp_path):
    sleap(tmp_path, kites(2))
    (file,) = tmp_path.glob("*.slp")
    with h5py.File(file, "a") as content:
        del content["video0"], content["videos_json"]
        content["videos_json"] = [json.dumps({"backend": {"filename": "C:/films/film.avi"}})]
    with pytest.raises(ConversionError, match="frames inside .* or its videos beside it. Received: nothing"):
        read(tmp_path)
    writer = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for i in range(12):
        writer.write(np.full((48, 64, 3), 20 * i, np.uint8))
    writer.release()
    assert abs(int(read(tmp_path)[0].images[1]["read"]().mean()) - 200) < 4  # frame 10
    with h5py.File(file, "a") as content:
        del content["videos_json"]
        backend = {"filename": "x", "filenames": [f"/home/me/photos/{i:02d}.jpg" for i in range(12)]}
        content["videos_json"] = [json.dumps({"backend": backend})]
    write_photos(tmp_path / "photos", ["00.jpg", "10.jpg"])
    assert read(tmp_path)[1] == ["photos/00.jpg", "photos/10.jpg"]


def test_a_file_that_only_looks_like_one_of_sleap_is_named(tmp_path):
    with h5py.File(tmp_path / "a.slp", "w") as file:
        file["points"] = [1]
    with pytest.raises(ConversionError, match="a.slp must be as SLEAP writes it"):
        read(tmp_path)
