"""JSON files in the format of COCO's keypoints, read and checked value by value.

The format: `images` with `id` and `file_name`; `annotations` with `image_id` and `keypoints`, K times (x, y, v);
optionally `bbox` (x, y, w, h), `area`, `segmentation`, `iscrowd`; and `categories`
(https://cocodataset.org/#format-data). An error names the path of the value, such as `annotations[3].bbox`.
"""

import collections
import json
import math

from tfrecords_tools.errors import ConversionError

_CROWD = {0: 0, 1: 1}  # also matches false, true, 0.0 and 1.0
_LARGEST = 2**100  # fits float32; larger whole numbers are typing errors


def load(path) -> dict:
    """Reads a JSON file whose top is `{"images": […], "annotations": […], …}`; `categories` may be missing or null.

    Sizes of images that are written as `192.0` or `"192"` are returned as whole numbers, and `iscrowd` as 0 or 1. Ids
    that annotations write otherwise than images and categories do, such as `"7"` for 7, are returned as those do.

    Raises:
        ConversionError: If it is not there, not JSON (naming the line), or of another form (naming the value).
    """
    return check(path, load_json(path))


def check(path, document) -> dict:
    """Checks that a document has the lists of COCO's format, as `load` does."""
    for name in ("images", "annotations"):
        if not (isinstance(document, dict) and isinstance(document.get(name), list)):
            raise ConversionError(f"{path} must be in COCO's format and have a list `{name}`.")
        _check_objects(path, name, document[name])
    categories = document.get("categories") or []
    if not isinstance(categories, list):
        raise ConversionError(f"{path}: `categories` must be a list of objects. Received: {short(categories)}.")
    _check_objects(path, "categories", categories)
    images = [_with_size(path, i, image) for i, image in enumerate(document["images"])]
    annotations = [_with_crowd(path, i, entry) for i, entry in enumerate(document["annotations"])]
    for field, owners in (("image_id", images), ("category_id", categories)):
        annotations = _with_ids(annotations, field, [owner.get("id") for owner in owners])
    return document | {"images": images, "annotations": annotations, "categories": categories}


def load_json(path):
    """Reads any JSON file in UTF-8, with or without a byte order mark."""
    try:
        with open(path, encoding="utf-8-sig") as file:  # `read_text` of TFDS's paths ignores the encoding
            return json.load(file)
    except FileNotFoundError:
        raise ConversionError(f"{path} must be a file. Received: nothing of that name.") from None
    except OSError as error:
        raise ConversionError(f"{path} must be a file. Received: {error.strerror}.") from None
    except json.JSONDecodeError as error:
        raise ConversionError(f"{path} must be a JSON file. Line {error.lineno}: {error.msg}.") from None
    except UnicodeDecodeError as error:
        raise ConversionError(f"{path} must be a JSON file in UTF-8. Received: {error}.") from None
    except RecursionError:
        raise ConversionError(f"{path} must be a JSON file. Received: lists or objects nested too deeply.") from None
    except ValueError as error:  # a whole number of thousands of digits
        raise ConversionError(f"{path} must be a JSON file. Received: {error}.") from None


def read_text(path) -> str:
    """Reads a text file in UTF-8, with or without a byte order mark."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise ConversionError(f"{path} must be a text file in UTF-8. Received: {error}.") from None
    except OSError as error:
        raise ConversionError(f"{path} must be a text file. Received: {error.strerror}.") from None


def value_path(i: int, entry: dict, field: str = "") -> str:
    """Names a value of an annotation: `annotations[3].bbox` (id 7), or by its file in forms other than COCO's."""
    if "where" in entry:
        return f"{entry['where']}: `{field}`" if field else entry["where"]
    return f"`annotations[{i}]{field and '.'}{field}` (id {short(entry.get('id'))})"


def grouped(path, document: dict, num_keypoints: int, category_id=None) -> dict:
    """Checks images and annotations, and groups the latter.

    Args:
        path: The file, for error messages.
        document: What `load` returns.
        num_keypoints: K.
        category_id: An id or a tuple of them. Annotations of other categories are left out, see `left_out`; none keeps
            all.

    Returns:
        Lists of (index in the file, annotation) by the id of the image.

    Raises:
        ConversionError: Naming the first value that is wrong, and what must hold.
    """
    images = check_images(path, document["images"])
    by_image = collections.defaultdict(list)
    for i, entry in enumerate(document["annotations"]):
        if not _is_of(entry, category_id):
            continue
        if wrong := _wrong(entry, images, num_keypoints):
            field, must = wrong
            raise ConversionError(f"{path}: {value_path(i, entry, field)} must be {must}.")
        by_image[entry["image_id"]].append((i, entry))
    return by_image


def left_out(document: dict, category_id) -> list[tuple]:
    """The annotations of other categories, which `grouped` leaves out, as pairs of the image's id and the reason."""
    names = {str(category.get("id")): category.get("name") for category in document["categories"]}
    rows = []
    for entry in document["annotations"]:
        if not _is_of(entry, category_id):
            other = entry.get("category_id")
            own = ", ".join(map(repr, category_id)) if isinstance(category_id, tuple) else repr(category_id)
            known = f"of the category {names.get(str(other))!r}, not of the one with keypoints, {own}"
            unknown = f"`category_id` is {other!r}, which is none of `categories`: the one with keypoints has the id "
            rows.append((entry.get("image_id"), known if str(other) in names else f"{unknown}{own}"))
    return rows


def is_number(value) -> bool:
    """Whether a JSON value is a number that float32 can hold, or NaN or Infinity, which Python's reader accepts."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return isinstance(value, float) or abs(value) < _LARGEST


def short(value) -> str:
    """A value as JSON, cut off where it is long."""
    if isinstance(value, list) and len(value) > 4:
        return f"{len(value)} values"
    written = json.dumps(value, ensure_ascii=False, default=str)
    return written if len(written) <= 80 else f"{written[:77]}…"


def _is_of(entry, category_id):
    if category_id is None or "category_id" not in entry:
        return True
    return entry["category_id"] in (category_id if isinstance(category_id, tuple) else (category_id,))


def _check_objects(path, name, entries):
    for i, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise ConversionError(f"{path}: `{name}[{i}]` must be an object in braces. Received: {short(entry)}.")


def _with_size(path, i, image):
    """The image with `height` and `width` as whole numbers, both or neither."""
    given = {name: image[name] for name in ("height", "width") if image.get(name) is not None}
    numbers = {name: _whole(value) for name, value in given.items()}
    for name, number in numbers.items():
        if number is None or not 0 < number < 2**31:
            raise ConversionError(
                f"{path}: `images[{i}].{name}` must be a whole number of pixels. Received: {short(given[name])}."
            )
    rest = {name: value for name, value in image.items() if name not in ("height", "width")}
    return rest | (numbers if len(numbers) == 2 else {})


def _with_crowd(path, i, entry):
    crowd = entry.get("iscrowd")
    if crowd is None:
        return entry
    if isinstance(crowd, (list, dict, str)) or crowd not in _CROWD:
        raise ConversionError(
            f"{path}: {value_path(i, entry, 'iscrowd')} must be 0, 1, true or false. Received: {short(crowd)}."
        )
    return entry | {"iscrowd": _CROWD[crowd]}


def _with_ids(annotations, field, ids):
    """The annotations with ids as `ids` writes them, where their texts are the same."""
    known = {_text(id): id for id in ids if isinstance(id, (str, int, float))}
    if len(known) < len(ids):  # 7 and "7" are two
        return annotations
    return [entry | {field: known.get(_text(entry[field]), entry[field])} if _has_id(entry, field) else entry
            for entry in annotations]  # fmt: skip


def _has_id(entry, field):
    return isinstance(entry.get(field), (str, int, float))


def _text(id):
    return str(int(id)) if isinstance(id, float) and id.is_integer() else str(id)


def _whole(value):
    """A whole number, also if it is written as a float or as text; else none."""
    try:
        number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return int(number) if math.isfinite(number) and number == int(number) else None


def check_images(path, images):
    """Checks that images have ids and names of their own. Returns the ids.

    Raises:
        ConversionError: Naming the first value that is wrong.
    """
    ids, names = set(), set()
    for i, image in enumerate(images):
        id, name = image.get("id"), image.get("file_name")
        if not isinstance(id, (str, int)) or id in ids:
            raise ConversionError(
                f"{path}: `images[{i}].id` must be a number or text, and of no other image. Received: {short(id)}."
            )
        stem = isinstance(name, str) and name.rsplit(".", 1)[0]
        if not stem or stem in names:
            raise ConversionError(
                f"{path}: `images[{i}].file_name` (id {id}) must be there and, without its ending, of no other image. "
                f"Received: {short(name)}."
            )
        ids.add(id)
        names.add(stem)
    return ids


def _wrong(entry, images, num_keypoints):
    """The field of an annotation that is wrong and what it must be, or none."""
    image = entry.get("image_id")
    if not isinstance(image, (str, int)) or image not in images:
        return "image_id", f"the `id` of an image. Received: {short(image)}"
    values = entry.get("keypoints")
    values = [] if values is None else values
    if isinstance(values, list):
        for n, value in enumerate(values):
            if not is_number(value):
                return f"keypoints[{n}]", f"a number. Received: {short(value)}"
    if not isinstance(values, list) or len(values) not in (0, 3 * num_keypoints):
        return "keypoints", f"{num_keypoints} times x, y, v: {3 * num_keypoints} numbers. Received: {short(values)}"
    for n, v in enumerate(values[2::3]):
        if v not in (0, 1, 2):
            return f"keypoints[{3 * n + 2}]", f"v: 0 (not annotated), 1 (occluded) or 2 (visible). Received: {short(v)}"
    box = entry.get("bbox")
    if not (box is None or (isinstance(box, list) and len(box) in (0, 4) and all(map(is_number, box)))):
        return "bbox", f"x, y, width, height. Received: {short(box)}"
    if not (entry.get("area") is None or is_number(entry["area"])):
        return "area", f"a number. Received: {short(entry['area'])}"
    return None
