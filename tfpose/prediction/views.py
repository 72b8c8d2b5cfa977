"""Views: the same image shown to a network several times, and its maps laid over each other."""

import numpy as np
import tensorflow as tf

from tfpose.data import geometry


def check_image(image):
    """The image as an array.

    Raises:
        ValueError: If it is not RGB `uint8 [H, W, 3]`.
    """
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] != 3 or 0 in image.shape:
        raise ValueError(f"`image` must be RGB `uint8 [H, W, 3]`. Received: {image.dtype} {list(image.shape)}.")
    return image


def check_scales(scales):
    """Raises ValueError unless there are scales and all are positive."""
    if not scales or min(scales) <= 0:
        raise ValueError(f"`scales` must be one or more positive numbers. Received: {scales}.")


def box_or_all(box, image):
    """The box `float32 [4]`: x, y, width, height; that of the whole image, if there is none."""
    height, width = image.shape[:2]
    return np.array((0, 0, width, height) if box is None else box, np.float32)


def carry(maps, views, plain, stride, size):
    """Carries the maps of views to the plain view, and adds them up.

    Args:
        maps: `[V, h, w, C]`.
        views: `[V, 2, 3]`: what brought the image into each view.
        plain: `[2, 3]` or `[1, 2, 3]`: what brings it into the plain one.
        stride: Pixels per cell.
        size: `(h, w)` of the plain view, in cells.

    Returns:
        Sums `[1, *size, C]`, and how many views see each cell, `[1, *size, 1]`.
    """
    to_pixels = tf.constant([[stride, 0.0, (stride - 1) / 2], [0.0, stride, (stride - 1) / 2]])
    to_plain = geometry.compose(plain, geometry.compose(geometry.invert(views), to_pixels))
    cells = geometry.compose(geometry.invert(to_pixels), to_plain)
    seen = tf.concat([maps, tf.ones_like(maps[..., :1])], axis=-1)
    carried = tf.reduce_sum(geometry.warp_maps(seen, cells, size), axis=0, keepdims=True)
    return carried[..., :-1], carried[..., -1:]


def arguments(image, box, torso, torso_needed):
    """Checks what is to be looked at. Returns the image, `[4]` and `[2]`; an unneeded torso is the origin."""
    image = check_image(image)
    if torso is None and torso_needed:
        raise ValueError("This model must be told the middle of the torso: `torso` must be (x, y). Received: None.")
    return image, box_or_all(box, image), np.array((0, 0) if torso is None else torso, np.float32)
