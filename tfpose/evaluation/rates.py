"""Rates of one metric: per cent by keypoint, by part of the body and in the mean; also of each visibility alone."""

from tfpose import skeletons
from tfpose.metrics.protocol import VISIBILITIES, mean, visibility


def count(protocol, pairs) -> dict:
    """Computes the rates of one metric.

    Args:
        protocol: One of the values of `PROTOCOLS`.
        pairs: The `Pairs` of annotated and found keypoints.

    Returns:
        A dict: `protocol`, in words; `thresholds` `[R]`; `keypoints`, name → per cent `[R]`, of every keypoint, every
        part of the body (the mean of its sides) and the means of the protocol; `counted`, keypoint → number of people;
        `area`, name → area under the curve in per cent, if the metric has one. If both visible and occluded keypoints
        occur, `visible` and `occluded` hold `keypoints`, `counted` and `area` of these alone.
    """
    distances = protocol.distances(pairs)
    result = {"protocol": protocol.describe(pairs, distances.names), "thresholds": protocol.thresholds}
    result |= _numbers(protocol, distances)
    kinds = {name: visibility(distances, v) for name, v in VISIBILITIES.items()}
    if all((kind.v > 0).any() for kind in kinds.values()):
        result |= {name: _numbers(protocol, kind) for name, kind in kinds.items()}
    return result


def curves(protocol, distances) -> dict:
    """Per cent `[R]` within each threshold: of every keypoint, every part of the body and the means, by name."""
    rates = protocol.rates(distances)
    return _by_part(rates, distances.names, protocol.head) | protocol.means(rates, distances)


def _numbers(protocol, distances):
    found = curves(protocol, distances)
    counted = (distances.v > 0).sum(axis=0).tolist()
    numbers = {"keypoints": found, "counted": dict(zip(distances.names, counted, strict=True))}
    if protocol.has_area:
        numbers["area"] = {name: protocol.area(curve) for name, curve in found.items()}
    return numbers


def _by_part(rates, names, head):
    """`[R, P]` → dict of `[R]`: for each part of the body the mean of its sides, and each side; then the head."""
    found = {}
    for name in names:
        part = skeletons.part(name)
        sides = [side for side in (part, f"left_{part}", f"right_{part}") if side in names]
        found[part] = mean(rates[:, [names.index(side) for side in sides]])
        if sides != [part]:
            found |= {side: rates[:, names.index(side)] for side in sides}
    if len(head) > 1 and set(head) <= set(names):
        found["head"] = mean(rates[:, [names.index(name) for name in head]])
    return found
