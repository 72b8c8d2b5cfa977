"""COCO's outlines of people and crowds as masks: polygons and run lengths, plain or compressed."""

import numpy as np

from tfrecords_tools.errors import ConversionError


def draw(segmentation, size: tuple[int, int]):
    """Draws one outline at the full resolution of its image.

    Args:
        segmentation: A list of polygons `[x1, y1, x2, y2, …]`, or the run lengths `{"size": [H, W], "counts": …}`.
        size: Of the image: (height, width) in pixels.

    Returns:
        A mask uint8 `[H, W]`, 1 inside.

    Raises:
        ConversionError: If it is neither, or of another size.
    """
    from pycocotools import mask

    check(segmentation, size)
    if isinstance(segmentation, list):
        runs = mask.merge(mask.frPyObjects(segmentation, *size))
    elif isinstance(segmentation["counts"], list):
        runs = mask.frPyObjects(segmentation, *size)
    else:
        runs = segmentation
    return mask.decode(runs)


def check(segmentation, size: tuple[int, int]):
    """Raises ConversionError unless an outline is one that `draw` can draw: pycocotools would draw anything."""
    if isinstance(segmentation, dict):
        if list(segmentation.get("size", ())) != list(size):
            raise ConversionError(
                f"Run lengths must have the `size` of their image, {list(size)}. Received: {segmentation.get('size')}."
            )
        counts = segmentation.get("counts")
        if isinstance(counts, list) and sum(counts) != size[0] * size[1]:
            raise ConversionError(f"Run lengths must add up to {size[0] * size[1]} pixels. Received: {sum(counts)}.")
        if not isinstance(counts, (list, str, bytes)):
            raise ConversionError(f"Run lengths must be in `counts`. Received: {counts}.")
    elif not (isinstance(segmentation, list) and all(map(_is_polygon, segmentation)) and segmentation):
        raise ConversionError(
            "A `segmentation` must be a list of polygons [x1, y1, x2, y2, x3, y3, …], or run lengths. "
            f"Received: {str(segmentation)[:80]}."
        )


def _is_polygon(polygon) -> bool:
    return (
        isinstance(polygon, list)
        and len(polygon) >= 6
        and len(polygon) % 2 == 0
        and all(isinstance(number, (int, float)) and np.isfinite(number) for number in polygon)
    )
