"""Detection rate: how many keypoints are found within a radius, counted in hundredths of the torso.

The metric of FLIC: Sapp and Taskar 2013, Tompson et al. 2014 (https://arxiv.org/abs/1406.2984).
"""

import functools

import keras
from keras import ops

from tfpose.metrics.pairs import keypoint_distances
from tfpose.metrics.protocol import Protocol


def torso_lengths(true, reference):
    """Distances `[N]` of the two reference keypoints among `[N, K, 3]`; 0 where one of them is not annotated."""
    a, b = (true[:, i] for i in reference)
    length = ops.norm(a[:, :2] - b[:, :2], axis=-1)
    return ops.where((a[:, 2] > 0) & (b[:, 2] > 0), length, ops.zeros_like(length))


def torso_distances(pairs, parts=1):
    """Distances of all keypoints as parts of the torso; people without it do not count."""
    lengths = torso_lengths(pairs.true, pairs.skeleton.indices(pairs.reference))
    return keypoint_distances(pairs, ops.convert_to_numpy(lengths), parts)


DETECTION_RATE = Protocol(
    part_of="the torso, {reference}",
    distances=functools.partial(torso_distances, parts=100),
    thresholds=tuple(range(1, 21)),
    shown=(5, 10, 20),
    unit="hundredths",
    needs="reference",
)


def hits(true, found, lengths, radius):
    """Tells which keypoints are found: those with `100 * distance / length <= radius`.

    Args:
        true: Annotated keypoints `[N, K, 3]`.
        found: Keypoints `(x, y, ...)` `[N, K, 2+]`, in the same pixels. NaN is not found.
        lengths: `[N]`, what a distance is a part of, in pixels. People without a length (0) do not count.
        radius: Per cent of that length.

    Returns:
        Whether each keypoint is found, and whether it counts, both `bool [N, K]`.
    """
    distances = ops.norm(found[..., :2] - true[..., :2], axis=-1)
    counted = (true[..., 2] > 0) & (lengths > 0)[:, None]
    return counted & (100 * distances <= radius * lengths[:, None]), counted


@keras.saving.register_keras_serializable("tfpose")
class DetectionRate(keras.metrics.Metric):
    """Part of all annotated keypoints that are found within a radius: 0 to 1, all keypoints together.

    Args:
        reference: Indices of the two keypoints whose distance is the torso.
        radius: Per cent of the torso.
    """

    def __init__(self, reference, radius=10, name="detection_rate", **kwargs):
        super().__init__(name=name, **kwargs)
        self.reference = tuple(reference)
        self.radius = radius
        self.hits = self.add_weight(name="hits", initializer="zeros")
        self.counted = self.add_weight(name="counted", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Counts one batch.

        Args:
            y_true: Keypoints `[B, 1, K, 3]`.
            y_pred: Candidates `[B, K, 1, 3]`, in the same pixels.
            sample_weight: Not used; Keras passes it.
        """
        true, found = (
            ops.cast(y_true[:, 0], "float32"),
            ops.cast(y_pred[:, :, 0], "float32"),
        )
        hit, counted = hits(true, found, self.lengths(true), self.radius)
        self.hits.assign_add(ops.sum(ops.cast(hit, self.hits.dtype)))
        self.counted.assign_add(ops.sum(ops.cast(counted, self.counted.dtype)))

    def lengths(self, true):
        """What distances are relative to, in pixels: the torso `[B]` of keypoints `[B, K, 3]`, or 0 without one."""
        return torso_lengths(true, self.reference)

    def result(self):
        return ops.divide_no_nan(self.hits, self.counted)

    def get_config(self):
        return {
            **super().get_config(),
            "reference": self.reference,
            "radius": self.radius,
        }
