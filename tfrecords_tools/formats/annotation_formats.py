"""The forms of annotations that the converter `own` reads, and the search for them in a folder.

To add one, write a module with

* `LOOKS_FOR`: what it looks for, in words, and `ENDINGS` of names of files;
* `holds(path, head)`: whether a file is of this form, by its path and its first bytes;
* `by_split(root, files)`: what there is to read, by split: `train`, `valid`, `test`;
* `read(root, files, options)`: a document in COCO's format (see `coco_json`) of one split,

and add a line to `FORMATS`.
"""

import collections
import os
import pathlib
import types
from typing import NamedTuple

from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import coco_files, cvat_xml, deeplabcut, label_studio, labelme, sleap, yolo_pose

FORMATS = {
    "coco": coco_files,
    "yolo": yolo_pose,
    "labelme": labelme,
    "cvat": cvat_xml,
    "label_studio": label_studio,
    "deeplabcut": deeplabcut,
    "sleap": sleap,
}
_HEAD = 65536  # bytes that tell the form: labelme writes the photo itself after the points


class Source(NamedTuple):
    """Annotations that were found.

    Attributes:
        name: One of `FORMATS`.
        files: What `read` of its module takes, by split.
    """

    name: str
    files: dict[str, list]

    @property
    def format(self) -> types.ModuleType:
        """The module that reads them."""
        return FORMATS[self.name]


def find(root: pathlib.Path, name: str = "auto") -> Source:
    """Looks for annotations in a folder and its folders; hidden files and linked folders are not looked at.

    Args:
        root: The folder.
        name: One of `FORMATS`, or `auto`: the only one that is there.

    Raises:
        ConversionError: If there are none, or several forms, or the name is unknown.
    """
    if name not in ("auto", *FORMATS):
        raise ConversionError(f"`format` must be a known one. Received: {name!r}. Known: auto, {', '.join(FORMATS)}.")
    every = list(_files(root))
    asked = list(FORMATS) if name == "auto" else [name]
    found = {form: files for form in asked if (files := [path for path in every if _is_of(form, path, root)])}
    if len(found) > 1:
        seen = "; ".join(f"{form}: {files[0].relative_to(root)}" for form, files in found.items())
        raise ConversionError(f"{root} must hold annotations of one form, or `--format` say which. Received: {seen}.")
    if not found:
        looked = "; ".join(f"{form}: {FORMATS[form].LOOKS_FOR}" for form in asked)
        raise ConversionError(
            f"{root} must hold annotations of a known form. Received: {_contents(every)}. Looked for: {looked}."
        )
    ((form, files),) = found.items()
    return Source(form, FORMATS[form].by_split(root, files))


def of_file(path: pathlib.Path, name: str = "auto") -> str:
    """The form of one file.

    Raises:
        ConversionError: If it is not there, or of none.
    """
    if not path.is_file():
        raise ConversionError(f"{path} must be a file. Received: nothing of that name.")
    asked = list(FORMATS) if name == "auto" else [name]
    head = _head(path)
    found = [form for form in asked if path.suffix.lower() in FORMATS[form].ENDINGS and FORMATS[form].holds(path, head)]
    return found[0] if found else "coco"  # its reader says what is wrong


def _files(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield pathlib.Path(folder, name)


def _is_of(form, path, root):
    module = FORMATS[form]
    if path.suffix.lower() not in module.ENDINGS or not path.is_file():
        return False
    depth = getattr(module, "DEPTH", None)
    if depth is not None and len(path.relative_to(root).parts) > depth:
        return False
    return module.holds(path, _head(path))


def _head(path):
    with path.open("rb") as file:
        return file.read(_HEAD)


def _contents(files):
    counts = collections.Counter(path.suffix.lower() or "no ending" for path in files)
    return ", ".join(f"{n} × {ending}" for ending, n in counts.most_common(6)) or "no files"
