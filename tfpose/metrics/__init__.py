"""Metrics compare keypoints with keypoints. To add one: write its file, add its line."""

from tfpose.metrics.detection_rate import DetectionRate
from tfpose.metrics.pck import PCK

METRICS = {
    "detection_rate": DetectionRate,
    "pck": PCK,
}
