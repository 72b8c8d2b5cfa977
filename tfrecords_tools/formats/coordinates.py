"""Units of annotated coordinates: boxes as corners and coordinates as fractions are recognised and converted.

What is recognised is not converted without being asked: two readings of a file can both be plausible, so the error says
which option to pass.
"""

import dataclasses
from typing import NamedTuple

import numpy as np

from tfrecords_tools.errors import ConversionError

BBOX = ("auto", "xywh", "xyxy", "cxcywh")
COORDINATES = ("auto", "pixels", "normalised")
_ONE = 1.5  # fractions of keypoints outside of the frame are a little below 0 or above 1
_MARGIN = 2  # pixels that a box may be off, beside 2 % of the image


@dataclasses.dataclass(frozen=True)
class Units:
    """What the numbers of a file mean.

    Args:
        corners: Whether boxes are x1, y1, x2, y2.
        keypoints: Whether keypoints are fractions of the image's width and height.
        boxes: Whether boxes and outlines are.
        centres: Whether boxes are centre x, centre y, width, height.
    """

    corners: bool = False
    keypoints: bool = False
    boxes: bool = False
    centres: bool = False

    def in_pixels(self, entry: dict, size: tuple[int, int] | None) -> dict:
        """The annotation with keypoints, box (x, y, w, h), area and polygons in pixels of an image of a size."""
        changed = dict(entry)
        box = entry.get("bbox")
        if box and self.corners:
            changed["bbox"] = box = [box[0], box[1], box[2] - box[0], box[3] - box[1]]
        if box and self.centres:
            changed["bbox"] = box = [box[0] - box[2] / 2, box[1] - box[3] / 2, box[2], box[3]]
        if not (self.keypoints or self.boxes):
            return changed
        height, width = size
        if entry.get("keypoints") and self.keypoints:
            changed["keypoints"] = _scaled(entry["keypoints"], (width, height, 1))
        if self.boxes:
            changed |= {"bbox": _scaled(box, (width, height))} if box else {}
            outline = entry.get("segmentation")
            if isinstance(outline, list):
                changed["segmentation"] = [_scaled(polygon, (width, height)) for polygon in outline]
            area = entry.get("area")
            changed["area"] = area * width * height if area is not None and area <= _ONE else area
        return changed


def find_units(path, people: list[tuple], bbox: str, coordinates: str) -> Units:
    """Decides what the numbers of a file mean.

    Args:
        path: The file, for error messages.
        people: Pairs of an annotation with keypoints and the size (height, width) of its image, or none.
        bbox: One of `BBOX`.
        coordinates: One of `COORDINATES`.

    Raises:
        ConversionError: If an option is unknown, or the numbers are not plausible as pixels, or as x, y, width, height,
            with `auto`, but are in the other reading.
    """
    for name, value, known in (("bbox", bbox, BBOX), ("coordinates", coordinates, COORDINATES)):
        if value not in known:
            raise ConversionError(f"`{name}` must be a known one. Received: {value!r}. Known: {', '.join(known)}.")
    points = [np.reshape(entry["keypoints"], (-1, 3)).astype(float) for entry, _ in people]
    boxes = [entry["bbox"] for entry, _ in people if _usable(entry.get("bbox"), corners=bbox == "xyxy")]
    fractions = [
        _all_fractions(np.concatenate([person[person[:, 2] > 0, :2] for person in points]) if points else []),
        _all_fractions(boxes),
    ]
    if coordinates == "auto" and any(fractions):
        values = "keypoints" if fractions[0] else "boxes"
        raise ConversionError(
            f"Coordinates of {path} must be in pixels. Received: {values} that all lie within 0 … 1, which looks like "
            "fractions of the image's width and height: pass `--coordinates=normalised` "
            "(or `--coordinates=pixels` if they are pixels)."
        )
    if coordinates == "normalised":
        if not any(fractions):
            raise ConversionError(
                f"With `--coordinates=normalised`, keypoints or boxes of {path} must lie within 0 … 1."
            )
        return Units(bbox == "xyxy", *fractions, bbox == "cxcywh")
    if bbox == "auto" and _look_like_corners(people, points):
        raise ConversionError(
            f"Boxes of {path} must be x, y, width, height. Received: boxes that fit their images and keypoints "
            "better as x1, y1, x2, y2: pass `--bbox=xyxy` (or `--bbox=xywh` to take them as they are)."
        )
    if bbox == "auto" and _look_like_centres(people, points):
        raise ConversionError(
            f"Boxes of {path} must be x, y, width, height. Received: boxes that hold their keypoints only if x, y is "
            "the centre: pass `--bbox=cxcywh` (or `--bbox=xywh` to take them as they are)."
        )
    return Units(corners=bbox == "xyxy", centres=bbox == "cxcywh")


def _look_like_centres(people, points) -> bool:
    """Whether nearly all boxes hold their keypoints with x, y as the centre, and most do not with it as the corner."""
    as_corner, as_centre = [], []
    for (entry, _), person in zip(people, points, strict=True):
        if _usable(entry.get("bbox"), corners=False):
            start, extent = np.reshape(entry["bbox"], (2, 2)).astype(float)
            annotated = person[person[:, 2] > 0, :2]
            near = _MARGIN + 0.02 * extent
            for low, holds in ((start, as_corner), (start - extent / 2, as_centre)):
                holds.append(bool((annotated >= low - near).all() and (annotated <= low + extent + near).all()))
    return len(as_centre) > 0 and np.mean(as_centre) >= 0.95 and np.mean(as_corner) < 0.5


def _look_like_corners(people, points) -> bool:
    """Whether nearly all boxes can be corners, and boxes as width and height leave images or fit the keypoints worse.

    A box that holds the keypoints as corners also holds them as width and height, but the other way round only people
    near the origin do. As width and height such boxes are too large, and far more so to the right and below.
    """
    rows = [_Box.of(entry["bbox"], size, person) for (entry, size), person in zip(people, points, strict=True)
            if _usable(entry.get("bbox"), corners=False)]  # fmt: skip
    if not rows or np.mean([row.possible for row in rows]) < 0.95:
        return False
    leaves = np.mean([row.leaves for row in rows])
    excess = np.median([row.excess for row in rows if row.possible])
    unbalanced, as_corners = np.sum([(row.unbalanced, row.unbalanced_as_corners) for row in rows], axis=0)
    return bool(leaves >= 0.25 or (excess >= 1.25 and as_corners < 0.5 * unbalanced))


class _Box(NamedTuple):
    """How a box fits its image and keypoints, read as x, y, width, height and as corners.

    Attributes:
        possible: Whether it can be corners: in order, in the image, and around the keypoints.
        leaves: Whether it can be, and leaves the image as width and height.
        excess: Its area as width and height by that as corners.
        unbalanced: Difference of the margins around the keypoints, left to right and above to below.
        unbalanced_as_corners: The same, read as corners.
    """

    possible: bool
    leaves: bool
    excess: float
    unbalanced: float
    unbalanced_as_corners: float

    @classmethod
    def of(cls, box, size, keypoints):
        low, high = np.reshape(box, (2, 2)).astype(float)
        annotated = keypoints[keypoints[:, 2] > 0, :2]
        first, last = annotated.min(axis=0), annotated.max(axis=0)
        limit = np.array(size[::-1] if size else (np.inf, np.inf)) * 1.02 + _MARGIN
        near = _MARGIN + 0.02 * np.maximum(high - low, 0)
        ordered = (high > low).all()
        possible = bool(
            ordered and (high <= limit).all() and (first >= low - near).all() and (last <= high + near).all()
        )
        excess = float(np.prod(high) / np.prod(high - low)) if ordered else 0.0
        before = first - low
        unbalanced, as_corners = (float(np.abs(before - (end - last)).sum()) for end in (low + high, high))
        return cls(possible, possible and bool((low + high > limit).any()), excess, unbalanced, as_corners)


def _all_fractions(values) -> bool:
    values = np.asarray(values, float).ravel()
    values = values[np.isfinite(values)]
    return bool(len(values)) and bool((np.abs(values) <= _ONE).all())


def _usable(box, *, corners) -> bool:
    if not box or not np.isfinite(np.asarray(box, float)).all():
        return False
    x, y, a, b = box
    return (a > x and b > y) if corners else (a > 0 and b > 0)


def _scaled(values, factors):
    return [value * factors[i % len(factors)] for i, value in enumerate(values)]
