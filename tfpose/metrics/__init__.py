"""Metrics compare keypoints with keypoints. To add one: write its file, add its line."""

from tfpose.metrics.ai_challenger import AIChallengerScore
from tfpose.metrics.box_pck import BOX_PCK, BoxPCK
from tfpose.metrics.detection_rate import DETECTION_RATE, DetectionRate
from tfpose.metrics.heatmap_pck import HEATMAP_PCK_10, HEATMAP_PCK_14
from tfpose.metrics.keypoint_recall import KeypointRecall
from tfpose.metrics.mpii_ap import MPIIMulti
from tfpose.metrics.oks import OKS
from tfpose.metrics.pairs import Pairs
from tfpose.metrics.pck import PCK, TORSO_PCK
from tfpose.metrics.pckh import PCKH
from tfpose.metrics.pcp import PCP
from tfpose.metrics.protocol import Protocol

METRICS = {
    "detection_rate": DetectionRate,
    "pck": PCK,
    "box_pck": BoxPCK,
}
"""What can be watched in training: one number, in Keras."""

PROTOCOLS = {
    "detection_rate": DETECTION_RATE,
    "pck": TORSO_PCK,
    "pckh": PCKH,
    "pcp": PCP,
    "box_pck": BOX_PCK,
    "heatmap_pck_14": HEATMAP_PCK_14,
    "heatmap_pck_10": HEATMAP_PCK_10,
}
"""What `evaluate.py` measures networks of one person by."""

PEOPLE_METRICS = {
    "oks": OKS,
    "ai_challenger": AIChallengerScore,
    "mpii_multi": MPIIMulti,
}
"""What it measures networks of several people by."""
