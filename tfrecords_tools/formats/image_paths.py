"""Finds the image that an annotation names, as other programs and systems write names."""

import pathlib
import re

_DRIVE = re.compile(r"^[A-Za-z]:")


def locate(root: pathlib.Path, folder: str, name: str) -> str:
    """Finds an image by its name in the annotations; a path that leaves the folder is never followed.

    Args:
        root: The folder of the data set.
        folder: The folder of the images, under `root`.
        name: As annotated: `1.jpg`, `images/1.jpg`, `images\\1.jpg`, or a path of the machine it was annotated on.

    Returns:
        The path under `root` of the first that is there: the name in the folder of images, in `root`, without the name
        of the folder of images, or, for absolute names and names with `..`, any end of the path in the folder of
        images. Without any: the first of these.
    """
    slashed = name.replace("\\", "/")
    parts = [part for part in slashed.split("/") if part not in ("", ".", "..") and not _DRIVE.match(part)]
    foreign = slashed.startswith("/") or ".." in slashed.split("/") or _DRIVE.match(slashed)
    candidates = [pathlib.PurePosixPath(folder, *parts), pathlib.PurePosixPath(*parts)]
    if foreign:
        candidates += [pathlib.PurePosixPath(folder, *parts[i:]) for i in range(1, len(parts))]
    elif len(parts) > 1 and parts[0] in ("images", pathlib.PurePath(folder).name):
        candidates.append(pathlib.PurePosixPath(folder, *parts[1:]))
    return str(next((path for path in candidates if _is_file(root / path)), candidates[0]))


def _is_file(path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or has a null character
        return False
