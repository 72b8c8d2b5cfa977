"""Node-labelling minimum cost multicut: selects detections and partitions them into people.

The problem of DeeperCut (Insafutdinov et al. 2016, https://arxiv.org/abs/1605.03170) for detections whose keypoint is
known. The heuristic is greedy additive edge contraction, followed by joint Kernighan–Lin moves that may also suppress
nodes (Keuper et al. 2015, https://arxiv.org/abs/1505.06973; Levinkov et al. 2017, https://arxiv.org/abs/1611.04399).
"""

import math
import time

import numpy as np

from tfpose.codecs.grouping.kernighan_lin import improve

SUPPRESSED = -1
PROBABILITIES = (1e-7, 1 - 1e-7)


def multicut(unaries, pairs, costs, *, time_limit=1.0):
    """Selects some of n detections and partitions them into people, at a low total cost.

    The cost is the sum of the unaries of the selected detections and of the costs of the pairs within one person. The
    result does not depend on the order of the detections, unless the time runs out or costs are exactly equal.

    Args:
        unaries: `[n]`: cost of selecting each detection, such as `cost(probability)`.
        pairs: int `[E, 2]`: the two detections of each pair. Repeated pairs add up; self-pairs are ignored.
        costs: `[E]`: cost of having both detections in one person.
        time_limit: Seconds after which the best solution so far is returned.

    Returns:
        int64 `[n]`: the person of each detection, numbered from 0 in the order of first detections; `SUPPRESSED` for
        those not selected. Every person is connected by the pairs.

    Raises:
        ValueError: If shapes or indices do not fit, or a cost is not finite.
    """
    deadline = time.monotonic() + time_limit
    unaries, weights, paired = _matrices(unaries, pairs, costs)
    if not len(unaries):
        return np.zeros(0, "int64")
    order = np.lexsort((np.sort(weights, axis=1).sum(axis=1), unaries))
    unaries, weights = unaries[order], weights[np.ix_(order, order)]
    starts = np.unique([contract(unaries, weights, suppressing) for suppressing in (True, False)], axis=0)
    found = [improve(labels, unaries, weights, deadline) for labels in starts]
    best = min(found, key=lambda labels: _value(labels, unaries, weights))
    labels = np.empty_like(best)
    labels[order] = best
    return _numbered(labels, paired)


def objective(labels, unaries, pairs, costs) -> float:
    """The total cost of a solution, labels as returned by `multicut`."""
    unaries, weights, _ = _matrices(unaries, pairs, costs)
    return float(_value(np.asarray(labels) + 1, unaries, weights))


def cost(probability):
    """Cost of a probability: log((1 - p) / p), negative above one half; p is clipped to `PROBABILITIES`."""
    p = np.clip(np.asarray(probability, "float64"), *PROBABILITIES)
    return np.log((1 - p) / p)


def contract(unaries, weights, suppressing):
    """Greedy additive edge contraction: merges the two clusters whose union decreases the cost most, while it does.

    Args:
        unaries: `[n]`.
        weights: `[n, n]`, symmetric.
        suppressing: Whether clusters of positive cost count as suppressed, of cost 0, from the beginning, or only in
            the end.

    Returns:
        int64 `[n]`: cluster of each node, from 1; 0 for the suppressed.
    """
    n = len(unaries)
    labels, between, value = np.arange(n), weights.copy(), unaries.copy()
    np.fill_diagonal(between, np.inf)

    def change(i):
        if not suppressing:
            return between[i]
        least, least_i = np.minimum(value, 0), np.minimum(value[i], 0)
        return np.minimum(value[i][..., None] + value + between[i], 0) - least_i[..., None] - least

    changes = np.array(change(np.arange(n)))
    for _ in range(n - 1):
        i, j = divmod(int(changes.argmin()), n)
        if changes[i, j] >= 0:
            break
        value[i] += value[j] + between[i, j]
        between[i] += between[j]
        between[:, i] = between[i]
        between[j] = between[:, j] = np.inf
        changes[i] = changes[:, i] = change(np.array(i))
        changes[j] = changes[:, j] = changes[i, i] = np.inf
        labels[labels == j] = i
    return np.where(value[labels] < 0, labels + 1, 0)


def _matrices(unaries, pairs, costs):
    """Checks a problem; returns the unaries, a matrix of costs `[n, n]`, and whether pairs exist, `bool [n, n]`."""
    unaries, costs = (np.asarray(values, "float64").reshape(-1) for values in (unaries, costs))
    pairs, n = np.asarray(pairs, "int64").reshape(-1, 2), len(unaries)
    if len(pairs) != len(costs) or (len(pairs) and not 0 <= pairs.min() <= pairs.max() < n):
        raise ValueError(
            "`pairs` must be two indices of `unaries` for each of `costs`. "
            f"Received: {len(pairs)} pairs, {len(costs)} costs, {n} unaries."
        )
    if not (np.isfinite(unaries).all() and np.isfinite(costs).all()):
        raise ValueError(f"`unaries` and `costs` must be finite. Received: {unaries} and {costs}.")
    weights, paired = np.zeros((n, n)), np.zeros((n, n), bool)
    np.add.at(weights, tuple(pairs.T), costs)
    paired[tuple(pairs.T)] = True
    np.fill_diagonal(weights, 0)
    return unaries, weights + weights.T, paired | paired.T


def _value(labels, unaries, weights):
    """Total cost of clusters numbered from 1; 0 is suppressed."""
    kept = labels > 0
    together = (labels[:, None] == labels) & kept
    return math.fsum(unaries[kept]) + (weights * together).sum() / 2


def _numbered(labels, paired):
    """Renumbers clusters from 1 as their connected components from 0, by first detection; 0 as `SUPPRESSED`."""
    found = np.full(len(labels), SUPPRESSED)
    joined = paired & (labels[:, None] == labels)
    people = 0
    for first in np.flatnonzero(labels):
        if found[first] != SUPPRESSED:
            continue
        part, edge = np.zeros(len(labels), bool), np.arange(len(labels)) == first
        while edge.any():
            part |= edge
            edge = joined[edge].any(axis=0) & ~part
        found[part], people = people, people + 1
    return found
