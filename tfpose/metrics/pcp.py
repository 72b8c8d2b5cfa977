"""Strict PCP: percentage of correct parts, limbs with both ends correct (Ferrari et al. 2008, Eichner et al. 2012)."""

import numpy as np

from tfpose.metrics.protocol import Distances, Protocol

_SHOULDERS, _HIPS = ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")
_LIMBS = {
    "upper_arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
    "upper_leg": ("hip", "knee"),
    "lower_leg": ("knee", "ankle"),
}
STICKS = {
    "head": (("head_top",), ("neck",)),
    "torso": (_SHOULDERS, _HIPS),
    **{
        f"{side}_{name}": tuple((f"{side}_{end}",) for end in ends)
        for name, ends in _LIMBS.items()
        for side in ("left", "right")
    },
}
"""The ten limbs (sticks) of the metric: each end is a keypoint, or the mean of two."""


def stick_distances(pairs):
    """`Distances` of the worse end of each limb, in parts of the limb's annotated length.

    A limb counts if all its keypoints are annotated, and is visible if all of them are. A limb of length 0 is correct
    only if it is found exactly.
    """
    known = set(pairs.skeleton.keypoints)
    sticks = {name: ends for name, ends in STICKS.items() if {point for end in ends for point in end} <= known}
    worst, v = np.zeros((2, len(pairs.true), len(sticks)))
    for i, ends in enumerate(sticks.values()):
        indices = [pairs.skeleton.indices(end) for end in ends]
        true = [pairs.true[:, end, :2].mean(axis=1) for end in indices]
        found = [pairs.found[:, end, :2].mean(axis=1) for end in indices]
        length = np.linalg.norm(true[0] - true[1], axis=-1)
        apart = [np.linalg.norm(a - b, axis=-1) for a, b in zip(found, true, strict=True)]
        worst[:, i] = np.maximum(*apart) / np.maximum(length, 1e-9)
        v[:, i] = pairs.true[:, sum(indices, []), 2].min(axis=1)
    return Distances(tuple(sticks), worst, v)


PCP = Protocol(
    part_of="the limb's annotated length, at the worse of both ends",
    distances=stick_distances,
    thresholds=tuple(i / 100 for i in range(51)),
    shown=(0.2, 0.5),
)
