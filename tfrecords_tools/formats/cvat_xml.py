"""CVAT: its XML format 1.1 "CVAT for images" (https://docs.cvat.ai/docs/other/xml_format)."""

import pathlib
import re
from xml.etree import ElementTree
from xml.parsers import expat

from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import loose_points
from tfrecords_tools.formats.named_people import NamedPeople
from tfrecords_tools.formats.splits import split_of

LOOKS_FOR = "annotations.xml of CVAT for images 1.1, with `image` elements"
ENDINGS = (".xml",)


def holds(path: pathlib.Path, head: bytes) -> bool:
    """Whether a file is of this form, by its first bytes."""
    return bool(re.search(rb"<annotations\b", head))


def by_split(root: pathlib.Path, files: list[pathlib.Path]) -> dict[str, list]:
    """Pairs of a file and a subset, by split: a project's export names the subset of each image, a task's does not."""
    found = {}
    for file in files:
        subsets = dict.fromkeys(image.get("subset", "") for image in _parse(file).iter("image"))
        for subset in subsets or [""]:
            split = split_of(subset) or split_of(str(file.relative_to(root))) or "train"
            found.setdefault(split, []).append((file, subset))
    return found


def read(root: pathlib.Path, files: list, options: dict) -> dict:
    """Reads skeletons, and points with a `group_id`, to a document in COCO's format."""
    parsed = [(file, subset, _parse(file)) for file, subset in files]
    found = NamedPeople(list(dict.fromkeys(name for _, _, tree in parsed for name in _names(tree))))
    for file, subset, tree in parsed:
        if tree.find("track") is not None:
            raise ConversionError(f'{file} must be an export "CVAT for images". Received: one with tracks.')
        for image in tree.iter("image"):
            if image.get("subset", "") == subset:
                _add_image(found, image, f"{file}: image {image.get('name')}")
    return found.document()


def _add_image(found, image, where):
    try:
        size = int(image.attrib["height"]), int(image.attrib["width"])
        skeletons = [(skeleton, {point.attrib["label"]: _point(point) for point in skeleton.iter("points")})
                     for skeleton in image.iter("skeleton")]  # fmt: skip
        loose = [loose_points.Point(point.attrib["label"], *_point(point), _group(point))
                 for point in image.findall("points")]  # fmt: skip
        boxes = [loose_points.Box(*_box(box), _group(box)) for box in image.findall("box")]
    except (KeyError, ValueError) as error:
        raise ConversionError(f"{where} must have attributes as CVAT writes them. Received: {error}.") from None
    id = found.add_image(image.get("name"), size)
    named = {_group(skeleton) for skeleton, _ in skeletons} - {None}
    by_group = {box.group: list(box[:4]) for box in boxes if box.group in named}
    for element in image:
        if element.tag not in ("skeleton", "points", "box", "tag"):
            found.leave_out(id, f"a {element.tag}: only skeletons, points and boxes are read")
    for skeleton, points in skeletons:
        found.add_person(id, points, by_group.get(_group(skeleton)), where)
    if loose or not skeletons:
        for person, box in loose_points.people(loose, [box for box in boxes if box.group not in named], where):
            found.add_person(id, person, box, where)


def _point(element) -> tuple[float, float, int]:
    """x, y, v of an element `points` of one point: `outside` is not annotated, `occluded` is occluded."""
    x, y = (float(value) for value in element.attrib["points"].split(","))
    is_outside, is_occluded = (element.get(name) == "1" for name in ("outside", "occluded"))
    return (0.0, 0.0, 0) if is_outside else (x, y, 1 if is_occluded else 2)


def _box(element):
    x1, y1, x2, y2 = (float(element.attrib[name]) for name in ("xtl", "ytl", "xbr", "ybr"))
    return x1, y1, x2 - x1, y2 - y1


def _group(element):
    return None if element.get("group_id") in (None, "0", "") else element.get("group_id")


def _names(tree) -> list[str]:
    """Names of the points of skeletons, as the labels of the task or project list them."""
    labels = [[label.findtext(field) for field in ("name", "type", "parent")] for label in tree.iter("label")]
    skeletons = {name for name, kind, _ in labels if kind == "skeleton"}
    return [name for name, kind, parent in labels if parent in skeletons or (not skeletons and kind == "points")]


def _parse(path):
    """Parses a file that declares no entities: those can grow without end, and can name other files."""
    parser = expat.ParserCreate()

    def refuse(*_):
        raise ConversionError(f"{path} must be XML without a document type declaration (DOCTYPE).")

    parser.StartDoctypeDeclHandler = refuse
    try:
        with open(path, "rb") as file:
            parser.ParseFile(file)
        return ElementTree.parse(path).getroot()
    except (expat.ExpatError, ElementTree.ParseError, OSError, ValueError, LookupError) as error:
        if isinstance(error, ConversionError):
            raise
        raise ConversionError(f"{path} must be XML. Received: {error}.") from None
