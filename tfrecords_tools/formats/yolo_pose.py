"""YOLO-pose: data.yaml and a text file for each photo (https://docs.ultralytics.com/datasets/pose)."""

import pathlib

import yaml

from tfpose.pictures import HEIC, PHOTOS
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.coco_json import read_text, short

LOOKS_FOR = "data.yaml with `kpt_shape`, and `labels` beside `images`"
ENDINGS = (".yaml", ".yml")
_LARGEST = 2  # a keypoint may lie outside of the image, by less than its width
_SPLITS = {"train": "train", "val": "valid", "valid": "valid", "test": "test"}


def holds(path: pathlib.Path, head: bytes) -> bool:
    """Whether a file is of this form, by its first bytes."""
    return b"kpt_shape" in head


def by_split(root: pathlib.Path, files: list[pathlib.Path]) -> dict[str, list]:
    """Pairs of the YAML file and the folder, list or photo that it names, by split."""
    if len(files) > 1:
        raise ConversionError(f"{root} must hold one file with `kpt_shape`. Received: {', '.join(map(str, files))}.")
    (file,) = files
    content, found = _load(file), {}
    for key, split in _SPLITS.items():
        places = content.get(key) or []
        for place in [places] if isinstance(places, str) else places:
            found.setdefault(split, []).append((file, place))
    if not found:
        raise ConversionError(f"{file} must name the images: `train`, `val` or `test`. Received: none of them.")
    return found


def read(root: pathlib.Path, files: list, options: dict) -> dict:
    """Reads the photos' text files to a document in COCO's format, whose `coordinates` are `normalised`.

    A photo without a text file is one without people.
    """
    file = files[0][0]
    content = _load(file)
    k, dimensions = content["kpt_shape"]
    images, people = [], []
    follow = options["follow_links"]
    for photo in dict.fromkeys(photo for _, place in files for photo in _photos(root, file, content, place, follow)):
        images.append({"id": len(images) + 1, "file_name": photo.relative_to(root).as_posix()})
        labels = _labels(photo)
        lines = read_text(labels).splitlines() if labels.is_file() else []
        for number, line in enumerate(lines, start=1):
            if line.strip():
                person = _person(line.split(), k, dimensions, f"{labels}, line {number}")
                people.append(person | {"id": len(people) + 1, "image_id": len(images)})
    category = _category(file, content, k)
    if "keypoints" not in category and not (root / options["skeleton"]).exists():
        raise ConversionError(
            f"{file} must name its {k} keypoints as `kpt_names`, or {root / options['skeleton']} as `keypoints`, in "
            "their order: YOLO's text files have no names. Received: neither."
        )
    return {"images": images, "annotations": people, "categories": [category], "coordinates": "normalised"}


def _category(file, content, k):
    """The category; `flip` is by index, and names may be missing."""
    names = content.get("kpt_names")
    names = next(iter(names.values()), None) if isinstance(names, dict) else names
    if names is not None and (not isinstance(names, list) or len(names) != k):
        raise ConversionError(f"{file}: `kpt_names` must be {k} names. Received: {short(names)}.")
    flip = content.get("flip_idx")
    flip = None if flip == list(range(k)) else flip  # Roboflow writes this where nobody said what mirrors what
    if flip is not None and (not isinstance(flip, list) or sorted(map(str, flip)) != sorted(map(str, range(k)))):
        raise ConversionError(f"{file}: `flip_idx` must be the numbers 0 … {k - 1}. Received: {short(flip)}.")
    category = {"id": 1, "name": "own", "num_keypoints": k} | ({} if flip is None else {"flip": flip})
    return category | ({"keypoints": [str(name) for name in names]} if names else {})


def _person(words, k, dimensions, where):
    """A line: class, centre and size of the box, and keypoints, as fractions of width and height."""
    try:
        values = [float(word) for word in words]
    except ValueError:
        raise ConversionError(f"{where} must be numbers. Received: {short(' '.join(words))}.") from None
    if len(values) not in (5, 5 + k * dimensions):
        raise ConversionError(
            f"{where} must be class, x, y, width, height and {k} keypoints of {dimensions} numbers, as "
            f"`kpt_shape` says: {5 + k * dimensions} numbers. Received: {len(values)}."
        )
    xy = [*values[1:5], *(value for i, value in enumerate(values[5:]) if i % dimensions < 2)]
    if not all(abs(value) <= _LARGEST for value in xy):  # also NaN
        raise ConversionError(f"{where} must be fractions of width and height, 0 … 1. Received: {max(xy, key=abs):g}.")
    _, x, y, width, height = values[:5]
    points = []
    for i in range(5, len(values), dimensions):
        point = values[i : i + dimensions]
        v = point[2] if dimensions == 3 else 2.0 * any(point)  # without visibility, (0, 0) is not annotated
        points += [*point[:2], v]
    box = [x - width / 2, y - height / 2, width, height]
    return {"category_id": 1, "bbox": box, "keypoints": points, "where": where}


def _load(file):
    try:
        text = read_text(file)
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):  # they can grow without end
            raise ConversionError(f"{file} must be YAML without aliases (`*name`).")
        content = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ConversionError(f"{file} must be a YAML file. Received: {short(str(error))}.") from None
    shape = content.get("kpt_shape") if isinstance(content, dict) else None
    if not (isinstance(shape, list) and len(shape) == 2 and shape[1] in (2, 3) and isinstance(shape[0], int)):
        raise ConversionError(f"{file}: `kpt_shape` must be [keypoints, 2 or 3]. Received: {short(shape)}.")
    return content


def _photos(root, file, content, place, follow):
    """The photos of a place: all of a folder, or those of a text file; as written on another machine, too."""
    found = _locate(root, file, content, str(place), follow)
    if found.is_dir():
        return sorted(path for path in found.rglob("*") if path.suffix.lower() in PHOTOS + HEIC and path.name[0] != ".")
    if found.suffix.lower() in PHOTOS + HEIC:
        return [found]
    lines = read_text(found).splitlines()
    return [_locate(root, file, content, line.strip(), follow) for line in lines if line.strip()]


def _locate(root, file, content, place, follow):
    """A path of the YAML file: relative to its `path` or its folder, or by the end of the path that is there."""
    parts = [part for part in place.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    starts = [file.parent / str(content.get("path") or ""), file.parent, root]
    ends = [start.joinpath(*parts[i:]) for i in range(len(parts)) for start in starts]
    there = [path for path in ends if path.exists() and path.is_relative_to(root)]
    inside = [path for path in there if follow or path.resolve().is_relative_to(root.resolve())]
    if not inside:
        why = f", a link that leads out of it (`--follow_links` follows it): {there[0]}" if there else ""
        looked = "" if there else f", looked for as {ends[0]}"
        raise ConversionError(f"{file} must name images under {root}. Received: {place}{why or looked}.")
    return inside[0]


def _labels(photo):
    """The text file of a photo: `labels` in place of the last folder `images` in its path, or beside it."""
    parts = list(photo.with_suffix(".txt").parts)
    for i in reversed(range(len(parts) - 1)):
        if parts[i] == "images":
            return pathlib.Path(*parts[:i], "labels", *parts[i + 1 :])
    return pathlib.Path(*parts)
