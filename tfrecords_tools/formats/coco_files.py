"""COCO's format as other tools lay it out: annotations/, a file in each split's folder, labels.json, result.json."""

import pathlib
import re

from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import coco_json
from tfrecords_tools.formats.splits import split_of

LOOKS_FOR = "train.json, or JSON files in COCO's format with keypoints in the folder, in annotations/ or in train/"
ENDINGS = (".json",)
DEPTH = 3  # parts of the paths at which files are looked for


def holds(path: pathlib.Path, head: bytes) -> bool:
    """Whether a file is of this form: it must have `images`, `annotations`, and keypoints somewhere."""
    if path.name == "skeleton.json" or not re.search(rb'"(images|annotations|categories|info|licenses)"\s*:', head):
        return False
    with path.open("rb") as file:
        text = file.read()
    return all(re.search(rb'"%s"\s*:\s*\[' % name, text) for name in (b"images", b"annotations", b"keypoints"))


def by_split(root: pathlib.Path, files: list[pathlib.Path]) -> dict[str, list[pathlib.Path]]:
    """One file for each split, told by the names of files and folders, or one for all."""
    found = {}
    for file in files:
        found.setdefault(split_of(str(file.relative_to(root))), []).append(file)
    several = [several for several in found.values() if len(several) > 1]
    several += [files] if "" in found and len(found) > 1 else []
    if several:
        names = ", ".join(str(file.relative_to(root)) for file in several[0])
        raise ConversionError(
            f"{root} must hold one file of annotations for each split: name them with `--train` and `--test`. "
            f"Received: {names}."
        )
    return {split or "train": files for split, files in found.items()}


def read(root: pathlib.Path, files: list[pathlib.Path], options: dict) -> dict:
    """Reads the only file of a split; its images are looked for beside it, too."""
    (file,) = files
    return coco_json.load(file) | {"beside": file.parent.relative_to(root).as_posix()}
