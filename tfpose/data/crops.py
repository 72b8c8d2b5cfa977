"""The part of an image that a single-person network is shown: the frame, the person, or the torso's surroundings.

Training, prediction and evaluation take the box from here, so that a network is always shown what it was trained on.
"""

import tensorflow as tf

CROPS = ("frame", "person", "torso")
RECORDS = "records"  # Instead of one of these: of each data set the one that its framing stands for.
FRAMINGS = {"image": "frame", "person": "person"}  # The crop for each value of `framing` in the records' metadata.
MARGIN = 1.25  # Side of the person crop over that of the person's box.
# Half side of the torso crop over sqrt(w * h) of the torso box; the square then holds 99.7 % of FLIC's keypoints.
TORSO_HALF_SIDE = 1.75


def box(crop, size, person_box=None, torso_box=None):
    """Returns the box of a crop; any leading axes.

    Args:
        crop: One of `CROPS`: `"frame"`, the whole image; `"person"`, the person's box with `MARGIN`, around the same
            centre; `"torso"`, the square of half side `TORSO_HALF_SIDE * sqrt(w * h)` around the centre of the torso
            box.
        size: `[..., 2]`: height and width of the image, in pixels.
        person_box: `[..., 4]`: x, y, width, height in pixels of the image; needed for `"person"`.
        torso_box: The same of the torso; needed for `"torso"`.

    Returns:
        `float32 [..., 4]`: x, y, width, height in pixels of the image. It may reach beyond the image. Meaningless where
        `is_known` is false.

    Raises:
        ValueError: If the crop is unknown, or the box that it needs is not given.
    """
    check(crop)
    if crop == "frame":
        height, width = tf.unstack(tf.cast(size, tf.float32), axis=-1)
        return tf.stack([tf.zeros_like(width), tf.zeros_like(height), width, height], axis=-1)
    needed = _needed(crop, person_box, torso_box)
    if crop == "person":
        return surroundings(needed)
    side = 2 * TORSO_HALF_SIDE * tf.sqrt(needed[..., 2:3] * needed[..., 3:4])
    return tf.concat([middle(needed)[..., :2] - (side - 1) / 2, side, side], axis=-1)


def is_known(crop, person_box=None, torso_box=None):
    """Tells whether a person has the box that a crop needs, `bool [...]`.

    Converters write zeros where the data set has no box. A torso box must have an area; a person's box, which is
    tight around the keypoints in some data sets, only a width or a height.

    Args:
        crop: `"person"` or `"torso"`; there is no box to be known for `"frame"`.
        person_box: `[..., 4]`, as for `box`.
        torso_box: `[..., 4]`, as for `box`.

    Raises:
        ValueError: If the box that the crop needs is not given.
    """
    needed = _needed(crop, person_box, torso_box)
    extent = needed[..., 2:]
    finite = tf.reduce_all(tf.math.is_finite(needed), axis=-1)
    has_extent = tf.reduce_max(extent, axis=-1) > 0 if crop == "person" else tf.reduce_min(extent, axis=-1) > 0
    return finite & has_extent & (tf.reduce_min(extent, axis=-1) >= 0)


def check(crop):
    """Checks the name of a crop.

    Raises:
        ValueError: If it is none of `CROPS`.
    """
    if crop not in CROPS:
        raise ValueError(f"Unknown `crop`. Received: {crop!r}. Known: {', '.join(CROPS)}.")


def surroundings(boxes, factor=MARGIN):
    """Boxes `[..., 4]` enlarged by a factor around their centres."""
    margin = (factor - 1) * boxes[..., 2:]
    return tf.concat([boxes[..., :2] - margin / 2, boxes[..., 2:] + margin], axis=-1)


def middle(boxes):
    """Centres `(x, y, v)` `[..., 3]` of boxes `[..., 4]`; v = 0 where the box is empty."""
    x, y, width, height = tf.unstack(boxes, axis=-1)
    there = tf.cast((width > 0) & (height > 0), tf.float32)
    return tf.stack([x + (width - 1) / 2, y + (height - 1) / 2, 2 * there], axis=-1)


def _needed(crop, person_box, torso_box):
    found = {"person": person_box, "torso": torso_box}.get(crop)
    if found is None:
        raise ValueError(f"`{crop}_box` must be given for `crop={crop}`. Received: None.")
    return tf.cast(found, tf.float32)
