"""Groups named points and boxes of one image into people, for tools that annotate points one by one."""

from collections import defaultdict
from typing import NamedTuple

from tfrecords_tools.errors import ConversionError


class Point(NamedTuple):
    """A named point in pixels, with COCO's visibility; `group` is the same for all points of a person, or none."""

    name: str
    x: float
    y: float
    v: int = 2
    group: object = None


class Box(NamedTuple):
    """A person's box in pixels; `group` is that of the person's points, or none."""

    x: float
    y: float
    width: float
    height: float
    group: object = None


def people(points: list[Point], boxes: list[Box], where: str) -> list[tuple[dict, list | None]]:
    """Groups points and boxes: by their groups, else by the only box a point lies in, else all are one person.

    Args:
        points: Of one image.
        boxes: Of the same image.
        where: The file, for error messages.

    Returns:
        For each person `(x, y, v)` by name, and the box (x, y, width, height) or none.

    Raises:
        ConversionError: If it cannot be told whose a point is, or a person has two points of a name.
    """
    found, owned = defaultdict(dict), {}
    loose = [box for box in boxes if box.group is None]
    for number, box in enumerate(boxes):
        group = ("box", number) if box.group is None else box.group
        if group in owned:
            raise ConversionError(f"{where}: a person must have one box. Received: two in group {box.group}.")
        owned[group] = list(box[:4])
    for point in points:
        group = _group(point, boxes, where, is_alone=len(loose) < 2 and not _grouped(points))
        if point.name in found[group]:
            raise ConversionError(
                f"{where}: a person must have one point `{point.name}`. Received: two. Where there are several people, "
                "give the points of each a group of their own, or draw a box around each."
            )
        found[group][point.name] = (point.x, point.y, point.v)
    return [(found.get(group, {}), owned.get(group)) for group in {**owned, **found}]


def _grouped(points):
    return any(point.group is not None for point in points)


def _group(point, boxes, where, *, is_alone):
    if point.group is not None:
        return point.group
    around = [
        ("box", i) for i, box in enumerate(boxes)
        if box.group is None and box.x <= point.x <= box.x + box.width and box.y <= point.y <= box.y + box.height
    ]  # fmt: skip
    if len(around) == 1:
        return around[0]
    if is_alone:  # perhaps a little outside of the only box
        return next((("box", i) for i, box in enumerate(boxes) if box.group is None), "alone")
    raise ConversionError(
        f"{where}: each point must belong to a person: by its group, or as the only box it lies in. "
        f"Received: `{point.name}` at ({point.x:g}, {point.y:g}), without a group, in {len(around) or 'no'} boxes."
    )
