"""Confidence intervals of keypoint rates by the bootstrap over people (Efron and Tibshirani 1993, chapter 13)."""

import numpy as np

from tfpose.evaluation import rates
from tfpose.metrics.protocol import Distances

LEVEL = 95  # Per cent of the resampled rates that an interval holds.


def intervals(protocol, pairs, threshold, *, samples=1000, seed=0) -> dict[str, tuple[float, float]]:
    """Computes how far the rates at one threshold may be due to the choice of people.

    Args:
        protocol: One of the values of `metrics.PROTOCOLS`.
        pairs: The `Pairs` of annotated and found keypoints.
        threshold: One of the thresholds of the protocol.
        samples: Number of times that as many people are drawn, with replacement.
        seed: Random seed of the drawing.

    Returns:
        By name, as of `rates.count`: the lowest and the highest per cent of the percentile interval.

    Raises:
        ValueError: If the protocol has no such threshold.
    """
    if threshold not in protocol.thresholds:
        known = ", ".join(map(str, protocol.thresholds))
        raise ValueError(f"`threshold` must be one of the protocol's. Received: {threshold}. Known: {known}.")
    at = protocol.thresholds.index(threshold)
    names, values, v = protocol.distances(pairs)
    rng = np.random.default_rng(seed)
    drawn = {}
    for _ in range(samples):
        people = rng.integers(len(values), size=len(values))
        found = rates.curves(protocol, Distances(names, values[people], v[people]))
        for name, curve in found.items():
            drawn.setdefault(name, []).append(curve[at])
    ends = (50 - LEVEL / 2, 50 + LEVEL / 2)
    return {name: tuple(np.nanpercentile(each, ends).tolist()) for name, each in drawn.items()}
