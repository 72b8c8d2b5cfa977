"""Photos and videos: finds, reads and writes them. Images are RGB `uint8 [H, W, 3]`."""

import dataclasses
import importlib.util
import os
import pathlib
import warnings

import numpy as np

PHOTOS = (".avif", ".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
VIDEOS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")
HEIC = (".heic", ".heif")  # Photos of telephones, read where the package `pillow-heif` is installed.
UNREADABLE = {
    **dict.fromkeys(HEIC, "HEIC, which needs `pip install pillow-heif`"),
    **dict.fromkeys((".j2k", ".jpf", ".jpx", ".cr2", ".dng", ".nef", ".svg"), "a format that is not read"),
}
RATE = 25.0  # Frames per second of a video that does not state it.
MAX_PIXELS = 100_000_000  # Of one image. Its pixels take 0.3 GB, and up to four times as much while it is resampled.


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
                if reason := _reason_to_skip(file):
                    skipped.append((file, reason))
                elif file.suffix.lower() in PHOTOS + HEIC + VIDEOS:
                    inside.append(file)
        if not inside:
            left_out = "".join(f" Skipped: {file}, {reason}." for file, reason in skipped[:3])
            raise ValueError(f"A folder must have photos or videos in it. Received: {str(path)!r}.{left_out}")
        found += [(file, file.relative_to(path)) for file in sorted(inside)]
    return Found(found, skipped)


def read_photo(path, max_pixels=MAX_PIXELS):
    """Reads a photo as a viewer shows it, rotated as its EXIF says.

    Args:
        path: The file.
        max_pixels: Images of more are refused by their header, before they are decoded.

    Raises:
        OSError: If it is no photo that can be read, not a regular file, or has too many pixels.
    """
    import cv2
    from PIL import Image, ImageOps

    path = pathlib.Path(path)
    _check_regular(path)
    is_heic = path.suffix.lower() in HEIC
    if is_heic:
        _register_heic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's warning of large images; its own limit is an error below.
            header = Image.open(path)
    except Image.DecompressionBombError:  # Twice Pillow's own limit.
        raise OSError(f"It has over {2 * Image.MAX_IMAGE_PIXELS:,} pixels, which is never read") from None
    except (Image.UnidentifiedImageError, SyntaxError, ValueError):
        raise OSError("No photo can be read from it") from None
    with header:
        _check_size(*header.size, max_pixels)
        if is_heic:  # OpenCV does not read it.
            return np.array(ImageOps.exif_transpose(header).convert("RGB"))
    try:
        photo = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:  # For an empty file.
        photo = None
    if photo is None:
        raise OSError("No photo can be read from it")
    return photo


def write_photo(path, photo):
    """Writes a file, whole or not at all.

    Raises:
        OSError: If the format cannot hold the photo, such as a JPEG wider than 65,500 pixels.
    """
    import cv2

    try:
        done, encoded = cv2.imencode(path.suffix, photo[..., ::-1])
    except cv2.error:
        done = False
    if not done:
        height, width = photo.shape[:2]
        raise OSError(f"A {path.suffix} cannot be written of {width} x {height} pixels")
    partial = path.with_suffix(f".part{path.suffix}")
    partial.write_bytes(encoded)
    partial.replace(path)


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

    def __init__(self, path, max_pixels=MAX_PIXELS):
        import cv2

        _check_regular(pathlib.Path(path))
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


def _reason_to_skip(file):
    """Why a file in a folder is left out, or an empty text: also for files that look like neither photo nor video."""
    ending = file.suffix.lower()
    if ending in UNREADABLE and not (ending in HEIC and importlib.util.find_spec("pillow_heif")):
        return UNREADABLE[ending]
    if ending in PHOTOS + HEIC + VIDEOS:
        if file.name.startswith("."):
            return "a hidden file"
        if not file.is_file():
            return "not a regular file"
    return ""


def _check_regular(path):
    """Refuses named pipes and devices, whose reading would wait for ever."""
    if path.exists() and not path.is_file():
        raise OSError("It must be a regular file")


def _check_size(width, height, max_pixels):
    if width * height > max_pixels:
        raise OSError(f"It may have {max_pixels:,} pixels, see --max_pixels. Received: {width:.0f} x {height:.0f}")


def _register_heic():
    try:
        import pillow_heif
    except ImportError:
        raise OSError("HEIC needs `pip install pillow-heif`") from None
    pillow_heif.register_heif_opener()
