"""Finds photos and videos, and reads and writes videos. Images are RGB `uint8 [H, W, 3]`."""

import dataclasses
import os
import pathlib

import numpy as np

from tfpose import pictures

VIDEOS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")
RATE = 25.0  # Frames per second of a video that does not state it.


@dataclasses.dataclass(frozen=True)
class Found:
    """Photos and videos that were searched for.

    Attributes:
        files: Each file, and its path relative to the folder it was found in; for a file given by itself, its name.
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
            found.append((path, pathlib.Path(path.name)))
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


def is_video(path) -> bool:
    """Whether the ending of the file name is that of a video."""
    return path.suffix.lower() in VIDEOS


class Video:
    """The frames of a video, in turn.

    Args:
        path: The file.
        max_pixels: Videos with larger frames are refused.

    Attributes:
        rate: Frames per second.

    Raises:
        OSError: If no video can be read from it, it is not a regular file, or its frames are too large.
    """

    def __init__(self, path, max_pixels=pictures.MAX_PIXELS):
        import cv2

        pictures.check_regular(pathlib.Path(path))
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise OSError("No video can be read from it")
        width, height = (self._capture.get(key) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        _check_size(width, height, max_pixels)
        self.rate = self._capture.get(cv2.CAP_PROP_FPS) or RATE

    def __iter__(self):
        while True:
            is_read, frame = self._capture.read()
            if not is_read:
                self._capture.release()
                return
            yield frame[..., ::-1]


class VideoWriter:
    """Writes a video, frame by frame, as a context manager; an interrupted one leaves no file.

    Args:
        path: The file, an `.mp4`.
        rate: Frames per second.
    """

    def __init__(self, path, rate):
        self._path, self._partial = path, path.with_suffix(f".part{path.suffix}")
        self._rate = rate
        self._writer = None

    def __enter__(self):
        return self

    def write(self, frame):
        import cv2

        if self._writer is None:
            codec = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._partial), codec, self._rate, frame.shape[1::-1])
        self._writer.write(np.ascontiguousarray(frame[..., ::-1]))

    def __exit__(self, error, *_):
        if self._writer is not None:
            self._writer.release()
            self._partial.unlink() if error else self._partial.replace(self._path)


def _check_size(width, height, max_pixels):
    if width * height > max_pixels:
        raise OSError(f"more than {max_pixels:,} pixels, see --max_pixels: {width:.0f} x {height:.0f}")
