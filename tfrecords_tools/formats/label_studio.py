"""Label Studio: its JSON export, a list of tasks with regions in percent (https://labelstud.io/guide/task_format)."""

import pathlib
import re
import urllib.parse

from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import loose_points, splits
from tfrecords_tools.formats.coco_json import is_number, load_json, short
from tfrecords_tools.formats.named_people import NamedPeople

LOOKS_FOR = "a JSON export of Label Studio, a list of tasks with `annotations` and `data`"
ENDINGS = (".json",)

by_split = splits.by_name


def holds(path: pathlib.Path, head: bytes) -> bool:
    """Whether a file is of this form, by its first bytes."""
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    return start.startswith(b"[") and bool(re.search(rb'"(annotations|completions|kp-\d+|data)"\s*:', head))


def read(root: pathlib.Path, files: list[pathlib.Path], options: dict) -> dict:
    """Reads the tasks to a document in COCO's format; of a task annotated several times, the first that was kept."""
    found = NamedPeople()
    for file in files:
        tasks = load_json(file)
        for i, task in enumerate(tasks if isinstance(tasks, list) else [tasks]):
            where = f"{file}: task {task.get('id', i) if isinstance(task, dict) else i}"
            try:
                _add_task(found, task, where)
            except (LookupError, TypeError, AttributeError) as error:
                raise ConversionError(f"{where} must be as Label Studio writes it. Received: {error!r}.") from None
    return found.document()


def _add_task(found, task, where):
    data = task.get("data") if isinstance(task, dict) else None
    addresses = [value for value in data.values() if isinstance(value, str)] if isinstance(data, dict) else []
    if not addresses or not isinstance(task.get("annotations"), list):
        raise ConversionError(
            f"{where} must have `data` with the photo's address and a list `annotations`: export as JSON, not "
            f"JSON-MIN or CSV. Received: {short(task)}."
        )
    kept = [entry for entry in task["annotations"] if isinstance(entry, dict) and not entry.get("was_cancelled")]
    regions = kept[0].get("result") or [] if kept else []
    sizes = {(region["original_height"], region["original_width"]) for region in regions if "original_width" in region}
    image = found.add_image(
        _name(data.get("image") or addresses[0]), sizes.pop() if len(sizes) == 1 else None, is_foreign=True
    )
    points, boxes = [], []
    groups = _groups(regions)
    for region in regions:
        if region.get("type") in ("keypointlabels", "rectanglelabels", "keypoint", "rectangle"):
            _add_region(region, groups.get(region.get("id")), points, boxes, where)
        elif region.get("type") != "relation":
            found.leave_out(image, f"{region.get('type')}: only keypoints and rectangles are read")
    if len(kept) > 1:
        found.leave_out(image, f"annotated {len(kept)} times: the first is taken")
    for person, box in loose_points.people(points, boxes, where):
        found.add_person(image, person, box, where)


def _add_region(region, group, points, boxes, where):
    value = region.get("value") or {}
    width, height = region.get("original_width"), region.get("original_height")
    needed = [width, height, value.get("x"), value.get("y")]
    if not all(map(is_number, needed)) or region.get("image_rotation") or value.get("rotation"):
        raise ConversionError(
            f"{where}: a region must have `x`, `y`, `original_width` and `original_height`, and no rotation. "
            f"Received: {short(region)}."
        )
    x, y = value["x"] / 100 * width, value["y"] / 100 * height
    if region["type"].startswith("keypoint"):
        labels = value.get("keypointlabels") or ["keypoint"]
        points.append(loose_points.Point(labels[0], x, y, 2, group))
    else:
        size = value["width"] / 100 * width, value["height"] / 100 * height
        boxes.append(loose_points.Box(x, y, *size, group))


def _groups(regions) -> dict:
    """The group of each region: the region it lies in in the outline (`parentID`), or is linked to by a relation."""
    groups = {region["id"]: region["parentID"] for region in regions if region.get("parentID")}
    for relation in regions:
        if relation.get("type") == "relation":
            ends = [relation.get("from_id"), relation.get("to_id")]
            root = next((groups[end] for end in ends if end in groups), ends[0])
            groups |= dict.fromkeys(ends, root)
    return groups | {parent: parent for parent in set(groups.values())}


def _name(address: str) -> str:
    """The path of the photo: of an uploaded file, of a file served from a folder (`?d=`), or of another address."""
    parts = urllib.parse.urlsplit(address)
    served = urllib.parse.parse_qs(parts.query).get("d")
    path = served[0] if served else urllib.parse.unquote(parts.path)
    return re.sub(r"^/?(data/upload/(\d+/)?)?", "", path.replace("\\", "/"))
