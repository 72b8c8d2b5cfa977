"""A JSON file in the form of COCO's keypoints: read, and checked entry by entry.

The form: `images` with `id` and `file_name`; `annotations` with `image_id` and `keypoints`, K times (x, y, v); perhaps
`bbox` (x, y, w, h), `area`, `segmentation`, `iscrowd`; and `categories` (https://cocodataset.org/#format-data).
"""

import collections
import json

from tfrecords_tools.errors import ConversionError


def load(path) -> dict:
    """Reads a JSON file whose top is `{"images": […], "annotations": […], …}`; `categories` may be missing.

    Raises:
        ConversionError: If it is not there, no JSON (with the line), or of another form.
    """
    document = load_json(path)
    for name in ("images", "annotations"):
        if not (isinstance(document, dict) and isinstance(document.get(name), list)):
            raise ConversionError(f"{path} must be in COCO's form and have a list `{name}`.")
        if strange := [i for i, entry in enumerate(document[name]) if not isinstance(entry, dict)]:
            raise ConversionError(f"{path}: {name}[{strange[0]}] must be an object in braces.")
    return document


def load_json(path):
    """Reads any JSON file."""
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConversionError(f"{path} must be a file. Received: nothing of that name.") from None
    except json.JSONDecodeError as error:
        raise ConversionError(f"{path} must be a JSON file. Line {error.lineno}: {error.msg}.") from None
    except UnicodeDecodeError as error:
        raise ConversionError(f"{path} must be a JSON file in UTF-8. Received: {error}.") from None


def named(i: int, entry: dict) -> str:
    """Says which annotation is meant."""
    return f"annotations[{i}] (id {entry.get('id')})"


def grouped(path, document: dict, num_keypoints: int, category_id: int | None = None) -> dict:
    """Checks images and annotations, and groups the latter.

    Args:
        path: Of the file, for what is said of it.
        document: What `load` returns.
        num_keypoints: K.
        category_id: Annotations of other categories are left out; none keeps all.

    Returns:
        Lists of (place in the file, annotation) by the id of the image.

    Raises:
        ConversionError: Naming the first entry that is wrong, and what must hold.
    """
    images = _check_images(path, document["images"])
    by_image = collections.defaultdict(list)
    for i, entry in enumerate(document["annotations"]):
        if category_id is not None and entry.get("category_id", category_id) != category_id:
            continue
        if wrong := _wrong(entry, images, num_keypoints):
            raise ConversionError(f"{path}: {named(i, entry)}: {wrong}")
        by_image[entry["image_id"]].append((i, entry))
    return by_image


def _check_images(path, images):
    ids, names = set(), set()
    for i, image in enumerate(images):
        id, name = image.get("id"), image.get("file_name")
        if not isinstance(id, (str, int)) or id in ids:
            raise ConversionError(f"{path}: images[{i}]: `id` must be there and of no other image. Received: {id!r}.")
        stem = isinstance(name, str) and name.rsplit(".", 1)[0]
        if not stem or stem in names:
            raise ConversionError(
                f"{path}: images[{i}] (id {id}): `file_name` must be there and, without its ending, of no other image. "
                f"Received: {name!r}."
            )
        ids.add(id)
        names.add(stem)
    return ids


def _wrong(entry, images, num_keypoints):
    """What is wrong with an annotation, if anything is."""
    image = entry.get("image_id")
    if not isinstance(image, (str, int)) or image not in images:
        return f"`image_id` must be the `id` of an image. Received: {image!r}."
    values = entry.get("keypoints", [])
    if not _numbers(values) or len(values) not in (0, 3 * num_keypoints):
        return f"`keypoints` must be {num_keypoints} times x, y, v. Received: {_short(values)}."
    if strange := set(values[2::3]) - {0, 1, 2}:
        return f"v must be 0 (not annotated), 1 (occluded) or 2 (visible). Received: {strange.pop()}."
    if (box := entry.get("bbox")) is not None and not (_numbers(box) and len(box) == 4):
        return f"`bbox` must be x, y, width, height. Received: {_short(box)}."
    if (area := entry.get("area")) is not None and not _numbers([area]):
        return f"`area` must be a number. Received: {_short(area)}."
    return None


def _numbers(values) -> bool:
    return isinstance(values, list) and all(isinstance(value, (int, float)) for value in values)


def _short(values) -> str:
    return f"{len(values)} values" if isinstance(values, list) and len(values) > 4 else repr(values)
