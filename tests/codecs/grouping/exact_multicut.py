"""Random problems of the multicut, and their exact solution by an integer programme."""

import itertools

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from tfpose.codecs.grouping.multicut import cost


def problem(rng, n):
    """Detections and pairs of any probability, of which some pairs are missing: unaries, pairs, costs."""
    pairs = np.array([*itertools.combinations(range(n), 2)], int).reshape(-1, 2)
    pairs = pairs[rng.random(len(pairs)) < rng.uniform(0.3, 1)]
    return cost(rng.uniform(0.02, 0.98, n)), pairs, cost(rng.uniform(0.02, 0.98, len(pairs)))


def least(unaries, pairs, costs):
    """The lowest objective there is: x keeps a detection, y has two in one person, and being together is transitive."""
    n = len(unaries)
    y = {pair: n + i for i, pair in enumerate(itertools.combinations(range(n), 2))}
    total = np.zeros(n + len(y))
    total[:n] = unaries
    for (a, b), value in zip(pairs, costs, strict=True):
        total[y[min(a, b), max(a, b)]] += value
    rows = [({i: 1, v: -1}, 0) for pair, i in y.items() for v in pair]
    for a, b, c in itertools.combinations(range(n), 3):
        sides = [y[a, b], y[b, c], y[a, c]]
        rows += [({i: 1 - 2 * (i == one) for i in sides}, 1) for one in sides]
    matrix, high = np.zeros((len(rows), len(total))), [limit for _, limit in rows]
    for row, (entries, _) in zip(matrix, rows, strict=True):
        row[[*entries]] = [*entries.values()]
    bound = [LinearConstraint(matrix, -np.inf, high)] if rows else []
    return milp(total, integrality=np.ones(len(total)), bounds=Bounds(0, 1), constraints=bound).fun
