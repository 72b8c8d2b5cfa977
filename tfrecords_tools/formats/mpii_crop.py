"""What a single-person network is shown of MPII: the crop that everyone who reports on it uses.

A person of MPII has a rough position (`center`, or `objpos`) and a `scale`, the person's height by 200 pixels. Newell
et al. 2016 crop a square of 200 · 1.25 · scale pixels around the position moved down by 15 · scale, which leaves more
feet in. The data pipeline shows 1.25 of a person's box, so records hold boxes of 200 · scale pixels.
"""

import numpy as np

HEIGHT = 200  # pixels of a person of scale 1
DOWN = 15  # pixels that the crop of a person of scale 1 is moved down
MARGIN = 1.25  # of a crop around a box


def box(center, scale):
    """The box that the convention crops around.

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
    """Takes the convention back out of `center` and `scale` of a file that has them moved and enlarged already.

    Returns:
        The original position `[..., 2]` and scale `[...]`.
    """
    scale = np.asarray(scale, float) / MARGIN
    return np.asarray(center) - np.stack([np.zeros_like(scale), DOWN * scale], axis=-1), scale
