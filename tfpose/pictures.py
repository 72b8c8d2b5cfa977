"""Still pictures: reads and writes them by one rule for formats, sizes and EXIF orientation.

Prediction and conversion both read through this module, so that a network is shown the pixels it was trained on. Pillow
reads the header before any pixel is decoded, OpenCV decodes, and `turn` turns the pixels. Pixels are RGB
`uint8 [H, W, 3]`.
"""

import functools
import importlib.util
import io
import pathlib
import warnings
from typing import BinaryIO, NamedTuple

import numpy as np

from tfpose.commands.paths import replacing

HEIC = (".heic", ".heif", ".hif")  # photos of telephones, read where the package `pillow-heif` is installed
PHOTOS = (
    ".avif", ".bmp", ".gif", ".j2k", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpf", ".jpg", ".jpx", ".mpo", ".png", ".tif",
    ".tiff", ".webp",
)  # fmt: skip
UNREADABLE = {
    **dict.fromkeys(HEIC, "HEIC, which needs `pip install pillow-heif`"),
    **dict.fromkeys((".arw", ".cr2", ".cr3", ".dng", ".nef", ".psd", ".svg", ".jxl"), "a format that is not read"),
}
MAX_PIXELS = 100_000_000  # of one image. Its pixels take 0.3 GB, and up to four times as much while it is resampled

# Only these plugins of Pillow are tried: others start programs (EPS) or are rarely maintained.
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "JPEG2000", "PPM")
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1")
_ORIENTATION = 0x0112  # the EXIF tag: 1 upright, 2 mirrored, 3 turned by 180°, 6 and 8 by 90°, 5 and 7 both
_INVERSE = {6: 8, 8: 6}  # the other orientations are their own inverse


class UnusableError(OSError):
    """A picture that cannot be used; the message is the reason, the same for all of a kind up to its first `: `."""


class Header(NamedTuple):
    """The header of a picture.

    Attributes:
        format: Pillow's name of the format, such as `JPEG`.
        mode: Pillow's name of the kind of pixels, such as `RGB`.
        size: `(height, width)` of the stored pixels.
        orientation: The EXIF orientation, 1 to 8; 1 is upright.
        exif: The raw EXIF block, empty without one.
        is_deep: Whether channels have 16 bits, of which the upper 8 are read.
    """

    format: str
    mode: str
    size: tuple[int, int]
    orientation: int
    exif: bytes
    is_deep: bool


def read_photo(path, max_pixels=MAX_PIXELS):
    """Reads a photo as a viewer shows it, turned upright as its EXIF says.

    Args:
        path: The file.
        max_pixels: Pictures of more pixels are refused by their header, before they are decoded.

    Returns:
        RGB `uint8 [H, W, 3]`.

    Raises:
        OSError: If it is no picture that can be read, not a regular file, or has too many pixels.
    """
    path = pathlib.Path(path)
    check_regular(path)
    with path.open("rb") as file:
        header = read_header(file, max_pixels)
    return turn(decode(path.read_bytes(), header), header.orientation)


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
    with replacing(path) as partial:
        partial.write_bytes(encoded)


def read_header(file: BinaryIO, max_pixels: int = MAX_PIXELS) -> Header:
    """Reads the header of a picture without decoding its pixels.

    Raises:
        UnusableError: If it is of an unknown format, damaged, or has more than `max_pixels` pixels.
    """
    import PIL.Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit of pixels, and odd metadata
            image = PIL.Image.open(file, formats=_formats())
            is_deep = bool(image.tile) and "16" in str(image.tile[0][3])  # the raw mode, such as RGB;16B
            if image.height * image.width <= max_pixels:
                orientation, exif = image.getexif().get(_ORIENTATION, 1), image.info.get("exif", b"")  # decodes PNGs
    except PIL.Image.DecompressionBombError:
        limit = min(max_pixels, 2 * PIL.Image.MAX_IMAGE_PIXELS)  # twice Pillow's own limit is an error
        raise UnusableError(f"more than {limit:,} pixels") from None
    except Exception:  # Pillow's plugins raise nearly anything on damaged files
        raise UnusableError(_unknown(file)) from None
    size = (image.height, image.width)
    if image.height * image.width > max_pixels:
        raise UnusableError(f"more than {max_pixels:,} pixels, see --max_pixels: {times(size)}")
    if image.mode in ("F", "I"):
        raise UnusableError(f"32 bits per channel: {image.format} of mode {image.mode}")
    orientation = orientation if orientation in range(1, 9) and image.format != "HEIF" else 1  # libheif turns
    if image.format == "TIFF" and orientation >= 5:
        size = size[::-1]  # Pillow states the size after turning, for TIFF alone
    return Header(image.format, image.mode, size, orientation, exif if isinstance(exif, bytes) else b"", is_deep)


def decode(encoded: bytes, header: Header):
    """Decodes a picture to its pixels as stored, not turned.

    Args:
        encoded: The bytes of the file.
        header: What `read_header` returns.

    Raises:
        UnusableError: If it is damaged. Of some truncated files the rest is grey.
    """
    import cv2

    if header.format == "HEIF":  # OpenCV does not read it
        return _by_pillow(encoded, _rgb)
    try:
        pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        pixels = None
    pixels = _by_pillow(encoded, _rgb) if pixels is None else pixels
    if header.format == "TIFF":  # turned by both decoders, whatever they are told
        pixels = turn(pixels, _INVERSE.get(header.orientation, header.orientation))
    return pixels


def check_whole(encoded: bytes):
    """Decodes a picture by Pillow, which unlike OpenCV refuses truncated files.

    Raises:
        UnusableError: If it is damaged.
    """
    _by_pillow(encoded, lambda image: image.load())


def turn(pixels, orientation: int):
    """Turns stored pixels `[H, W, 3]` upright (EXIF 2.32, section 4.6.4, Orientation)."""
    pixels = np.swapaxes(pixels, 0, 1) if orientation >= 5 else pixels
    rows, columns = {
        1: (1, 1), 2: (1, -1), 3: (-1, -1), 4: (-1, 1), 5: (1, 1), 6: (1, -1), 7: (-1, -1), 8: (-1, 1)
    }[orientation]  # fmt: skip
    return np.ascontiguousarray(pixels[::rows, ::columns])


def is_turned(header: Header, exif: str, stated: tuple[int, int] | None = None) -> bool:
    """Tells whether stored pixels must be turned to be the pixels that the annotations are in.

    Args:
        header: Of the picture.
        exif: Which pixels the annotations are in: `stored`; `upright`, turned as EXIF says; or `auto`: upright, unless
            the stated size is that of the stored pixels alone.
        stated: `(height, width)` in the annotations, if they state it.
    """
    if header.orientation == 1 or exif == "stored":
        return False
    return exif == "upright" or stated_pixels(header, stated) != "stored"


def stated_pixels(header: Header, stated: tuple[int, int] | None) -> str | None:
    """Which pixels a stated size belongs to, `stored` or `upright`; none where it does not tell."""
    height, width = header.size
    if header.orientation < 5 or height == width or stated is None:
        return None
    return {(height, width): "stored", (width, height): "upright"}.get(tuple(stated))


def reason_to_skip(path: pathlib.Path, known: tuple[str, ...] = PHOTOS) -> str:
    """Why a file of a folder is left out though it looks like a photo, or an empty text.

    Args:
        path: The file.
        known: Endings of names that are read, beside those of HEIC.
    """
    ending = path.suffix.lower()
    if ending in UNREADABLE and not (ending in HEIC and _reads_heic()):
        return UNREADABLE[ending]
    if ending in known + HEIC:
        if path.name.startswith("."):
            return "a hidden file"
        if not path.is_file():
            return "not a regular file"
    return ""


def check_regular(path: pathlib.Path):
    """Refuses named pipes and devices, whose reading would wait for ever."""
    if path.exists() and not path.is_file():
        raise OSError("It must be a regular file")


def times(size) -> str:
    """Writes a size (height, width) as `width x height`."""
    height, width = size
    return f"{width} x {height}"


def _by_pillow(encoded, read):
    import PIL.Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read(PIL.Image.open(io.BytesIO(encoded), formats=_formats()))
    except Exception:  # Pillow's plugins raise nearly anything on damaged files
        raise UnusableError("corrupt or truncated image") from None


def _rgb(image):
    return np.array(image.convert("RGB"))


@functools.cache
def _reads_heic() -> bool:
    return importlib.util.find_spec("pillow_heif") is not None


@functools.cache
def _formats() -> tuple[str, ...]:
    """Pillow's names of the formats that are read."""
    if not _reads_heic():
        return _FORMATS
    import pillow_heif

    pillow_heif.register_heif_opener()
    return (*_FORMATS, "HEIF")


def _unknown(file):
    file.seek(0)
    start = file.read(12)
    if start[4:8] == b"ftyp" and start[8:] in _HEIC_BRANDS and not _reads_heic():
        return "HEIC needs `pip install pillow-heif`"
    return "corrupt or truncated image, or an unknown format"
