"""Headers of image files: format, size and EXIF orientation, read by Pillow before any pixel is decoded."""

import warnings
from typing import BinaryIO, NamedTuple

import PIL.Image

LARGEST_SIDE = 65500  # pixels: libjpeg's limit
MAX_PIXELS = 100_000_000  # an image of this size takes 300 MB decoded

# Only these plugins of Pillow are tried: others start programs (EPS) or are rarely maintained.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "JPEG2000", "PPM")
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1")
_ORIENTATION = 0x0112  # the EXIF tag: 1 upright, 2 mirrored, 3 turned by 180°, 6 and 8 by 90°, 5 and 7 both


class UnusableError(Exception):
    """An image that cannot be trained on; the message is the reason."""


class Header(NamedTuple):
    """The header of an image file.

    Attributes:
        format: Pillow's name of the format, such as `JPEG`.
        mode: Pillow's name of the kind of pixels, such as `RGB`.
        size: `(height, width)` of the stored pixels.
        orientation: The EXIF orientation, 1 to 8; 1 is upright.
        exif: The raw EXIF block, empty without one.
    """

    format: str
    mode: str
    size: tuple[int, int]
    orientation: int
    exif: bytes


def read_header(file: BinaryIO) -> Header:
    """Reads the header of an image file without decoding its pixels.

    Raises:
        UnusableError: If it is of an unknown format, damaged, or has more than `MAX_PIXELS` pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit of pixels, and odd metadata
            image = PIL.Image.open(file, formats=FORMATS)
            orientation, exif = image.getexif().get(_ORIENTATION, 1), image.info.get("exif", b"")
    except PIL.Image.DecompressionBombError:
        raise UnusableError(f"more than {MAX_PIXELS // 1_000_000} million pixels") from None
    except Exception:  # Pillow's plugins raise nearly anything on damaged files
        raise UnusableError(_unknown(file)) from None
    size = (image.height, image.width)
    if image.height * image.width > MAX_PIXELS:
        raise UnusableError(f"more than {MAX_PIXELS // 1_000_000} million pixels: {times(size)}")
    if max(size) > LARGEST_SIDE:
        raise UnusableError(f"a side is longer than {LARGEST_SIDE} pixels: {times(size)}")
    orientation = orientation if orientation in range(1, 9) else 1
    return Header(image.format, image.mode, size, orientation, exif if isinstance(exif, bytes) else b"")


def is_turned(header: Header, exif: str, stated: tuple[int, int] | None = None) -> bool:
    """Tells whether stored pixels must be turned to be the pixels that the annotations are in.

    Args:
        header: Of the image.
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


def times(size) -> str:
    """Writes a size (height, width) as `width x height`."""
    height, width = size
    return f"{width} x {height}"


def _unknown(file):
    file.seek(0)
    start = file.read(12)
    if start[4:8] == b"ftyp" and start[8:] in _HEIC:
        return "HEIC is not read: convert it to JPEG or PNG first"
    return "corrupt or truncated image, or an unknown format"
