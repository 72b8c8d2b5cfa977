"""Checks of the inputs of predictors; and views, test-time augmentation by scales and mirror images."""

import numpy as np
import tensorflow as tf

from tfpose.data import geometry


def check_image(image):
    """Returns the image as an array.

    Raises:
        ValueError: If it is not RGB `uint8 [H, W, 3]`.
    """
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] != 3 or 0 in image.shape:
        raise ValueError(f"`image` must be RGB `uint8 [H, W, 3]`. Received: {image.dtype} {list(image.shape)}.")
    return image


def check_scales(scales):
    """Checks the scales of views.

    Raises:
        ValueError: If there are none, or not all are positive.
    """
    if not scales or not np.all(np.isfinite(scales)) or min(scales) <= 0:
        raise ValueError(f"`scales` must be one or more positive numbers. Received: {scales}.")


def box_or_frame(box, image):
    """Returns the box `float32 [4]`: x, y, width, height; that of the whole image if there is none.

    Raises:
        ValueError: If the box is not four finite numbers, or has no width or height.
    """
    height, width = image.shape[:2]
    return np.array((0, 0, width, height), np.float32) if box is None else checked("box", box, 4)


def point_or_origin(name, point, is_needed):
    """Returns the point `float32 [2]`; the origin, which is not used, if there is none and none is needed.

    Raises:
        ValueError: If a point is needed and missing, given and not needed, or not two finite numbers.
    """
    if point is None and is_needed:
        raise ValueError(f"This model needs the middle of the torso: `{name}` must be (x, y). Received: None.")
    if point is not None and not is_needed:
        raise ValueError(f"`{name}` must be left out: this model takes no torso. Received: {point}.")
    return np.zeros(2, np.float32) if point is None else checked(name, point, 2)


def checked(name, values, length):
    """Returns a point `(x, y)` or a box `(x, y, width, height)` as `float32 [length]`.

    Raises:
        ValueError: If these are not as many finite numbers, or a width or height is not above 0.
    """
    try:
        array = np.array(values, np.float32)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    if array.shape != (length,) or not np.isfinite(array).all() or (array[2:] <= 0).any():
        form = "(x, y), finite numbers" if length == 2 else "(x, y, width, height), finite, with an extent above 0"
        raise ValueError(f"`{name}` must be {form}. Received: {values}.")
    return array


def carry(maps, views, plain, stride, size):
    """Resamples the maps of all views to the cells of the plain view, and adds them up.

    Args:
        maps: `[V, h, w, C]`.
        views: `[V, 2, 3]`: the map from the image to each view.
        plain: `[2, 3]` or `[1, 2, 3]`: the map from the image to the plain view.
        stride: Pixels per cell.
        size: `(h, w)` of the plain view, in cells.

    Returns:
        Sums `[1, *size, C]`, and how many views cover each cell, `[1, *size, 1]`.
    """
    to_pixels = geometry.cells_to_pixels(stride)
    to_plain = geometry.compose(plain, geometry.compose(geometry.invert(views), to_pixels))
    cells = geometry.compose(geometry.invert(to_pixels), to_plain)
    seen = tf.concat([maps, tf.ones_like(maps[..., :1])], axis=-1)
    carried = tf.reduce_sum(geometry.warp_maps(seen, cells, size), axis=0, keepdims=True)
    return carried[..., :-1], carried[..., -1:]
