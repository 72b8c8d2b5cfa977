"""labelme: a JSON file beside each photo, with points and rectangles (https://github.com/wkentaro/labelme)."""

import pathlib
import posixpath
import re

from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import loose_points, splits
from tfrecords_tools.formats.coco_json import is_number, load_json, short
from tfrecords_tools.formats.named_people import NamedPeople

LOOKS_FOR = "a JSON file for each photo, with `shapes` and `imagePath`"
ENDINGS = (".json",)
_HIDDEN = ("occluded", "hidden", "invisible", "difficult")  # flags that users give to points that cannot be seen

by_split = splits.by_name


def holds(path: pathlib.Path, head: bytes) -> bool:
    """Whether a file is of this form, by its first bytes."""
    return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and bool(re.search(rb'"shapes"\s*:', head))


def read(root: pathlib.Path, files: list[pathlib.Path], options: dict) -> dict:
    """Reads the photos' files to a document in COCO's format: points are keypoints, rectangles boxes of people."""
    found = NamedPeople()
    for file in files:
        content = load_json(file)
        shapes, photo = (content.get(name) if isinstance(content, dict) else None for name in ("shapes", "imagePath"))
        if not isinstance(shapes, list) or not isinstance(photo, str):
            raise ConversionError(f"{file} must have a list `shapes` and a name `imagePath`, as labelme writes them.")
        folder = file.relative_to(root).parent.as_posix()
        name = posixpath.normpath(posixpath.join(folder, photo.replace("\\", "/")))
        height, width = content.get("imageHeight"), content.get("imageWidth")
        image = found.add_image(name, (height, width) if height and width else None)
        points, boxes = [], []
        for i, shape in enumerate(shapes):
            if kind := _add(shape, points, boxes, f"{file}: `shapes[{i}]`"):
                found.leave_out(image, f"a {kind}: only points and rectangles are read")
        for person, box in loose_points.people(points, boxes, str(file)):
            found.add_person(image, person, box, str(file))
    return found.document()


def _add(shape, points, boxes, where):
    """Adds a shape to the points or the boxes, or returns its kind: outlines and other shapes are no keypoints."""
    shape = shape if isinstance(shape, dict) else {}
    kind, corners = shape.get("shape_type") or "polygon", shape.get("points")  # labelme 3 writes no kind
    numbers = [value for corner in corners for value in corner] if _is_pairs(corners) else []
    is_grouped = isinstance(shape.get("group_id"), (int, str, float, type(None)))
    if not isinstance(kind, str) or not numbers or not all(map(is_number, numbers)) or not is_grouped:
        raise ConversionError(f"{where} must have a `shape_type` and `points` of numbers. Received: {short(shape)}.")
    group = shape.get("group_id")
    if kind == "point":
        flags = shape.get("flags") if isinstance(shape.get("flags"), dict) else {}
        hidden = [name for name in _HIDDEN if flags.get(name)] or shape.get("difficult")
        points.append(loose_points.Point(str(shape.get("label")), *numbers[:2], 1 if hidden else 2, group))
    elif kind == "rectangle":
        x, y = numbers[::2], numbers[1::2]
        boxes.append(loose_points.Box(min(x), min(y), max(x) - min(x), max(y) - min(y), group))
    else:
        return kind
    return None


def _is_pairs(corners) -> bool:
    return isinstance(corners, list) and all(isinstance(corner, list) and len(corner) == 2 for corner in corners)
