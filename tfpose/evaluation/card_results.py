"""Measurements for model cards, from the results of `tfpose evaluate --json`."""

import numpy as np

from tfpose.evaluation.intervals import intervals
from tfpose.metrics import PROTOCOLS
from tfpose.metrics.protocol import VISIBILITIES, Pairs
from tfpose.skeletons import Skeleton


def measurement(result, skeleton: Skeleton, metric, threshold, labels, *, output="detector") -> dict:
    """Returns one measurement in the form of a model card, see `pretrained.catalogue.Card.results`.

    Args:
        result: What `evaluate` returns for one person, or the JSON file of it.
        skeleton: The skeleton of the records.
        metric: Name of `metrics.PROTOCOLS`.
        threshold: One of its thresholds.
        labels: Names of the values: keypoints, parts of the body or means; the first are the most important.
        output: Label of the network's output.
    """
    found = result["predictions"]
    pairs = Pairs(
        skeleton=skeleton,
        true=np.array(found["truth"], "float64"),
        found=np.array(found[output], "float64")[..., :2],
        reference=tuple(result["protocol"]["reference"]),
        head_sizes=np.array(found["head_sizes"], "float64"),
        boxes=np.array(found["boxes"], "float64"),
    )
    rates, at = result["results"][output][metric], PROTOCOLS[metric].thresholds.index(threshold)
    ends = intervals(PROTOCOLS[metric], pairs, threshold)
    views = "mirror view too" if result["protocol"].get("mirror") else "one view"
    return {
        "data_set": result["data_set"]["converter"],
        "split": result["split"],
        "people": result["people"],
        "metric": metric,
        "threshold": threshold,
        "unit": f"per cent within {threshold} {rates['protocol']['distance']}",
        "protocol": f"crop: {result['protocol']['crop']}, {views}",
        "headline": labels[:2],
        "values": {label: round(rates["keypoints"][label][at], 1) for label in labels},
        "intervals": {label: [round(end, 1) for end in ends[label]] for label in labels},
        "groups": {
            group: {label: round(rates[group]["keypoints"][label][at], 1) for label in labels}
            for group in VISIBILITIES
            if group in rates
        },
    }
