"""PCK on heatmap cells, as two public repositories count it. It is higher than PCK and PCKh on the same answers.

Annotated and found keypoints are rounded to cells of a grid of 64 x 64 over the box that the network is shown, and
distances are divided by a tenth of the grid, whatever the size of the person in it.
"""

import numpy as np

from tfpose.metrics.protocol import Distances, Protocol

GRID = 64
NORM = GRID / 10
_LIMBS = (
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle",
    "right_wrist", "right_elbow", "left_elbow", "left_wrist",
)  # fmt: skip


def cells(points, boxes):
    """Rounds points to cells of a grid of 64 x 64 over the squares around the boxes.

    Args:
        points: `(x, y)` `[N, K, 2]`, in the pixels of the boxes.
        boxes: `[N, 4]`: x, y, width, height.

    Returns:
        Column and row, whole numbers `[N, K, 2]`, 0 to 63; points outside are moved to the nearest cell.
    """
    centres = boxes[:, None, :2] + (boxes[:, None, 2:] - 1) / 2
    sides = boxes[:, 2:].max(axis=-1)[:, None, None]
    return np.clip(np.floor((points - centres) / sides * GRID + GRID / 2), 0, GRID - 1)


def _distances(pairs, chosen, margin=0):
    """`Distances` of the chosen keypoints; those annotated in the first `margin` columns or rows do not count."""
    true, found = (cells(points[:, chosen, :2], pairs.boxes) for points in (pairs.true, pairs.found))
    inside = true.min(axis=-1) >= margin
    names = tuple(pairs.skeleton.keypoints[i] for i in chosen)
    values = np.linalg.norm(found - true, axis=-1) / NORM
    return Distances(names, values, np.where(inside, pairs.true[:, chosen, 2], 0))


def _first_14(pairs):
    return _distances(pairs, list(range(min(14, len(pairs.skeleton)))), margin=2)


def _limbs(pairs):
    return _distances(pairs, pairs.skeleton.indices(name for name in _LIMBS if name in pairs.skeleton.keypoints))


_COUNTED = {
    "part_of": "6.4 cells of a grid of 64 over what the network is shown",
    "thresholds": (0.1, 0.2, 0.3, 0.4, 0.5),
    "shown": (0.5,),
    "needs": "boxes",
}
HEATMAP_PCK_14 = Protocol(distances=_first_14, strict=True, **_COUNTED)
"""As rohitrango's Adversarial PoseNet: the skeleton's first 14 keypoints, none in the first two columns or rows."""

HEATMAP_PCK_10 = Protocol(distances=_limbs, **_COUNTED)
"""As roytseng's hourglasses: the ten keypoints of arms and legs without shoulders."""
