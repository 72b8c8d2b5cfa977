"""Finds the image that an annotation names, as other programs and systems write names."""

import collections
import functools
import os
import pathlib
import re
import unicodedata
import urllib.parse

from tfpose.pictures import HEIC, PHOTOS, reason_to_skip

_DRIVE = re.compile(r"^[A-Za-z]:")
_HOST = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://[^/]*")
_UPLOADED = re.compile(r"^[0-9a-f]{8}-")  # Label Studio puts it before the names of uploaded files


class ImagePaths:
    """The images under the folder of a data set.

    A path that leaves the folder is never followed, nor is a link that does, unless that is asked for.

    Args:
        root: The folder of the data set.
        folder: The folder of the images, under `root`.
        follow_links: Whether links to files and folders outside of `root` are followed.
    """

    def __init__(self, root: pathlib.Path, folder: str, *, follow_links: bool = False):
        self._root, self._folder, self._follow_links = pathlib.Path(root), folder, follow_links
        self._real_root = os.path.realpath(root)

    def locate(self, name: str, beside: str = "", *, is_foreign: bool = False) -> str:
        """The path under `root` of the image of a name.

        Args:
            name: As annotated: `1.jpg`, `images/1.jpg`, `images\\1.jpg`, or a path of the machine it was annotated on.
            beside: The folder of the annotations, under `root`.
            is_foreign: Whether it is a path on another machine, as absolute names and names with `..` are.

        Returns:
            The first that is there: the name in the folder of images, beside the annotations, in `root`, without the
            name of the folder of images, or, of foreign paths, any end; else the only image under `root` whose path
            ends so, in letters of either case. Without any: the first of these.
        """
        slashed = _HOST.sub("/", name.replace("\\", "/"))
        parts = [part for part in slashed.split("/") if part not in ("", ".", "..") and not _DRIVE.match(part)]
        is_foreign |= slashed.startswith("/") or ".." in slashed.split("/") or bool(_DRIVE.match(slashed))
        candidates = [pathlib.PurePosixPath(start, *parts) for start in dict.fromkeys((self._folder, beside, ""))]
        if is_foreign:
            candidates += [pathlib.PurePosixPath(self._folder, *parts[i:]) for i in range(1, len(parts))]
        elif len(parts) > 1 and parts[0] in ("images", pathlib.PurePath(self._folder).name):
            candidates.append(pathlib.PurePosixPath(self._folder, *parts[1:]))
        found = next((path for path in candidates if _is_file(self._root / path)), None)
        return str(found or self._by_end(parts, is_foreign) or candidates[0])

    def locate_image(self, image: dict, beside: str = "") -> str:
        """As `locate`, of an entry of COCO's `images`, which may have `is_foreign`."""
        return self.locate(image["file_name"], beside, is_foreign=bool(image.get("is_foreign")))

    def reason_not_to_read(self, path: str) -> str:
        """Why an image is not read though it is there: a link leads out of the folder; else an empty text."""
        if self._follow_links or (os.path.realpath(self._root / path) + os.sep).startswith(self._real_root + os.sep):
            return ""
        return f"a link leads out of the folder: {path} (`--follow_links` follows it)"

    def unused(self, used) -> list[str]:
        """The images under `root` that are not among those used, as paths under `root`."""
        used = {pathlib.PurePosixPath(path) for path in used}
        return sorted(str(path) for paths in self._by_name.values() for path in paths if path not in used)

    def skipped(self) -> list[tuple[str, str]]:
        """What looks like an image or a folder of them and is not read, with the reason."""
        return self._walked[1]

    def _by_end(self, parts, is_foreign):
        """The only image whose path ends as named; of a path of another machine, the longest end that one has."""
        spellings = [parts, [urllib.parse.unquote(part) for part in parts]]
        spellings += [[*parts[:-1], _UPLOADED.sub("", part)] for parts in spellings for part in parts[-1:]]
        ends = [parts[i:] for parts in spellings for i in range(len(parts) if is_foreign else min(len(parts), 1))]
        for end in ends:
            plain = list(map(_plain, end))
            alike = [path for path in self._by_name.get(plain[-1], ())
                     if list(map(_plain, path.parts[-len(end) :])) == plain]  # fmt: skip
            if alike:
                return alike[0] if len(alike) == 1 else None
        return None

    @property
    def _by_name(self):
        return self._walked[0]

    @functools.cached_property
    def _walked(self):
        by_name, skipped, seen = collections.defaultdict(list), [], {self._real_root}
        for folder, folders, names in os.walk(self._root, followlinks=True):
            here = pathlib.Path(folder)
            kept = []
            for name in sorted(folders):
                path = (here / name).relative_to(self._root).as_posix()
                real = os.path.realpath(here / name)
                if (here / name).is_symlink() and (reason := self.reason_not_to_read(path)):
                    skipped.append((path, reason))
                elif real not in seen and not name.startswith("."):
                    seen.add(real)  # a link can lead back to where it is
                    kept.append(name)
            folders[:] = kept
            for file in sorted(here / name for name in names):
                path = file.relative_to(self._root)
                if reason := reason_to_skip(file):
                    skipped.append((path.as_posix(), reason))
                elif file.suffix.lower() in PHOTOS + HEIC:
                    by_name[_plain(file.name)].append(pathlib.PurePosixPath(path))
        return by_name, skipped


def _plain(name: str) -> str:
    """A name in small letters; macOS takes letters with accents apart, other systems do not."""
    return unicodedata.normalize("NFC", name).lower()


def _is_file(path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or has a null character
        return False
