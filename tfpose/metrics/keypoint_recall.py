"""Keypoint recall: the share of annotated keypoints that are among the candidates, before grouping into people."""

import math

import keras
from keras import ops

from tfpose.metrics.pooled_rate import PooledRate

# Area of a person over the square of the longer side of the box around its keypoints: median of COCO's annotations.
AREA = 0.4


@keras.saving.register_keras_serializable("tfpose")
class KeypointRecall(PooledRate):
    """Share of the annotated keypoints of all people that have a candidate nearby, 0 to 1, pooled over all keypoints.

    It costs little, so that it can be computed in every training step. People with a single annotated keypoint have no
    size and do not count.

    Args:
        sigmas: `[K]`: falloffs of OKS.
        threshold: Minimum of `exp(-distance² / (8 sigma² area))`. The area is estimated from the keypoints.
        score: Minimum score of a candidate.
        **kwargs: `num_keypoints`, to count each keypoint alone, too; see `PooledRate`.
    """

    def __init__(self, sigmas, threshold=0.5, score=0.1, name="keypoint_recall", **kwargs):
        super().__init__(name=name, **kwargs)
        if not 0 < threshold < 1:
            raise ValueError(f"`threshold` must lie between 0 and 1. Received: {threshold}.")
        self.sigmas = tuple(map(float, sigmas))
        self.threshold = threshold
        self.score = score

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch.

        Args:
            y_true: Keypoints `[B, N, K, 3]`; v = 0 where not annotated.
            y_pred: Candidates `[B, K, M, 3+]`, in the same pixels.
            sample_weight: Ignored; part of the signature of Keras metrics.
        """
        true, found = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        annotated = true[..., 2] > 0
        sides = _longer_sides(true[..., :2], annotated)
        counted = annotated & (sides > 0)[..., None]
        candidates = ops.transpose(found, (0, 2, 1, 3))  # [B, M, K, 3+]
        offsets = true[:, :, None, :, :2] - candidates[:, None, ..., :2]
        distances = ops.where(candidates[:, None, ..., 2] >= self.score, ops.sum(offsets**2, axis=-1), math.inf)
        radii = -8 * math.log(self.threshold) * AREA * ops.convert_to_tensor(self.sigmas, "float32") ** 2
        hit = counted & ops.any(distances <= (sides**2)[:, :, None, None] * radii, axis=2)
        self.add(hit, counted)

    def get_config(self):
        return {**super().get_config(), "sigmas": self.sigmas, "threshold": self.threshold, "score": self.score}


def _longer_sides(points, annotated):
    """Longer sides `[B, N]` of the boxes around annotated points `[B, N, K, 2]`; 0 or less for fewer than two."""
    low, high = (ops.where(annotated[..., None], points, end) for end in (1e9, -1e9))
    return ops.max(ops.max(high, axis=2) - ops.min(low, axis=2), axis=-1)
