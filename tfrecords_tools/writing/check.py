"""Checks every record before it is written, so that nothing unreadable is met in the middle of an epoch."""

import pathlib

import numpy as np

from tfpose.pictures import MAX_PIXELS, UnusableError, times
from tfrecords_tools.writing import images
from tfrecords_tools.writing.ignore_masks import check_ignored
from tfrecords_tools.writing.images import Finding

_PEOPLE = ("boxes", "torso_boxes", "head_sizes", "areas")


def check(root, record: dict, max_pixels: int = MAX_PIXELS) -> tuple[dict | None, list[Finding]]:
    """Reads the image of one annotation and makes both fit to be written.

    Args:
        root: The folder that the paths of images start from, or none if no image is a path.
        record: What `PoseBuilder.annotations` yields.
        max_pixels: Images of more pixels are set aside before they are decoded.

    Returns:
        The record with `image` as JPEG bytes and every key of `PoseBuilder`, or none if it is set aside; and what was
        found. People without a keypoint are dropped. Keypoints that are not annotated are `(0, 0, 0)`.
        An image with nobody is set aside unless `may_be_empty` is true.
    """
    findings = [Finding(*row) for row in record.get("findings", ())]
    stated = record.get("size")
    try:
        if record.get("unusable"):
            raise UnusableError(record["unusable"])
        image, size, more = _image(
            _located(root, record), exif=record.get("exif", "stored"), stated=stated, max_pixels=max_pixels
        )
        findings += more
        if stated is not None and tuple(stated) != size:
            raise UnusableError(f"of another size than the annotations say: {times(size)} pixels, not {times(stated)}")
        people, more = check_people(record, size)
        findings += more
    except UnusableError as error:
        return None, [Finding("image", str(error))]
    if not (len(people["keypoints"]) or record.get("may_be_empty")):
        return None, [Finding("image", "nobody has an annotated keypoint")]
    identity = {"id": record["id"], "image_id": record.get("image_id", -1)}
    return {**identity, "image": image, **people, **check_ignored(record, size)}, findings


def check_people(record: dict, size: tuple[int, int]) -> tuple[dict, list[Finding]]:
    """Keeps the people of one annotation that have keypoints, with keypoints a loss is defined for.

    A keypoint outside the frame stays as annotated; one that is no number, or farther outside than the frame is large,
    is no longer annotated.

    Args:
        record: `keypoints` `[N, K, 3]` and optionally `boxes`, `torso_boxes` `[N, 4]`, `head_sizes`, `areas` `[N]`.
        size: Of the image: (height, width) in pixels.

    Returns:
        All five as float32, and what was set aside or mended. Boxes that are missing or unusable (a side that is not
        above 0, or no number) are those of the keypoints, see `keypoint_boxes`. Unusable areas are those of the boxes.
        Torso boxes, head sizes and areas that are not given, and unusable torso boxes and head sizes, are zeros.
    """
    with np.errstate(over="ignore"):  # beyond float32 is infinite, which is found below
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
    given = {name: np.asarray(record[name])[kept] for name in _PEOPLE if record.get(name) is not None}
    measures, more = _measures(given, keypoints[kept], size)
    return {"keypoints": keypoints[kept], **measures}, findings + more


def image_path(root, name: str) -> pathlib.Path:
    """The path of an image by its name in the annotations, which never leaves the folder of the data set.

    Args:
        root: The folder.
        name: Relative to it, or absolute and inside of it.

    Raises:
        UnusableError: If it is outside, or has a `..`.
    """
    given = pathlib.PurePath(name)
    if ".." in given.parts or (given.is_absolute() and not given.is_relative_to(str(root))):
        raise UnusableError(f"outside of the folder of the data set: {name[:200]}")
    return root / name


def keypoint_boxes(keypoints, size: tuple[int, int]):
    """Boxes around the annotated keypoints.

    Args:
        keypoints: `[N, K, 3]`, of people with at least one annotated keypoint.
        size: Of the image: (height, width) in pixels.

    Returns:
        `[N, 4]` (x, y, w, h), with sides of at least 1 pixel. Keypoints at one place have no extent, which says
        nothing of the person's size: the box is then the whole image.
    """
    annotated = keypoints[..., 2:] > 0
    low = np.where(annotated, keypoints[..., :2], np.inf).min(axis=1, initial=np.inf)
    high = np.where(annotated, keypoints[..., :2], -np.inf).max(axis=1, initial=-np.inf)
    boxes = np.concatenate([low, np.maximum(high - low, 1)], axis=-1)
    height, width = size
    return np.where((high - low).max(axis=1, keepdims=True) > 0, boxes, [0, 0, width, height])


def _located(root, record):
    """The image of a record, or its path; names of files of annotations are not followed out of the folder."""
    image = record["image"]
    if not isinstance(image, str):
        return image
    return root / image if record.get("is_located") else image_path(root, image)


def _image(image, **options):
    if callable(image):
        image = _call(image)
    if isinstance(image, np.ndarray):
        return images.encode(image), image.shape[:2], []
    if not isinstance(image, bytes):
        image = _read(image)
    return images.sound_jpeg(image, **options)


def _call(read):
    try:
        return read()
    except OSError as error:
        raise UnusableError(f"unreadable frame: {error}") from None


def _read(path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UnusableError(f"missing file: {path}") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise UnusableError(f"unreadable file: {path}, {getattr(error, 'strerror', error)}") from None


def _measures(given, keypoints, size):
    n = len(keypoints)
    shapes = {"boxes": (n, 4), "torso_boxes": (n, 4), "head_sizes": (n,), "areas": (n,)}
    own = keypoint_boxes(keypoints, size)
    with np.errstate(over="ignore"):  # beyond float32 is infinite, which is found below
        values = {
            name: np.reshape(
                np.asarray(given.get(name, own if name == "boxes" else np.zeros(shape)), np.float32), shape
            )
            for name, shape in shapes.items()
        }
    findings = []
    usable = _usable_boxes(values["boxes"])
    values["boxes"] = np.where(usable[:, None], values["boxes"], own).astype(np.float32)
    findings += [Finding("box", "a side is not above 0 or no number: the keypoints' own box taken")] * int(sum(~usable))
    if "areas" in given:
        usable = np.isfinite(values["areas"]) & (values["areas"] > 0)
        values["areas"] = np.where(usable, values["areas"], values["boxes"][:, 2:].prod(axis=-1))
        findings += [Finding("area", "not above 0 or no number: that of the box taken")] * int(sum(~usable))
    absent = ~np.nan_to_num(values["torso_boxes"]).any(axis=-1)  # zeros or NaN: the data set has none
    torso = _usable_boxes(values["torso_boxes"]) | absent
    head = np.isfinite(values["head_sizes"]) & (values["head_sizes"] >= 0)
    values["torso_boxes"] = np.where((torso & ~absent)[:, None], values["torso_boxes"], 0)
    values["head_sizes"] = np.where(head, values["head_sizes"], 0)
    findings += [Finding("torso box", "a side is not above 0 or no number: left out")] * int(sum(~torso))
    findings += [Finding("head size", "below 0 or no number: left out")] * int(sum(~head))
    return values, findings


def _usable_boxes(boxes):
    """Whether boxes `[N, 4]` are finite and have sides above 0, `bool [N]`."""
    return np.isfinite(boxes).all(axis=-1) & (boxes[:, 2:] > 0).all(axis=-1)
