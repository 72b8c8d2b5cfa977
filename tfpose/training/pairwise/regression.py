"""Logistic regression: are two detections of one person?"""

import numpy as np

from tfpose.codecs.grouping.pairwise import normalised

REGULARIZATION = 1e-3


def fit(features, together, *, regularization=REGULARIZATION):
    """Fits the logistic model of one pair of keypoints.

    Minimises `|w|² / 2 + C * sum log(1 + exp(-y w·x))`, with labels y = ±1 and x the features scaled to 0 … 1, with a
    constant 1: the L2-regularised logistic regression of the MATLAB release of DeeperCut.

    Args:
        features: `[n, 8]`.
        together: bool `[n]`: whether both detections are of one person.
        regularization: C.

    Returns:
        `(low, high, weights)`: `[8]`, `[8]` and `[9]`. Without examples of both classes the weights are 0, and every
        probability is 0.5.
    """
    from scipy.optimize import minimize

    together = np.asarray(together, bool)
    if not together.any() or together.all():
        return np.zeros(8), np.ones(8), np.zeros(9)
    low, high = features.min(axis=0), features.max(axis=0)
    x, y = normalised(features, low, high), np.where(together, 1.0, -1.0)

    def objective(w):
        margins = -y * (x @ w)
        value = w @ w / 2 + regularization * np.logaddexp(0, margins).sum()
        slopes = np.exp(-np.logaddexp(0, -margins))
        return value, w - regularization * x.T @ (y * slopes)

    found = minimize(objective, np.zeros(9), jac=True, method="L-BFGS-B", options={"maxiter": 1000})
    return low, high, found.x


def balanced(together, rng):
    """Indices of all positives and of equally many negatives, or fewer, int `[n]`, sorted."""
    together = np.asarray(together, bool)
    right, wrong = np.flatnonzero(together), np.flatnonzero(~together)
    if len(wrong) > len(right):
        wrong = rng.choice(wrong, len(right), replace=False)
    return np.sort(np.concatenate([right, wrong]))
