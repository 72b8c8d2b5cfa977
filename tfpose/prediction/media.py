"""Finds photos and videos, and names the files of their drawings."""

import dataclasses
import os
import pathlib

from tfpose import pictures

VIDEOS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")


@dataclasses.dataclass(frozen=True)
class Found:
    """Photos and videos that were searched for.

    Attributes:
        files: Each file, and its path relative to the folder it was found in; for a file given by itself, its name;
            for the number of a camera, such as 0, `camera_0.mp4`.
        skipped: Files and folders that were left out, with the reason.
    """

    files: list[tuple[pathlib.Path, pathlib.Path]]
    skipped: list[tuple[pathlib.Path, str]]


def find(paths) -> Found:
    """Finds photos and videos: files given by themselves, whatever their names, and all in folders and their folders.

    Linked folders inside of folders are skipped, since a link can lead back to where it is; so are hidden files, such
    as the `._photo.jpg` that macOS leaves beside photos.

    Raises:
        ValueError: If a folder has no photo or video.
    """
    found, skipped = [], []
    for path in map(pathlib.Path, paths):
        if not path.is_dir():
            name = f"camera_{path}.mp4" if is_camera(path) else path.name
            found.append((path, pathlib.Path(name)))
            continue
        inside = []
        for folder, folders, names in os.walk(path):
            here = pathlib.Path(folder)
            skipped += [(here / name, "a linked folder") for name in sorted(folders) if (here / name).is_symlink()]
            for file in (here / name for name in names):
                if reason := pictures.reason_to_skip(file, pictures.PHOTOS + VIDEOS):
                    skipped.append((file, reason))
                elif file.suffix.lower() in pictures.PHOTOS + pictures.HEIC + VIDEOS:
                    inside.append(file)
        if not inside:
            left_out = "".join(f" Skipped: {file}, {reason}." for file, reason in skipped[:3])
            raise ValueError(f"A folder must have photos or videos in it. Received: {str(path)!r}.{left_out}")
        found += [(file, file.relative_to(path)) for file in sorted(inside)]
    return Found(found, skipped)


def name_drawn(name):
    """Returns the name for the drawing of a photo or video: its own, if that is of a format that is written."""
    written = (".mp4",) if is_video(name) else (".jpg", ".jpeg", ".png")
    return name if name.suffix.lower() in written else name.with_name(name.name + written[0])


def is_camera(path) -> bool:
    """Whether the path is the number of a camera, such as 0, and not a file."""
    return str(path).isdecimal() and not path.exists()


def is_video(path) -> bool:
    """Whether the ending of the file name is that of a video."""
    return path.suffix.lower() in VIDEOS
