"""COCO's outlines of people and crowds as masks: polygons and run lengths, plain or compressed.

Only polygons reach pycocotools, and only within `REACH` frames: its memory grows with the length of the outline, and
its decoder of compressed run lengths trusts them.
"""

import numpy as np

from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.coco_json import is_number, short

REACH = 10  # a coordinate may be so many times the width or height of the image away from it


def draw(segmentation, size: tuple[int, int]):
    """Draws one outline at the full resolution of its image.

    Args:
        segmentation: A list of polygons `[x1, y1, x2, y2, …]`, or the run lengths `{"size": [H, W], "counts": …}`.
        size: Of the image: (height, width) in pixels.

    Returns:
        A mask uint8 `[H, W]`, 1 inside.

    Raises:
        ConversionError: If it is neither, or of another size. The message starts with the path of the value below the
            segmentation, such as `.counts`, or with a space.
    """
    if isinstance(segmentation, dict):
        return _draw_runs(segmentation, size)
    _check_polygons(segmentation, size)
    from pycocotools import mask

    return mask.decode(mask.merge(mask.frPyObjects(segmentation, *size)))


def _draw_runs(segmentation, size):
    stated, counts = segmentation.get("size"), segmentation.get("counts")
    if not isinstance(stated, list) or stated != list(size):
        raise ConversionError(f".size must be that of the image, {list(size)}. Received: {short(stated)}.")
    if isinstance(counts, (str, bytes)):
        counts = _decompress(counts)
    if not isinstance(counts, list) or not all(isinstance(n, int) and 0 <= n <= size[0] * size[1] for n in counts):
        raise ConversionError(f".counts must be run lengths, whole numbers or their text. Received: {short(counts)}.")
    if sum(counts) != size[0] * size[1]:
        raise ConversionError(f".counts must add up to {size[0] * size[1]} pixels. Received: {sum(counts)}.")
    runs = np.repeat(np.arange(len(counts), dtype=np.uint8) % 2, counts)  # the first run is outside
    return np.ascontiguousarray(runs.reshape(size[1], size[0]).T)  # COCO counts down the columns


def _decompress(text) -> list[int]:
    """Run lengths from COCO's text: 5 bits a character from "0" on, least first; from the third on, differences."""
    counts, position = [], 0
    data = text.encode() if isinstance(text, str) else text
    while position < len(data):
        value, shift, more = 0, 0, True
        while more and position < len(data):
            code = data[position] - 48
            if not 0 <= code < 64 or shift > 60:
                raise ConversionError(f".counts must be COCO's compressed run lengths. Received: {short(str(text))}.")
            value |= (code & 31) << shift
            more, shift, position = bool(code & 32), shift + 5, position + 1
            if not more and code & 16:
                value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
    return counts


def _check_polygons(polygons, size):
    if not isinstance(polygons, list) or not polygons:
        raise ConversionError(
            f" must be a list of polygons [x1, y1, x2, y2, x3, y3, …], or run lengths. Received: {short(polygons)}."
        )
    for i, polygon in enumerate(polygons):
        if not isinstance(polygon, list) or len(polygon) < 6 or len(polygon) % 2 or not all(map(is_number, polygon)):
            raise ConversionError(f"[{i}] must be a polygon x1, y1, x2, y2, x3, y3, …. Received: {short(polygon)}.")
        for n, value in enumerate(polygon):
            length = size[1 - n % 2]
            if not -REACH * length <= value <= (REACH + 1) * length:  # also false for NaN
                raise ConversionError(
                    f"[{i}][{n}] must be a coordinate near the image, {length} pixels long. Received: {short(value)}."
                )
