"""PCK, PCKh and the detection rate: the share of keypoints found within a threshold, a part of a person's length.

- Detection rate (FLIC): per cent of keypoints within r hundredths of the torso; Sapp and Taskar 2013, Tompson et al.
  2014 (https://arxiv.org/abs/1406.2984).
- PCK (LSP, PARSE): within 0.2 of the torso; Yang and Ramanan 2013. The same count: r = 20 is PCK@0.2.
- PCKh (MPII): within 0.5 of the head size; Andriluka et al. 2014. The literature has three means of it, on the same
  predictions up to 1.4 points apart: see `Protocol.means`.
- PCK by the box of the keypoints, as `eval_pck.py` of pose-tensorflow counts it.
"""

import functools

import keras
import numpy as np
from keras import ops

from tfpose.metrics.pooled_rate import PooledRate
from tfpose.metrics.protocol import Protocol, keypoint_distances

ALPHAS = tuple(i / 100 for i in range(21))


def torso_lengths(true, reference):
    """Lengths of the torso in pixels, `[N]`.

    Args:
        true: Annotated keypoints `[N, K, 3]`.
        reference: Indices of the two keypoints whose distance is the length; 0 where one of them is not annotated.
    """
    a, b = (true[:, i] for i in reference)
    length = ops.norm(a[:, :2] - b[:, :2], axis=-1)
    return ops.where((a[:, 2] > 0) & (b[:, 2] > 0), length, ops.zeros_like(length))


def torso_distances(pairs, parts=1):
    """`Distances` of all keypoints in parts of the torso; people whose torso is not annotated do not count."""
    lengths = torso_lengths(pairs.true, pairs.skeleton.indices(pairs.reference))
    return keypoint_distances(pairs, ops.convert_to_numpy(lengths), parts)


def head_distances(pairs):
    """`Distances` of all keypoints in parts of the head size; people without one do not count."""
    return keypoint_distances(pairs, pairs.head_sizes)


def box_distances(pairs):
    """`Distances` of all keypoints in parts of the longer side of the box around the annotated ones."""
    annotated = pairs.true[..., 2:] > 0
    points = pairs.true[..., :2]
    low = np.where(annotated, points, np.inf).min(axis=1, initial=np.inf)
    high = np.where(annotated, points, -np.inf).max(axis=1, initial=-np.inf)
    return keypoint_distances(pairs, np.where(annotated.any(axis=1), high - low, 0).max(axis=-1))


DETECTION_RATE = Protocol(
    part_of="the torso, {reference}",
    distances=functools.partial(torso_distances, parts=100),
    thresholds=tuple(range(1, 21)),
    shown=(5, 10, 20),
    unit="hundredths",
    needs="reference",
)

TORSO_PCK = Protocol(
    part_of="the torso, {reference}",
    distances=torso_distances,
    thresholds=ALPHAS,
    shown=(0.1, 0.2),
    head=("neck", "head_top"),
    needs="reference",
)

PCKH = Protocol(
    part_of="the head size, 0.6 of the diagonal of the head box",
    distances=head_distances,
    thresholds=tuple(i / 100 for i in range(51)),
    shown=(0.1, 0.5),
    strict=True,
    excluded=("pelvis", "thorax"),
    head=("head_top",),
    needs="head_sizes",
)

BOX_PCK = Protocol(
    part_of="the longer side of the box around the annotated keypoints",
    distances=box_distances,
    thresholds=ALPHAS,
    shown=(0.1, 0.2),
    head=("neck", "head_top"),
)


def hits(true, found, lengths, radius):
    """Tells which keypoints are found: those with `100 * distance / length <= radius`.

    Args:
        true: Annotated keypoints `[N, K, 3]`; v = 0 does not count.
        found: Keypoints `(x, y, ...)` `[N, K, 2+]`, in the same pixels; NaN where not found.
        lengths: `[N]`, in the same pixels; people whose length is unknown (0) do not count.
        radius: Largest distance, in per cent of the length.

    Returns:
        Whether each keypoint is found, and whether it counts, both `bool [N, K]`.
    """
    distances = ops.norm(found[..., :2] - true[..., :2], axis=-1)
    counted = (true[..., 2] > 0) & (lengths > 0)[:, None]
    return counted & (100 * distances <= radius * lengths[:, None]), counted


@keras.saving.register_keras_serializable("tfpose")
class DetectionRate(PooledRate):
    """Share of the annotated keypoints that are found within a radius, 0 to 1, pooled over all keypoints.

    Args:
        reference: Indices of the two keypoints whose distance is the torso.
        radius: Largest distance, in per cent of the torso.
        **kwargs: `num_keypoints`, to count each keypoint alone, too; see `PooledRate`.
    """

    def __init__(self, reference, radius=10, name="detection_rate", **kwargs):
        super().__init__(name=name, **kwargs)
        self.reference = tuple(reference)
        self.radius = radius

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch.

        Args:
            y_true: Keypoints `[B, 1, K, 3]`.
            y_pred: Candidates `[B, K, 1, 3]`, in the same pixels.
            sample_weight: Ignored; part of the signature of Keras metrics.
        """
        true, found = (
            ops.cast(y_true[:, 0], "float32"),
            ops.cast(y_pred[:, :, 0], "float32"),
        )
        hit, counted = hits(true, found, self.lengths(true), self.radius)
        self.add(hit, counted)

    def lengths(self, true):
        """Lengths `[B]` in pixels that distances are relative to, of keypoints `[B, K, 3]`; 0 where unknown."""
        return torso_lengths(true, self.reference)

    def get_config(self):
        return {
            **super().get_config(),
            "reference": self.reference,
            "radius": self.radius,
        }


@keras.saving.register_keras_serializable("tfpose")
class PCK(DetectionRate):
    """Share of the annotated keypoints that are correct, 0 to 1, pooled over all keypoints.

    Args:
        reference: Indices of the two keypoints whose distance is the torso.
        alpha: Largest distance, as a fraction of the torso.
    """

    def __init__(self, reference, alpha=0.2, name="pck", **kwargs):
        super().__init__(reference, 100 * alpha, name=name, **kwargs)
        self.alpha = alpha

    def get_config(self):
        config = super().get_config()
        del config["radius"]
        return {**config, "alpha": self.alpha}


@keras.saving.register_keras_serializable("tfpose")
class BoxPCK(DetectionRate):
    """Share of the annotated keypoints that are correct, 0 to 1, pooled; for skeletons without torso.

    A keypoint is correct within `alpha` of the longer side of the box around the person's annotated keypoints. People
    of whom only one keypoint is annotated have no such box and do not count.

    Args:
        alpha: Largest distance, as a fraction of the longer side.
    """

    def __init__(self, alpha=0.1, name="box_pck", **kwargs):
        super().__init__((), 100 * alpha, name=name, **kwargs)
        self.alpha = alpha

    def lengths(self, true):
        annotated = true[..., 2:] > 0
        low = ops.min(ops.where(annotated, true[..., :2], np.inf), axis=1)
        high = ops.max(ops.where(annotated, true[..., :2], -np.inf), axis=1)
        return ops.maximum(ops.max(high - low, axis=-1), 0.0)  # -inf where nothing is annotated.

    def get_config(self):
        config = super().get_config()
        del config["radius"], config["reference"]
        return {**config, "alpha": self.alpha}
