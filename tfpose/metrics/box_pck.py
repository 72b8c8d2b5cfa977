"""PCK by the box around the person's keypoints, as `eval_pck.py` of pose-tensorflow counts it."""

import numpy as np

from tfpose.metrics.pairs import keypoint_distances
from tfpose.metrics.pck import ALPHAS
from tfpose.metrics.protocol import Protocol


def box_distances(pairs):
    """Distances of all keypoints as parts of the longer side of the box around the annotated ones."""
    there = pairs.true[..., 2:] > 0
    points = pairs.true[..., :2]
    low = np.where(there, points, np.inf).min(axis=1, initial=np.inf)
    high = np.where(there, points, -np.inf).max(axis=1, initial=-np.inf)
    return keypoint_distances(pairs, np.where(there.any(axis=1), high - low, 0).max(axis=-1))


BOX_PCK = Protocol(
    part_of="the longer side of the box around the annotated keypoints",
    distances=box_distances,
    thresholds=ALPHAS,
    shown=(0.1, 0.2),
    head=("neck", "head_top"),
)
