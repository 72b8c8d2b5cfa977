"""Share of keypoints that are right, pooled over all of them and of each alone: the base of training's metrics."""

import keras
import numpy as np
from keras import ops


class PooledRate(keras.metrics.Metric):
    """Share of hits among the keypoints that count, 0 to 1, pooled over all keypoints.

    Args:
        num_keypoints: K, to count each keypoint alone, too, for `keypoint_rates`; 0 to count them together only.
    """

    def __init__(self, num_keypoints=0, **kwargs):
        super().__init__(**kwargs)
        self.num_keypoints = num_keypoints
        shape = (num_keypoints,) if num_keypoints else ()
        self.hits = self.add_weight(shape=shape, name="hits", initializer="zeros")
        self.counted = self.add_weight(shape=shape, name="counted", initializer="zeros")

    def add(self, hit, counted):
        """Adds keypoints: whether each is a hit, and whether it counts, both `bool [..., K]`."""
        axes = tuple(range(len(hit.shape) - (1 if self.num_keypoints else 0)))
        for weight, flags in ((self.hits, hit), (self.counted, counted)):
            weight.assign_add(ops.sum(ops.cast(flags, weight.dtype), axis=axes))

    def result(self):
        return ops.divide_no_nan(ops.sum(self.hits), ops.sum(self.counted))

    def keypoint_rates(self):
        """Share of hits of each keypoint, 0 to 1, `[K]`; NaN where none counts. Empty without `num_keypoints`."""
        hits, counted = (np.atleast_1d(ops.convert_to_numpy(weight)) for weight in (self.hits, self.counted))
        rates = np.divide(hits, counted, out=np.full(hits.shape, np.nan), where=counted > 0)
        return rates if self.num_keypoints else rates[:0]

    def get_config(self):
        config = super().get_config()
        return {**config, "num_keypoints": self.num_keypoints} if self.num_keypoints else config
