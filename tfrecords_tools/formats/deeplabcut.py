"""DeepLabCut: CollectedData_*.csv beside the frames, of one animal or several (https://deeplabcut.github.io)."""

import collections
import csv
import io
import math
import pathlib

from tfpose.commands import reading
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import splits
from tfrecords_tools.formats.coco_json import read_text
from tfrecords_tools.formats.named_people import NamedPeople

LOOKS_FOR = "CollectedData_*.csv of DeepLabCut in labeled-data (it lies beside the .h5 of the same name)"
ENDINGS = (".csv",)

by_split = splits.by_name


def holds(path: pathlib.Path, head: bytes) -> bool:
    """Whether a file is of this form, by its name and first bytes."""
    return path.name.startswith("CollectedData") and head.lstrip(b"\xef\xbb\xbf").startswith(b"scorer")


def read(root: pathlib.Path, files: list[pathlib.Path], options: dict) -> dict:
    """Reads the tables to a document in COCO's format. There are no boxes: those of the keypoints are taken."""
    tables = [(file, *_table(file)) for file in files]
    names = dict.fromkeys(name for _, columns, _ in tables for _, name, _ in columns)
    found = NamedPeople(list(names), _limbs(root))
    for file, columns, rows in tables:
        for number, index, values in rows:
            where = f"{file}, line {number}"
            image = found.add_image(_path(root, file, index))
            for person in _people(columns, values, where):
                found.add_person(image, person, where=where)
    return found.document()


def _table(file):
    """The columns as (individual, keypoint, x or y), and rows of the line, the words of the index, and the values."""
    try:
        lines = list(csv.reader(io.StringIO(read_text(file), newline="")))
    except csv.Error as error:
        raise ConversionError(f"{file} must be a table of values and commas. Received: {error}.") from None
    head = {line[0]: line for line in lines[:4] if line and line[0] in ("scorer", "individuals", "bodyparts", "coords")}
    if not {"bodyparts", "coords"} <= set(head):
        raise ConversionError(f"{file} must begin with rows `scorer`, `bodyparts` and `coords`, as of DeepLabCut.")
    first = next((i for i, word in enumerate(head["coords"]) if word in ("x", "y")), 1)  # after an index of 1 or 3
    individuals = head.get("individuals", [""] * len(head["coords"]))
    columns = list(zip(individuals, head["bodyparts"], head["coords"], strict=False))[first:]
    axes = collections.defaultdict(list)
    for individual, name, axis in columns:
        axes[individual, name].append(axis)
    if wrong := [
        name for (_, name), found in axes.items() if sorted(found) not in (["x", "y"], ["likelihood", "x", "y"])
    ]:
        raise ConversionError(
            f"{file} must have a column x and a column y of each keypoint. Received: not of {wrong[0]}."
        )
    rows = [(number, line[:first], line[first:]) for number, line in enumerate(lines, start=1)
            if number > len(head) and any(line)]  # fmt: skip
    for number, _, values in rows:
        if len(values) != len(columns):
            raise ConversionError(f"{file}, line {number} must have {len(columns)} values. Received: {len(values)}.")
    return columns, rows


def _people(columns, values, where):
    """The keypoints of each individual, by name; an empty or NaN value is not annotated."""
    people = {}
    for (individual, name, axis), value in zip(columns, values, strict=True):
        try:
            number = float(value) if value.strip() else math.nan
        except ValueError:
            raise ConversionError(f"{where} must be numbers. Received: {value!r} for {name}.") from None
        people.setdefault(individual, {}).setdefault(name, {})[axis] = number
    for points in people.values():
        known = {name: point for name, point in points.items() if not math.isnan(point["x"] + point["y"])}
        if known:
            yield {name: (point["x"], point["y"], 2) for name, point in known.items()}


def _path(root, file, index):
    """The frame of a row: the last words of its index are a folder, perhaps renamed, and the file's name."""
    name = "/".join(index).replace("\\", "/").split("/")[-1]
    return (file.parent / name).relative_to(root).as_posix()


def _limbs(root):
    """The limbs of the project's config.yaml, if it is there."""
    for config in (root / "config.yaml", root.parent / "config.yaml"):
        try:
            pairs = reading.read_yaml(config).get("skeleton") or []
            return [(first, second) for first, second in pairs if isinstance(first, str) and isinstance(second, str)]
        except (ValueError, AttributeError, TypeError):
            continue
    return []
