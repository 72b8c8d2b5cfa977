"""Masks of regions that are not learnt: crowds and people without annotated keypoints."""

import numpy as np

IGNORED = 255  # value in a mask; readers treat any nonzero value so

_SHAPES = {"ignored_boxes": (-1, 4), "ignored_areas": (-1,), "ignored_crowds": (-1,)}


def check_ignored(record: dict, size: tuple[int, int]) -> dict:
    """Converts the ignored regions of a record to what is written.

    Args:
        record: Optional keys: `ignored_boxes` `[M, 4]` (x, y, w, h), `ignored_areas`, `ignored_crowds` `[M]`, and
            `ignore`: uint8 `[H, W]`, nonzero where nothing is learnt, or a PNG of it.
        size: Of the image: (height, width) in pixels.

    Returns:
        The three lists as float32, empty if missing, and `ignore` as a PNG. Default of `ignore`: the boxes.
    """
    lists = {
        name: np.nan_to_num(np.reshape(np.asarray(record.get(name, ()), np.float32), shape))
        for name, shape in _SHAPES.items()
    }
    mask = record.get("ignore")
    if mask is None:
        mask = draw_boxes(lists["ignored_boxes"], size)
    return lists | {"ignore": mask if isinstance(mask, bytes) else encode(mask)}


def draw_boxes(boxes, size: tuple[int, int]):
    """Marks every pixel that a box `[M, 4]` (x, y, w, h) touches in a mask uint8 `[H, W]`."""
    mask = np.zeros(size, np.uint8)
    for x, y, width, height in boxes:
        rows, columns = _pixels(y, height, size[0]), _pixels(x, width, size[1])
        mask[rows, columns] = IGNORED
    return mask


def encode(mask) -> bytes:
    """Writes a mask `[H, W]` as a PNG of one channel, or, if it is zero everywhere, of one pixel."""
    import cv2

    mask = np.where(mask, np.uint8(IGNORED), np.uint8(0))
    return cv2.imencode(".png", mask if mask.any() else mask[:1, :1])[1].tobytes()


def _pixels(start, extent, length):
    """The pixels from the one that holds `start` to the one before `start + extent`, at least one of them."""
    first, end = np.clip([np.floor(start), np.ceil(start + max(extent, 1))], 0, length).astype(int)
    return slice(first, end)
