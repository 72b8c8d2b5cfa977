"""Photos and videos: finds, reads and writes them. Pictures are RGB `uint8 [H, W, 3]`."""

import pathlib

import numpy as np

PHOTOS = (".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
VIDEOS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")
RATE = 25.0  # Pictures per second of a video that does not tell.


def find(paths) -> list[tuple[pathlib.Path, pathlib.Path]]:
    """Files by themselves, and all photos and videos in folders and folders in these.

    Returns:
        Each file, and where it lies in the folder it was found in; for a file by itself, its name.

    Raises:
        ValueError: If a folder has none.
    """
    found = []
    for path in map(pathlib.Path, paths):
        if not path.is_dir():
            found.append((path, pathlib.Path(path.name)))
            continue
        inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in PHOTOS + VIDEOS)
        if not inside:
            raise ValueError(f"A folder must have photos or videos in it. Received: {str(path)!r}.")
        found += [(file, file.relative_to(path)) for file in inside]
    return found


def read_photo(path):
    """The photo as a viewer shows it, turned as its EXIF says.

    Raises:
        OSError: If it cannot be read.
    """
    import cv2

    try:
        photo = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:  # Of an empty file.
        photo = None
    if photo is None:
        raise OSError("No photo can be read from it")
    return photo


def write_photo(path, photo):
    """Writes a file that is there whole, or not at all."""
    import cv2

    partial = path.with_suffix(f".part{path.suffix}")
    partial.write_bytes(cv2.imencode(path.suffix, photo[..., ::-1])[1])
    partial.replace(path)


def name_drawn(name):
    """The name under which a photo or video is drawn: its own, where that is a format that can be written."""
    written = (".mp4",) if is_video(name) else (".jpg", ".jpeg", ".png")
    return name if name.suffix.lower() in written else name.with_name(name.name + written[0])


def is_video(path) -> bool:
    """Whether the file's name is a video's."""
    return path.suffix.lower() in VIDEOS


class Video:
    """The pictures of a video, one after the other.

    Args:
        path: The file.

    Attributes:
        rate: Pictures per second.

    Raises:
        OSError: If it cannot be read.
    """

    def __init__(self, path):
        import cv2

        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise OSError("No video can be read from it")
        self.rate = self._capture.get(cv2.CAP_PROP_FPS) or RATE

    def __iter__(self):
        while True:
            there, picture = self._capture.read()
            if not there:
                self._capture.release()
                return
            yield picture[..., ::-1]


class VideoWriter:
    """Writes a video, picture by picture, in a `with`; an interrupted one leaves no file.

    Args:
        path: The file, an `.mp4`.
        rate: Pictures per second.
    """

    def __init__(self, path, rate):
        self._path, self._partial = path, path.with_suffix(f".part{path.suffix}")
        self._rate = rate
        self._writer = None

    def __enter__(self):
        return self

    def write(self, picture):
        import cv2

        if self._writer is None:
            codec = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._partial), codec, self._rate, picture.shape[1::-1])
        self._writer.write(np.ascontiguousarray(picture[..., ::-1]))

    def __exit__(self, error, *_):
        if self._writer is not None:
            self._writer.release()
            self._partial.unlink() if error else self._partial.replace(self._path)
