"""Boxes of a person detector, from JSON in COCO's form."""

import json
import math
import pathlib

import numpy as np

from tfpose.commands.reading import one_line, short

PERSON = 1  # Category of people in COCO's own numbering.
LARGEST = 1e9  # Pixels; larger numbers are damage, and may be infinite in float32.


class Detections:
    """Boxes by image, from a file in the form of COCO's results or annotations.

    The file is a list of detections, or an object with such a list as `annotations` and perhaps `images` and
    `categories`. A detection has `bbox` (x, y, width, height in pixels of the upright image), `image_id` or
    `file_name`, and perhaps `score` and `category_id`. An `image_id` is that of `images`, or else the file name without
    its ending, with or without leading zeros. Only people are taken: the category named `person`, or 1 without
    `categories`.

    Args:
        path: The file.
        min_score: Detections with a lower score are left out; those without a score are kept.

    Attributes:
        left_out: Number of detections of other categories or with a lower score.

    Raises:
        ValueError: If the file is not of this form, or a box is not finite or has no extent.
    """

    def __init__(self, path, min_score=0.0):
        try:
            document = json.loads(pathlib.Path(path).read_text("utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            raise ValueError(f"`--boxes` must be JSON in COCO's form. Received: {path}: {one_line(error)}.") from None
        parts = document if isinstance(document, dict) else {"annotations": document}
        self._path = path
        self._boxes = {}
        self.left_out = 0
        names = self._names(parts)
        people = self._people(parts)
        for i, detection in enumerate(self._list(parts, "annotations", needed=True)):
            self._check(i, detection)
            if detection.get("category_id", PERSON) not in people or detection.get("score", math.inf) < min_score:
                self.left_out += 1
                continue
            name = detection.get("file_name") or names.get(detection.get("image_id")) or detection.get("image_id")
            if name is None:
                self._refuse(f"annotations[{i}] must have an image_id or a file_name", detection)
            self._boxes.setdefault(_key(name), []).append(self._box(i, detection))

    def __call__(self, path):
        """Returns the boxes `float32 [N, 4]` of an image file; by its whole path, its name, or its number."""
        path = pathlib.Path(path)
        for name in (path.as_posix(), path.name, path.stem):
            if boxes := self._boxes.get(_key(name)):
                return np.array(boxes, np.float32)
        return np.zeros((0, 4), np.float32)

    def _list(self, parts, name, needed=False):
        found = parts.get(name, None if needed else [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            self._refuse(f"`{name}` must be a list of objects", found)
        return found

    def _names(self, parts):
        """The file names of images by their numbers."""
        images = self._list(parts, "images")
        for i, image in enumerate(images):
            if not all(isinstance(image.get(name, 0), int | str | None) for name in ("id", "file_name")):
                self._refuse(f"images[{i}] must have an id and a file_name, numbers or text", image)
        return {image.get("id"): image.get("file_name") for image in images}

    def _check(self, i, detection):
        """Refuses values that are of another type than they must be."""
        for name in ("category_id", "image_id", "file_name"):
            if not isinstance(detection.get(name, 0), int | str | None):
                self._refuse(f"annotations[{i}].{name} must be a number or text", detection[name])
        score = detection.get("score", 0.0)
        if isinstance(score, bool) or not isinstance(score, int | float) or math.isnan(score):
            self._refuse(f"annotations[{i}].score must be a number", score)

    def _people(self, parts):
        """The numbers of the categories that are people."""
        categories = self._list(parts, "categories")
        ids = [c.get("id") for c in categories if c.get("name") == "person"]
        if not all(isinstance(id, int | str) for id in ids):
            self._refuse("`categories` must have numbers as ids", ids)
        return set(ids) if categories else {PERSON}

    def _box(self, i, detection):
        box = detection.get("bbox")
        if (
            not isinstance(box, list)
            or len(box) != 4
            or not all(isinstance(n, int | float) and abs(n) < LARGEST for n in box)
            or min(box[2:]) <= 0
        ):
            self._refuse(f"annotations[{i}].bbox must be x, y, width, height, finite, with an extent above 0", box)
        return box

    def _refuse(self, what, received):
        raise ValueError(f"In {self._path}, {what}. Received: {short(received)}.")


def _key(name):
    """File names as they are, numbers without leading zeros."""
    text = str(name).replace("\\", "/").removeprefix("./")
    return text.lstrip("0") or "0" if text.isdigit() else text
