"""A zoo of files and annotations that are not as they should be."""

import cv2
import numpy as np
import pytest
import tensorflow as tf

from tests.tfrecords_tools.small_files import jpeg, pixels
from tfpose.pictures import UnusableError
from tfrecords_tools.writing.check import check, check_people
from tfrecords_tools.writing.images import sound_jpeg


def cmyk_jpeg():
    """A JPEG of four channels, as those for printers are: one grey 8 x 8 block per channel, spelled out."""
    quantization = b"\xff\xdb\x00\x43\x00" + bytes([1] * 64)
    channels = b"".join(bytes([i, 0x11, 0]) for i in (1, 2, 3, 4))
    frame = b"\xff\xc0\x00\x14\x08\x00\x10\x00\x10\x04" + channels
    # One Huffman code each: `0` is the DC category 0, and `0` is the AC end of block.
    tables = b"".join(b"\xff\xc4\x00\x14" + bytes([kind, 1, *[0] * 15, 0]) for kind in (0x00, 0x10))
    scan = b"\xff\xda\x00\x0e\x04" + b"".join(bytes([i, 0]) for i in (1, 2, 3, 4)) + b"\x00\x3f\x00"
    return b"\xff\xd8" + quantization + frame + tables + scan + bytes(4) + b"\xff\xd9"


def exif(orientation, order="little"):
    """An APP1 segment with the orientation among other tags."""

    def number(value, size):
        return value.to_bytes(size, order)

    def tag(name, value):
        return number(name, 2) + number(3, 2) + number(1, 4) + number(value, 2) + bytes(2)

    head = {"little": b"II*\0", "big": b"MM\0*"}[order] + number(8, 4)
    body = head + number(2, 2) + tag(0x0100, 6) + tag(0x0112, orientation) + bytes(4)
    segment = b"Exif\0\0" + body
    return b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment


def with_exif(orientation, order="little"):
    return jpeg()[:2] + exif(orientation, order) + jpeg()[2:]


def png():
    return tf.io.encode_png(pixels()).numpy()


def test_a_good_jpeg_passes_byte_for_byte():
    assert sound_jpeg(jpeg()) == (jpeg(), (48, 64), [])


@pytest.mark.parametrize("format", ["grayscale", "progressive"])
def test_jpegs_that_every_decoder_reads_pass_byte_for_byte(format):
    if format == "grayscale":
        encoded = tf.io.encode_jpeg(pixels()[..., :1]).numpy()
    else:
        encoded = tf.io.encode_jpeg(pixels(), progressive=True).numpy()
    assert sound_jpeg(encoded) == (encoded, (48, 64), [])
    assert tf.io.decode_jpeg(encoded, channels=3).shape == (48, 64, 3)


def test_cmyk_is_encoded_again_as_rgb():
    assert tf.io.extract_jpeg_shape(cmyk_jpeg())[2] == 4
    encoded, size, findings = sound_jpeg(cmyk_jpeg())
    assert size == (16, 16) and [finding.what for finding in findings] == ["encoding"]
    assert tf.io.extract_jpeg_shape(encoded)[2] == 3
    expected = tf.io.decode_jpeg(cmyk_jpeg(), channels=3).numpy().astype(int)
    assert np.abs(tf.io.decode_jpeg(encoded).numpy() - expected).max() <= 2


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".webp"])
def test_other_formats_are_encoded_again(suffix):
    encoded, size, findings = sound_jpeg(cv2.imencode(suffix, pixels()[..., ::-1])[1].tobytes())
    assert encoded[:3] == b"\xff\xd8\xff" and size == (48, 64) and [f.what for f in findings] == ["encoding"]
    assert np.abs(tf.io.decode_jpeg(encoded).numpy().astype(int) - pixels()).mean() < 6


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("orientation", [2, 3, 6, 8])
def test_an_exif_orientation_is_taken_out_and_the_stored_pixels_stay(orientation, order):
    rotated = cv2.imdecode(np.frombuffer(with_exif(6), np.uint8), cv2.IMREAD_COLOR)
    assert rotated.shape == (64, 48, 3)  # a decoder that follows EXIF
    encoded, size, findings = sound_jpeg(with_exif(orientation, order))
    assert encoded == jpeg() and size == (48, 64) and [finding.what for finding in findings] == ["encoding"]


def test_an_upright_exif_passes_byte_for_byte():
    assert sound_jpeg(with_exif(1)) == (with_exif(1), (48, 64), [])


@pytest.mark.parametrize("size", [(1, 1), (7, 64), (64, 7)])
def test_images_smaller_than_a_cell_are_unusable(size):
    with pytest.raises(UnusableError, match="smaller than 8 x 8 pixels"):
        sound_jpeg(jpeg(*size))


@pytest.mark.parametrize(
    "encoded",
    [b"", b"\xff\xd8\xff", b"no image", jpeg()[:20], jpeg()[: len(jpeg()) // 2], jpeg()[:-2], png()[:-40]],
    ids=["empty", "magic only", "text", "header", "half", "without its end", "half a PNG"],
)
def test_corrupt_and_truncated_images_are_unusable(encoded):
    with pytest.raises(UnusableError, match="corrupt or truncated"):
        sound_jpeg(encoded)


def person(*points):
    return [[x, y, 2] for x, y in points]


def test_coordinates_no_loss_is_defined_for_are_not_annotated():
    points = person((5, 5), (np.nan, 5), (np.inf, 5), (-3, 50), (-65, 5), (5, 96), (127, -48))
    people, findings = check_people({"keypoints": [points]}, (48, 64))
    expected = [[5, 5, 2], [0, 0, 0], [0, 0, 0], [-3, 50, 2], [0, 0, 0], [0, 0, 0], [127, -48, 2]]
    np.testing.assert_array_equal(people["keypoints"], [expected])
    assert [tuple(finding) for finding in findings] == [("keypoint", "coordinates are not numbers")] * 2 + [
        ("keypoint", "more than one frame outside the frame")
    ] * 2
    np.testing.assert_array_equal(people["boxes"], [[-3, -48, 130, 98]])


def test_people_without_a_keypoint_are_dropped_with_all_that_is_theirs():
    nobody = [[3, 4, 0], [np.nan, np.nan, 0]]
    record = {
        "keypoints": [nobody, person((1, 2), (3, 6)), nobody],
        "boxes": np.arange(12).reshape(3, 4), "torso_boxes": np.full((3, 4), np.nan), "areas": [1, 2, 3],
    }  # fmt: skip
    people, findings = check_people(record, (48, 64))
    assert [tuple(finding) for finding in findings] == [("person", "no annotated keypoint")] * 2
    assert {name: values.tolist() for name, values in people.items()} == {
        "keypoints": [person((1, 2), (3, 6))], "boxes": [[4, 5, 6, 7]], "torso_boxes": [[0, 0, 0, 0]],
        "head_sizes": [0], "areas": [2],
    }  # fmt: skip
    assert all(values.dtype == np.float32 for values in people.values())


@pytest.mark.parametrize("keypoints", [np.zeros((0, 2, 3)), np.zeros((1, 2, 3)), np.full((1, 2, 3), np.nan)])
def test_an_image_with_nobody_is_set_aside(keypoints):
    example, findings = check(None, {"id": "a", "image": jpeg(), "keypoints": keypoints})
    assert example is None and [tuple(f) for f in findings] == [("image", "nobody has an annotated keypoint")]


def test_an_image_with_nobody_stays_if_it_may_be_empty():
    record = {"id": "a", "image": jpeg(), "keypoints": np.zeros((0, 2, 3)), "may_be_empty": True, "image_id": 7}
    example, findings = check(None, record | {"ignored_boxes": [[0, 0, 64, 48]]})
    assert findings == [] and example["image_id"] == 7 and example["keypoints"].shape == (0, 2, 3)
    assert tf.io.decode_png(example["ignore"]).shape == (48, 64, 1)
    assert example["ignored_boxes"].tolist() == [[0, 0, 64, 48]] and "may_be_empty" not in example


def test_an_image_without_a_number_or_anything_ignored_says_so():
    example, _ = check(None, {"id": "a", "image": jpeg(), "keypoints": [person((1, 2))]})
    assert example["image_id"] == -1 and example["ignored_boxes"].shape == (0, 4)
    np.testing.assert_array_equal(tf.io.decode_png(example["ignore"]), [[[0]]])


def test_a_missing_file_is_set_aside_and_pixels_are_encoded(tmp_path):
    record = {"id": "a", "image": "a.jpg", "keypoints": [person((1, 2))]}
    assert check(tmp_path, record) == (None, [("image", f"missing file: {tmp_path / 'a.jpg'}")])
    (tmp_path / "a.jpg").mkdir()
    assert check(tmp_path, record) == (
        None,
        [("image", f"unreadable file: {tmp_path / 'a.jpg'}, Is a directory")],
    )
    example, findings = check(None, record | {"image": pixels()})
    assert example["image"] == tf.io.encode_jpeg(pixels(), quality=95, chroma_downsampling=False) and findings == []


@pytest.mark.parametrize("name", ["../secret.jpg", "images/../../secret.jpg", "/secret.jpg"])
def test_a_path_out_of_the_folder_is_not_followed(tmp_path, name):
    """Neither by `..` nor by an absolute path, as files of annotations may name images."""
    name = f"{tmp_path}{name}" if name.startswith("/") else name
    (tmp_path / "set" / "images").mkdir(parents=True)
    (tmp_path / "secret.jpg").write_bytes(jpeg())
    record = {"id": "a", "image": name, "keypoints": np.ones((1, 3, 3))}
    assert check(tmp_path / "set", record) == (
        None,
        [("image", f"outside of the folder of the data set: {name}")],
    )
    (tmp_path / "set" / "a.jpg").write_bytes(jpeg())
    inside = record | {"image": str(tmp_path / "set" / "a.jpg")}
    assert check(tmp_path / "set", inside)[0] is not None
    assert check(tmp_path / "set", record | {"image": "../secret.jpg", "is_located": True})[0] is not None
