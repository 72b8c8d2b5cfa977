"""PCK by the box around the person's keypoints, as `eval_pck.py` of pose-tensorflow counts it."""

import keras
import numpy as np
from keras import ops

from tfpose.metrics.detection_rate import DetectionRate
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


@keras.saving.register_keras_serializable("tfpose")
class BoxPCK(DetectionRate):
    """Fraction of all annotated keypoints that are correct: 0 to 1, all keypoints together.

    The validation metric of skeletons without torso: correct is what lies within `alpha` of the longer side of the box
    around the person's annotated keypoints. People of whom one keypoint is annotated have no box and do not count.

    Args:
        alpha: Fraction of the longer side.
    """

    def __init__(self, alpha=0.1, name="box_pck", **kwargs):
        super().__init__((), 100 * alpha, name=name, **kwargs)
        self.alpha = alpha

    def lengths(self, true):
        annotated = true[..., 2:] > 0
        low = ops.min(ops.where(annotated, true[..., :2], np.inf), axis=1)
        high = ops.max(ops.where(annotated, true[..., :2], -np.inf), axis=1)
        return ops.maximum(ops.max(high - low, axis=-1), 0.0)  # Nobody annotated: -inf.

    def get_config(self):
        config = super().get_config()
        del config["radius"], config["reference"]
        return {**config, "alpha": self.alpha}
