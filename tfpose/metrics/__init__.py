"""Metrics, which compare found keypoints with annotated ones. To add one, write its file and add it here."""

from tfpose.metrics.ai_challenger import AIChallengerScore
from tfpose.metrics.heatmap_pck import HEATMAP_PCK_10, HEATMAP_PCK_14
from tfpose.metrics.keypoint_recall import KeypointRecall
from tfpose.metrics.mpii_ap import MPIIMulti
from tfpose.metrics.oks import OKS
from tfpose.metrics.pck import BOX_PCK, DETECTION_RATE, PCK, PCKH, TORSO_PCK, BoxPCK, DetectionRate
from tfpose.metrics.pcp import PCP
from tfpose.metrics.protocol import Pairs, Protocol

METRICS = {
    "detection_rate": DetectionRate,
    "pck": PCK,
    "box_pck": BoxPCK,
}
"""Keras metrics that training can compute on one person, and choose the best epoch by."""

PROTOCOLS = {
    "detection_rate": DETECTION_RATE,
    "pck": TORSO_PCK,
    "pckh": PCKH,
    "pcp": PCP,
    "box_pck": BOX_PCK,
    "heatmap_pck_14": HEATMAP_PCK_14,
    "heatmap_pck_10": HEATMAP_PCK_10,
}
"""Protocols of `evaluate.py` for networks of one person."""

PEOPLE_METRICS = {
    "oks": OKS,
    "ai_challenger": AIChallengerScore,
    "mpii_multi": MPIIMulti,
}
"""Metrics of `evaluate.py` for networks of several people."""
