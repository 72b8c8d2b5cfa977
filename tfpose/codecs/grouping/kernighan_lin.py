"""Joint Kernighan–Lin local search for the node-labelling multicut.

Keuper et al. 2015 (https://arxiv.org/abs/1505.06973) and Levinkov et al. 2017 (https://arxiv.org/abs/1611.04399).
"""

import itertools
import time

import numpy as np

GAIN = 1e-6  # Minimum decrease of the cost that counts as an improvement.
STEPS = 1000  # Budget of moves in passes that start with a suboptimal move: dozens per node in small problems.


def improve(labels, unaries, weights, deadline):
    """Improves a clustering as long as its total cost decreases.

    Args:
        labels: int `[n]`: cluster of each node, from 1; 0 for the suppressed.
        unaries: `[n]`: cost of keeping a node.
        weights: `[n, n]`, symmetric: cost of having two in one cluster.
        deadline: Time of `time.monotonic` at which the search stops.

    Returns:
        int `[n]`: labels of the improved clustering.
    """
    labels = _compact(labels)
    while time.monotonic() < deadline:
        gain, labels = _kernighan_lin_pass(labels, unaries, weights, range(labels.max() + 2))
        merged, labels = _merge(labels, weights)
        if gain + merged < GAIN:
            gain, labels = _pass_over_pairs(labels, unaries, weights, deadline)
            if gain < GAIN:
                gain, labels = _perturb(labels, unaries, weights, deadline)
            if gain < GAIN:
                break
        labels = _compact(labels)
    return labels


def _pass_over_pairs(labels, unaries, weights, deadline):
    """Runs a pass for every pair of clusters, and of a cluster and a new one. Returns the decrease, and labels."""
    total = 0.0
    for pair in itertools.combinations(range(1, labels.max() + 2), 2):
        if time.monotonic() > deadline:
            break
        gain, labels = _kernighan_lin_pass(labels, unaries, weights, (0, *pair))
        total += gain
    return total, labels


def _perturb(labels, unaries, weights, deadline):
    """Runs passes over all clusters that start with a suboptimal move; returns the first that decreases the cost."""
    clusters = np.arange(labels.max() + 2)
    change = _values(labels, unaries, weights, clusters)
    change -= np.take_along_axis(change, labels[:, None], axis=1)
    np.put_along_axis(change, labels[:, None], np.inf, axis=1)
    starts = np.argsort(change, axis=None, kind="stable")[1 : 1 + STEPS // max(len(labels), 1)]
    for start in starts:
        gain, changed = _kernighan_lin_pass(labels, unaries, weights, clusters, divmod(int(start), len(clusters)))
        if gain > GAIN:
            return gain, changed
        if time.monotonic() > deadline:
            break
    return 0.0, labels


def _kernighan_lin_pass(labels, unaries, weights, clusters, start=None):
    """One Kernighan–Lin pass: moves each node once, greedily, also uphill; rolls back to the best prefix.

    Args:
        labels: int `[n]`.
        unaries: `[n]`.
        weights: `[n, n]`.
        clusters: Clusters between which nodes move. The first is 0, of the suppressed nodes.
        start: The first move as node and index in `clusters`; by default the best one.

    Returns:
        The decrease of the cost, and the labels.
    """
    clusters = np.asarray(clusters)
    nodes = np.flatnonzero(np.isin(labels, clusters))
    w, at, rows = weights[np.ix_(nodes, nodes)], np.searchsorted(clusters, labels[nodes]), np.arange(len(nodes))
    value = _values(at, unaries[nodes], w, np.arange(len(clusters)))
    free, moves, total, best, kept = np.ones(len(nodes), bool), [], 0.0, 0.0, 0
    for _ in rows:
        change = np.where(free[:, None], value - value[rows, at][:, None], np.inf)
        change[rows, at] = np.inf
        node, to = start or divmod(int(change.argmin()), len(clusters))
        start = None
        total += change[node, to]
        if at[node]:
            value[:, at[node]] -= w[node]
        if to:
            value[:, to] += w[node]
        free[node], at[node] = False, to
        moves.append((node, to))
        if total < best - GAIN:
            best, kept = total, len(moves)
    labels = labels.copy()
    for node, to in moves[:kept]:
        labels[nodes[node]] = clusters[to]
    return -best, labels


def _values(labels, unaries, weights, clusters):
    """Cost of each node in each cluster, `[n, C]`; 0 in the first, of the suppressed nodes."""
    value = unaries[:, None] + weights @ (labels[:, None] == clusters)
    value[:, 0] = 0
    return value


def _merge(labels, weights):
    """Merges clusters greedily while the cost decreases. Returns the decrease, and labels."""
    member = labels[:, None] == np.arange(1, labels.max() + 1)
    between = member.T @ weights @ member
    np.fill_diagonal(between, np.inf)
    total = 0.0
    while between.size and between.min() < -GAIN:
        i, j = divmod(int(between.argmin()), len(between))
        total -= between[i, j]
        labels = np.where(labels == j + 1, i + 1, labels)
        between[i] += between[j]
        between[:, i] = between[i]
        between[j] = between[:, j] = np.inf
        between[i, i] = np.inf
    return total, labels


def _compact(labels):
    """Renumbers clusters 1, 2, 3, …"""
    kept = labels > 0
    found = np.zeros_like(labels)
    found[kept] = np.unique(labels[kept], return_inverse=True)[1] + 1
    return found
