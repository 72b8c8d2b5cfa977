import cv2
import numpy as np
import pytest

from tests.small_networks import noise
from tfpose.commands.check.image_hashes import NEAR, ImageHashes, difference_hash


def jpeg(image, quality=95):
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def groups(**images):
    hashes = ImageHashes()
    for name, image in images.items():
        hashes.add(name, image)
    return [(exact, sorted(names)) for exact, names in hashes.groups()]


@pytest.fixture(scope="module")
def picture():
    return noise((240, 320))


def test_equal_files_are_found(picture):
    file = jpeg(picture)
    assert groups(a=file, b=jpeg(noise((240, 320), 1)), c=file) == [(True, ["a", "c"])]


def test_copies_of_another_size_or_compression_are_nearly_equal(picture):
    half = cv2.resize(picture, (160, 120), interpolation=cv2.INTER_AREA)
    bright = np.uint8(np.clip(picture * 1.1 + 5.0, 0, 255))
    copies = {"a": jpeg(picture), "b": jpeg(half), "c": jpeg(picture, 40), "d": jpeg(bright)}
    assert groups(**copies) == [(False, ["a", "b", "c", "d"])]


def test_other_pictures_and_mirrored_ones_are_not_equal(picture):
    others = {f"other_{seed}": jpeg(noise((240, 320), seed)) for seed in range(1, 40)}
    assert groups(a=jpeg(picture), b=jpeg(picture[:, ::-1]), **others) == []


def test_plain_pictures_are_equal_only_as_files():
    dark, darker = (jpeg(np.full((64, 64, 3), value, "uint8")) for value in (12, 11))
    assert groups(a=dark, b=darker) == []
    assert groups(a=dark, b=darker, c=dark) == [(True, ["a", "c"])]


def test_no_images_and_files_that_are_none_are_no_trouble():
    assert groups() == []
    assert difference_hash(b"no image") == bytes(32)


def test_hashes_of_a_picture_differ_in_few_bits(picture):
    first, second = (np.frombuffer(difference_hash(jpeg(picture, quality)), np.uint8) for quality in (95, 60))
    assert 0 < np.bitwise_count(first).sum() < 256 and np.bitwise_count(first ^ second).sum() <= NEAR
