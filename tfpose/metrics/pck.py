"""PCK: percentage of correct keypoints, those within a fraction of the torso (Yang and Ramanan 2013).

The same count as the detection rate, which says 10 where PCK says 0.1.
"""

import keras
import numpy as np

from tfpose.metrics.detection_rate import DetectionRate, detection_rates


def pck(true, found, reference, alphas):
    """Per cent of keypoints with `distance <= alpha * torso`, `[R, K]`: `detection_rates` at `100 * alphas`."""
    return detection_rates(true, found, reference, 100 * np.asarray(alphas))


@keras.saving.register_keras_serializable("tfpose")
class PCK(DetectionRate):
    """Part of all annotated keypoints that are correct: 0 to 1, all keypoints together.

    Args:
        reference: Indices of the two keypoints whose distance is the torso.
        alpha: Fraction of the torso.
    """

    rates = staticmethod(pck)
    thresholds = (0.05, 0.1, 0.15, 0.2)
    shown = (0.1, 0.2)

    def __init__(self, reference, alpha=0.2, name="pck", **kwargs):
        super().__init__(reference, 100 * alpha, name=name, **kwargs)
        self.alpha = alpha

    def get_config(self):
        config = super().get_config()
        del config["radius"]
        return {**config, "alpha": self.alpha}
