"""People of MPII cut out: with which margins, in which scale, and where keypoints then are."""

import cv2
import numpy as np
import pytest
import tensorflow_datasets as tfds

from tests.tfrecords_tools.mpii_files import points, rectangle, write_h5, write_images, write_json, write_mat
from tests.tfrecords_tools.small_files import read
from tfrecords_tools.convert import convert
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.mpii_cropped import Crop, Crops, crop_around

NOBODY = np.zeros((0, 16, 3))
MAT = "mpii_human_pose_v1_u12_1.mat"


def person(*places):
    keypoints = np.zeros((16, 3))
    keypoints[: len(places)] = [(*place, 2) for place in places]
    return keypoints


BODY = person((400, 300), (440, 360))


@pytest.fixture
def to_data(tmp_path):
    return {"data_dir": tmp_path / "data", "progress": False}


@pytest.mark.parametrize(("single", "margin"), [(True, 130), (False, 65)])
@pytest.mark.parametrize("head", [50, 100])
def test_margins_grow_with_the_head(single, margin, head):
    margin *= head // 50
    crop = crop_around(BODY, NOBODY, head=head, single=single, size=(2000, 2000))
    assert crop == Crop(400 - margin, 300 - margin, 440 + margin + 1, 360 + margin + 1)


def test_a_crop_ends_with_the_image_and_has_a_pixel():
    assert crop_around(BODY, NOBODY, head=50, single=True, size=(350, 420)) == Crop(270, 170, 420, 350)
    assert crop_around(person((-500, -9)), NOBODY, head=50, single=False, size=(350, 420)) == Crop(0, 0, 1, 57)


@pytest.mark.parametrize(
    ("others", "x1", "x2"),
    [
        ([(300, 0), (350, 900)], 370, 571),  # the nearer one counts, wherever it is in height
        ([(460, 300), (500, 300)], 270, 441),  # never into the person
        ([(395, 300)], 400, 571),
        ([(420, 300)], 270, 571),  # between the person's own
        ([(100, 300), (800, 300)], 270, 571),
    ],
)
def test_the_crop_of_a_single_person_keeps_away_from_others(others, x1, x2):
    crop = crop_around(BODY, np.stack([person(*others)]), head=50, single=True, size=(2000, 2000))
    assert (crop.x1, crop.x2) == (x1, x2)
    free = crop_around(BODY, np.stack([person(*others)]), head=50, single=False, size=(2000, 2000))
    assert (free.x1, free.x2) == (335, 506)


@pytest.mark.parametrize("head", [25, 100])
def test_keypoints_stay_on_what_they_mark_after_resizing(tmp_path, head):
    image = np.zeros((600, 800, 3), np.uint8)
    x, y = 410, 330
    image[y - 6 : y + 7, x - 6 : x + 7] = 255
    (tmp_path / "a.png").write_bytes(cv2.imencode(".png", image)[1].tobytes())
    frame = {
        "id": "a", "image": "a.png", "keypoints": np.stack([person((x, y), (300, 200))]), "single": np.array([True]),
        "boxes": np.array([[400.0, 320.0, 21.0, 21.0]]), "head_sizes": np.array([float(head)]),
    }  # fmt: skip
    (record,) = Crops(tmp_path, [frame])
    bright = np.argwhere(record["image"][..., 0] > 127).mean(axis=0)[::-1]
    np.testing.assert_allclose(record["keypoints"][0, 0, :2], bright, atol=0.6)
    box = record["boxes"][0]
    np.testing.assert_allclose(box[:2] + (box[2:] - 1) / 2, bright, atol=1.1)
    np.testing.assert_allclose(box[2:], 21 * 50 / head, rtol=0.02)
    distance = np.linalg.norm(np.diff(record["keypoints"][0, :2, :2], axis=0))
    np.testing.assert_allclose(distance, np.hypot(110, 130) * 50 / head, rtol=0.01)
    assert record["head_sizes"] == [50] and record["id"] == "a_0" and not record["keypoints"][0, 2:].any()


def test_every_training_person_is_a_record_shown_whole(tmp_path, to_data):
    folder = write_images(tmp_path / "mpii", "a.jpg", "b.jpg")
    nobody = {"x1": 1.0, "y1": 1.0, "x2": 4.0, "y2": 5.0}
    write_mat(folder / MAT, [("a.jpg", [rectangle(), nobody, rectangle(30.0)], 1, [1]), ("b.jpg", [], 1, [])])
    write_h5(folder / "annot/valid.h5", [("b.jpg", points(), np.ones(16), (30, 20), 0.375, 9.0)])
    conversion = convert("mpii", manual_dir=folder, cropped=True, **to_data)
    assert conversion.counts == {"train": {"images": 2, "people": 2, "set_aside": 0}}
    records = read(conversion.path, "train")
    assert set(records) == {"a_0", "a_2"}
    assert all(record["head_sizes"] == 50 and record["keypoints"].shape == (1, 16, 3) for record in records.values())
    assert tfds.builder_from_directory(conversion.path).info.metadata["framing"] == "image"


def test_images_that_are_missing_or_broken_are_set_aside_with_the_reason(tmp_path, to_data):
    folder = write_images(tmp_path / "mpii", "a.jpg", "b.jpg")
    (folder / "images/b.jpg").write_bytes((folder / "images/a.jpg").read_bytes()[:200])
    write_mat(folder / MAT, [(f"{name}.jpg", [rectangle()], 1, [1]) for name in "abc"])
    conversion = convert("mpii", manual_dir=folder, cropped=True, max_set_aside=0.9, **to_data)
    assert conversion.found == [
        ("train", "b_0", "image", "corrupt or truncated image, or an unknown format"),
        ("train", "c_0", "image", f"missing file: {folder / 'images' / 'c.jpg'}"),
    ]  # fmt: skip


def test_crops_need_head_sizes(tmp_path, to_data):
    folder = write_images(tmp_path / "mpii", "a.jpg")
    write_json(folder / "annot/train.json", [("a.jpg", points(), np.ones(16), (30, 20), 0.4)])
    with pytest.raises(ConversionError, match="`cropped` needs head sizes"):
        convert("mpii", manual_dir=folder, cropped=True, **to_data)
