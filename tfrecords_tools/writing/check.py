"""What every record must hold before it is written, so that nothing unreadable is met in the middle of an epoch.

Images are decoded here by the function that decodes them in training, `tf.io.decode_jpeg`, which is strict about
truncated files and reads the pixels as stored: it ignores the orientation of EXIF, and so do the keypoints. Damage in
the middle of a file that decodes to wrong pixels without an error is not found.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfrecords_tools.writing.ignore_masks import check_ignored

SMALLEST = 8  # pixels: smaller than one cell of the coarsest maps
QUALITY = 95  # of what has to be encoded again

_JPEG = b"\xff\xd8\xff"
_PEOPLE = ("boxes", "torso_boxes", "head_sizes", "areas")


class Finding(NamedTuple):
    """Something set aside, or mended: `what` is `image`, `person`, `keypoint` or `encoding`."""

    what: str
    reason: str


class UnusableError(Exception):
    """An image that cannot be trained on; its message is the reason."""


def check(root, record: dict) -> tuple[dict | None, list[Finding]]:
    """Reads the image of one annotation and makes both fit to be written.

    Args:
        root: The folder that the paths of images start from, or none if no image is a path.
        record: What `PoseBuilder.annotations` yields.

    Returns:
        The record with `image` as JPEG bytes and every key of `PoseBuilder`, or none if it is set aside; and what was
        found. Of people without a keypoint nothing stays. Keypoints that are not annotated are `(0, 0, 0)`.
        An image with nobody is set aside unless it `may_be_empty`.
    """
    try:
        image, size, findings = sound_jpeg(_read(root, record["image"]))
        if record.get("size", size) != size:
            raise UnusableError(f"{_times(size)} pixels where the annotations say {_times(record['size'])}")
        people, more = check_people(record, size)
        findings += more
    except UnusableError as error:
        return None, [Finding("image", str(error))]
    if not (len(people["keypoints"]) or record.get("may_be_empty")):
        return None, [Finding("image", "nobody has an annotated keypoint")]
    identity = {"id": record["id"], "image_id": record.get("image_id", -1)}
    return {**identity, "image": image, **people, **check_ignored(record, size)}, findings


def sound_jpeg(encoded: bytes) -> tuple[bytes, tuple[int, int], list[Finding]]:
    """Decodes an image and gives it back as a JPEG of one or three channels that every decoder reads alike.

    A good JPEG comes back byte for byte. One with an EXIF orientation loses its EXIF, and no pixel: a decoder that
    turned the image would part it from its keypoints. CMYK and other formats are encoded again as RGB.

    Returns:
        The bytes, the size (height, width), and what was mended.

    Raises:
        UnusableError: If it is corrupt, truncated or smaller than `SMALLEST`.
    """
    pixels = _decode(encoded)
    size = (int(pixels.shape[0]), int(pixels.shape[1]))
    if min(size) < SMALLEST:
        raise UnusableError(f"smaller than {_times((SMALLEST, SMALLEST))} pixels")
    if not encoded.startswith(_JPEG):
        return _encode(pixels), size, [Finding("encoding", "not a JPEG: encoded again")]
    if int(tf.io.extract_jpeg_shape(encoded)[2]) == 4:
        return _encode(pixels), size, [Finding("encoding", "CMYK: encoded again as RGB")]
    if turned := [(start, end) for start, end in _segments(encoded) if _turns(encoded[start:end])]:
        for start, end in reversed(turned):
            encoded = encoded[:start] + encoded[end:]
        return encoded, size, [Finding("encoding", "EXIF orientation: removed, pixels kept as stored")]
    return encoded, size, []


def check_people(record: dict, size: tuple[int, int]) -> tuple[dict, list[Finding]]:
    """Keeps the people of one annotation that have keypoints, with keypoints a loss is defined for.

    A keypoint outside the frame stays as annotated; one that is no number, or farther outside than the frame is large,
    is no longer annotated.

    Args:
        record: `keypoints` `[N, K, 3]` and perhaps `boxes`, `torso_boxes` `[N, 4]`, `head_sizes`, `areas` `[N]`.
        size: Of the image: (height, width) in pixels.

    Returns:
        All five as float32, and what was set aside. Without boxes: tight ones around the keypoints. Without the
        others: zeros.
    """
    keypoints = np.array(record["keypoints"], np.float32)
    claimed = keypoints[..., 2] > 0
    finite = np.isfinite(keypoints).all(axis=-1)
    height, width = size
    with np.errstate(invalid="ignore"):
        x, y = keypoints[..., 0], keypoints[..., 1]
        near = (x >= -width) & (x < 2 * width) & (y >= -height) & (y < 2 * height)
    findings = [Finding("keypoint", "coordinates are not numbers")] * int(np.sum(claimed & ~finite))
    findings += [Finding("keypoint", "more than one frame outside the frame")] * int(np.sum(claimed & finite & ~near))
    keypoints[~(claimed & finite & near)] = 0
    kept = (keypoints[..., 2] > 0).any(axis=-1)
    findings += [Finding("person", "no annotated keypoint")] * int(np.sum(~kept))
    people = {"keypoints": keypoints} | _measures(record, keypoints)
    return {name: values[kept] for name, values in people.items()}, findings


def _read(root, image) -> bytes:
    if isinstance(image, bytes):
        return image
    if isinstance(image, np.ndarray):
        return _encode(image)
    try:
        return (root / image).read_bytes()
    except FileNotFoundError:
        raise UnusableError("missing file") from None
    except OSError as error:
        raise UnusableError(f"unreadable file: {error.strerror}") from None


def _decode(encoded):
    try:
        if encoded.startswith(_JPEG):
            return tf.io.decode_jpeg(encoded, channels=3)
        return tf.io.decode_image(encoded, channels=3, expand_animations=False)
    except tf.errors.InvalidArgumentError:
        raise UnusableError("corrupt or truncated image") from None


def _encode(pixels) -> bytes:
    return tf.io.encode_jpeg(pixels, quality=QUALITY, chroma_downsampling=False).numpy()


def _segments(encoded):
    """Yields `(start, end)` of each segment before the first scan of a JPEG that has been decoded."""
    start = encoded.find(0xFF, 2)
    while encoded[start + 1] != 0xDA:  # start of scan
        end = start + 1
        if encoded[start + 1] not in (0x00, 0xFF):  # no fill byte
            end = start + 2 + int.from_bytes(encoded[start + 2 : start + 4], "big")
            yield start, end
        start = encoded.find(0xFF, end)


def _turns(segment) -> bool:
    """Answers whether a segment is EXIF with an orientation other than upright."""
    if segment[1] != 0xE1 or segment[4:10] != b"Exif\0\0":
        return False
    tiff = segment[10:]
    order = "little" if tiff.startswith(b"II") else "big"

    def number(start, size):
        return int.from_bytes(tiff[start : start + size], order)

    directory = number(4, 4)
    entries = [directory + 2 + 12 * i for i in range(number(directory, 2))]
    return any(number(entry, 2) == 0x0112 and number(entry + 8, 2) != 1 for entry in entries)


def _measures(record, keypoints):
    n = len(keypoints)
    shapes = {"boxes": (n, 4), "torso_boxes": (n, 4), "head_sizes": (n,), "areas": (n,)}
    given = {"boxes": _tight(keypoints), **{name: record[name] for name in _PEOPLE if name in record}}
    return {
        name: np.nan_to_num(np.reshape(np.asarray(given.get(name, np.zeros(shape)), np.float32), shape))
        for name, shape in shapes.items()
    }


def _tight(keypoints):
    """Boxes around the annotated keypoints, `[N, 4]`; zeros around none."""
    annotated = keypoints[..., 2:] > 0
    low = np.where(annotated, keypoints[..., :2], np.inf).min(axis=1, initial=np.inf)
    high = np.where(annotated, keypoints[..., :2], -np.inf).max(axis=1, initial=-np.inf)
    return np.where(annotated.any(axis=1), np.concatenate([low, high - low], axis=-1), 0)


def _times(size) -> str:
    height, width = size
    return f"{width} x {height}"
