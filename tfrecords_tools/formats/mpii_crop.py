"""The person crop of MPII that results of single-person networks are reported on.

A person of MPII has a rough position (`center`, or `objpos`) and a `scale`, the person's height by 200 pixels. Newell
et al. 2016 crop a square of 200 · 1.25 · scale pixels around the position moved down by 15 · scale, which cuts off
fewer feet. The data pipeline crops 1.25 times a person's box, so records hold boxes of 200 · scale pixels.
"""

import numpy as np

HEIGHT = 200  # pixels of a person of scale 1
DOWN = 15  # pixels that the crop of a person of scale 1 is moved down
MARGIN = 1.25  # side of the crop, in sides of the box


def box(center, scale):
    """The box that the convention's crop is centred on.

    Args:
        center: Position `(x, y)` of each person in pixels, `[..., 2]`.
        scale: Their heights by 200 pixels, `[...]`.

    Returns:
        Squares `(x, y, w, h)` `[..., 4]` whose middle pixel, `x + (w - 1) / 2`, is the position moved down.
    """
    side = HEIGHT * np.asarray(scale, float)[..., None]
    down = np.array([0, DOWN / HEIGHT]) * side
    return np.concatenate([np.asarray(center) + down - (side - 1) / 2, side, side], axis=-1)


def undo(center, scale):
    """Inverts the convention in `center` and `scale` of a file in which they are already moved and enlarged.

    Returns:
        The original position `[..., 2]` and scale `[...]`.
    """
    scale = np.asarray(scale, float) / MARGIN
    return np.asarray(center) - np.stack([np.zeros_like(scale), DOWN * scale], axis=-1), scale
