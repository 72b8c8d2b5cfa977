"""Image files as JPEG bytes that every decoder reads alike, or the reason why a file cannot be used.

Pixels are decoded by the function that decodes them in training, `tf.io.decode_jpeg`, which is strict about truncated
files and ignores EXIF. Damage inside a file that decodes to wrong pixels without an error is not found.
"""

import io
from typing import NamedTuple

import tensorflow as tf

from tfpose import pictures
from tfpose.pictures import MAX_PIXELS, UnusableError, is_turned, read_header, stated_pixels, times

SMALLEST = 8  # pixels: smaller than one cell of the coarsest maps
LARGEST_SIDE = 65500  # pixels: libjpeg's limit
QUALITY = 95  # of images that are encoded again

_JPEG = b"\xff\xd8\xff"


class Finding(NamedTuple):
    """Something set aside, mended or suspicious.

    Attributes:
        what: `image`, `person`, `box`, `area`, `keypoint`, `encoding` or `annotation`.
        reason: What is wrong and what was done. Up to the first `: ` it is the same for all findings of a kind.
    """

    what: str
    reason: str


def sound_jpeg(
    encoded: bytes, *, exif: str = "stored", stated: tuple[int, int] | None = None, max_pixels: int = MAX_PIXELS
) -> tuple[bytes, tuple[int, int], list[Finding]]:
    """Decodes an image and returns it as a JPEG of one or three channels that every decoder reads alike.

    A good JPEG without EXIF orientation comes back byte for byte. The bytes never have an EXIF orientation, which some
    decoders follow and others do not. CMYK and other formats are encoded again as RGB.

    Args:
        encoded: The bytes of the file.
        exif: Which pixels the annotations are in, see `is_turned`.
        stated: `(height, width)` in the annotations, if they state it.
        max_pixels: Images of more pixels are refused before they are decoded.

    Returns:
        The bytes, the size (height, width), and what was mended.

    Raises:
        UnusableError: If it is corrupt, truncated, too large, or smaller than `SMALLEST`.
    """
    header = read_header(io.BytesIO(encoded), max_pixels)
    if max(header.size) > LARGEST_SIDE:
        raise UnusableError(f"a side is longer than {LARGEST_SIDE} pixels: {times(header.size)}")
    if min(header.size) < SMALLEST:
        raise UnusableError(f"smaller than {times((SMALLEST, SMALLEST))} pixels")
    pixels = _decode(encoded, header)
    if tuple(pixels.shape[:2]) != header.size:  # such as a GIF whose first picture is smaller than its screen
        raise UnusableError(f"of {times(pixels.shape[:2])} pixels, not {times(header.size)} as its header says")
    findings = [Finding("encoding", "16 bits per channel: the upper 8 kept")] if header.is_deep else []
    if header.orientation != 1:
        encoded, size, finding = _without_orientation(encoded, pixels, header, exif, stated)
        return encoded, size, [*findings, finding]
    if not encoded.startswith(_JPEG):
        finding = Finding("encoding", f"not a JPEG: {header.format}, encoded again")
        return encode(pixels), header.size, [*findings, finding]
    if header.mode == "CMYK":
        return encode(pixels), header.size, [Finding("encoding", "CMYK: encoded again as RGB")]
    return encoded, header.size, []


def encode(pixels) -> bytes:
    """Encodes RGB pixels, uint8 `[H, W, 3]`, as a JPEG of quality `QUALITY` with full colour resolution."""
    return tf.io.encode_jpeg(pixels, quality=QUALITY, chroma_downsampling=False).numpy()


def _without_orientation(encoded, pixels, header, exif, stated):
    if is_turned(header, exif, stated):
        undecided = exif == "auto" and stated_pixels(header, stated) is None
        reason = "EXIF orientation, and no size tells which pixels are annotated" if undecided else "EXIF orientation"
        pixels = pictures.turn(pixels, header.orientation)
        reason += ": pixels turned upright" + (" (`--exif=stored` keeps them)" if undecided else "")
        return encode(pixels), pixels.shape[:2], Finding("encoding", reason)
    kept = Finding("encoding", "EXIF orientation: removed, pixels kept as stored")
    stripped = _strip(encoded, header) if header.mode != "CMYK" else None
    return encode(pixels) if stripped is None else stripped, header.size, kept


def _strip(encoded, header):
    """A JPEG without its EXIF segment, or none if the segment is not found as Pillow read it."""
    start = encoded.find(header.exif) - 4 if header.exif else -1
    end = start + 4 + len(header.exif)
    if start < 2 or encoded[start : start + 4] != b"\xff\xe1" + (len(header.exif) + 2).to_bytes(2, "big"):
        return None
    stripped = encoded[:start] + encoded[end:]
    return stripped if stripped.startswith(_JPEG) and read_header(io.BytesIO(stripped)).orientation == 1 else None


def _decode(encoded, header):
    """The stored pixels; unlike OpenCV, TensorFlow and Pillow refuse truncated files."""
    # TensorFlow reads CMYK without the marker of Adobe as black, and the indices of a palette in a BMP as grey.
    if not encoded.startswith(_JPEG) or header.mode == "CMYK":
        pictures.check_whole(encoded)
        return pictures.decode(encoded, header)
    try:
        return tf.io.decode_jpeg(encoded, channels=3).numpy()
    except tf.errors.OpError:
        raise UnusableError("corrupt or truncated image") from None
