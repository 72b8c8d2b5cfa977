"""PCK: percentage of correct keypoints, those within a fraction of the torso (Yang and Ramanan 2013).

The metric of LSP and PARSE, at 0.2; the same count as the detection rate, which says 10 where PCK says 0.1.
"""

import keras

from tfpose.metrics.detection_rate import DetectionRate, torso_distances
from tfpose.metrics.protocol import Protocol

ALPHAS = tuple(i / 100 for i in range(21))

TORSO_PCK = Protocol(
    part_of="the torso, {reference}",
    distances=torso_distances,
    thresholds=ALPHAS,
    shown=(0.1, 0.2),
    head=("neck", "head_top"),
    needs="reference",
)


@keras.saving.register_keras_serializable("tfpose")
class PCK(DetectionRate):
    """Part of all annotated keypoints that are correct: 0 to 1, all keypoints together.

    Args:
        reference: Indices of the two keypoints whose distance is the torso.
        alpha: Fraction of the torso.
    """

    def __init__(self, reference, alpha=0.2, name="pck", **kwargs):
        super().__init__(reference, 100 * alpha, name=name, **kwargs)
        self.alpha = alpha

    def get_config(self):
        config = super().get_config()
        del config["radius"]
        return {**config, "alpha": self.alpha}
