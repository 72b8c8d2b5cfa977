"""Image files as JPEG bytes that every decoder reads alike, or the reason why a file cannot be used.

Pixels are decoded by the function that decodes them in training, `tf.io.decode_jpeg`, which is strict about truncated
files and ignores EXIF. Damage inside a file that decodes to wrong pixels without an error is not found.
"""

import io
import warnings
from typing import NamedTuple

import numpy as np
import PIL.Image
import tensorflow as tf

from tfrecords_tools.writing.image_header import FORMATS, UnusableError, is_turned, read_header, stated_pixels, times

SMALLEST = 8  # pixels: smaller than one cell of the coarsest maps
QUALITY = 95  # of images that are encoded again

_BY_TENSORFLOW = ("PNG", "GIF", "BMP", "WEBP")
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
    encoded: bytes, *, exif: str = "stored", stated: tuple[int, int] | None = None
) -> tuple[bytes, tuple[int, int], list[Finding]]:
    """Decodes an image and returns it as a JPEG of one or three channels that every decoder reads alike.

    A good JPEG without EXIF orientation comes back byte for byte. The bytes never have an EXIF orientation, which some
    decoders follow and others do not. CMYK and other formats are encoded again as RGB.

    Args:
        encoded: The bytes of the file.
        exif: Which pixels the annotations are in, see `is_turned`.
        stated: `(height, width)` in the annotations, if they state it.

    Returns:
        The bytes, the size (height, width), and what was mended.

    Raises:
        UnusableError: If it is corrupt, truncated, too large, or smaller than `SMALLEST`.
    """
    header = read_header(io.BytesIO(encoded))
    if min(header.size) < SMALLEST:
        raise UnusableError(f"smaller than {times((SMALLEST, SMALLEST))} pixels")
    pixels = _decode(encoded, header)
    if header.orientation != 1:
        return _without_orientation(encoded, pixels, header, exif, stated)
    if not encoded.startswith(_JPEG):
        return encode(pixels), header.size, [Finding("encoding", f"not a JPEG: {header.format}, encoded again")]
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
        pixels = _turn(np.asarray(pixels), header.orientation)
        reason += ": pixels turned upright" + (" (`--exif=stored` keeps them)" if undecided else "")
        return encode(pixels), pixels.shape[:2], [Finding("encoding", reason)]
    kept = Finding("encoding", "EXIF orientation: removed, pixels kept as stored")
    stripped = _strip(encoded, header) if header.mode != "CMYK" else None
    return encode(pixels) if stripped is None else stripped, header.size, [kept]


def _strip(encoded, header):
    """A JPEG without its EXIF segment, or none if the segment is not found as Pillow read it."""
    start = encoded.find(header.exif) - 4 if header.exif else -1
    end = start + 4 + len(header.exif)
    if start < 2 or encoded[start : start + 4] != b"\xff\xe1" + (len(header.exif) + 2).to_bytes(2, "big"):
        return None
    stripped = encoded[:start] + encoded[end:]
    return stripped if stripped.startswith(_JPEG) and read_header(io.BytesIO(stripped)).orientation == 1 else None


def _turn(pixels, orientation):
    """Turns stored pixels `[H, W, 3]` upright (EXIF 2.32, section 4.6.4, Orientation)."""
    pixels = np.swapaxes(pixels, 0, 1) if orientation >= 5 else pixels
    rows, columns = {
        1: (1, 1), 2: (1, -1), 3: (-1, -1), 4: (-1, 1), 5: (1, 1), 6: (1, -1), 7: (-1, -1), 8: (-1, 1)
    }[orientation]  # fmt: skip
    return np.ascontiguousarray(pixels[::rows, ::columns])


def _decode(encoded, header):
    try:
        if encoded.startswith(_JPEG):
            return tf.io.decode_jpeg(encoded, channels=3)
        if header.format in _BY_TENSORFLOW:
            return tf.io.decode_image(encoded, channels=3, expand_animations=False)
    except tf.errors.OpError:
        raise UnusableError("corrupt or truncated image") from None
    if header.mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"):
        raise UnusableError(f"not 8 bits per channel: {header.format} of mode {header.mode}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(PIL.Image.open(io.BytesIO(encoded), formats=FORMATS).convert("RGB"))
    except Exception:  # Pillow's plugins raise nearly anything on damaged files
        raise UnusableError("corrupt or truncated image") from None
