"""Pairs of cells, of which some are of one person, as the MATLAB release of DeeperCut draws them from training images.

Unlike there, the vector between two cells ends where the network puts the second keypoint, as it does when people are
found; and a wrong cell may be another person's.
"""

import numpy as np

from tfpose.codecs.grouping.by_multicut import pair_features

POSITIVES, NEGATIVES = 100, 33  # Of each image and pair of keypoints at most; negatives of each of the three kinds.
CELLS = 16  # Drawn for each keypoint of an image among those close to it, and as many anywhere.


def draw_cells(person, rng):
    """Cells to look at, half of them close to a keypoint where there is one.

    Args:
        person: int `[h * w, K]`: whose keypoint each cell is close to, -1 for nobody's.

    Returns:
        int `[K, 2 * CELLS]`.
    """
    anywhere = rng.integers(0, len(person), (person.shape[1], 2 * CELLS))
    for cells, of_keypoint in zip(anywhere, person.T, strict=True):
        close = np.flatnonzero(of_keypoint >= 0)
        if len(close):
            cells[:CELLS] = rng.choice(close, CELLS)
    return anywhere


def examples(candidates, person, known, pair, rng):
    """Pairs of candidates of two keypoints.

    Args:
        candidates: `[K, M, 5 + 2K]`, as `part_groups.group` takes them.
        person: int `[K, M]`: whose they are, -1 for nobody's.
        known: bool `[N, K]`: which keypoints of which person are annotated.
        pair: The two keypoints `(a, b)`.

    Returns:
        `(features, together)`: `[n, 8]`, and bool `[n]`: whether they are of one person. Wrong ones are of three kinds:
        the second is not of the first's person, the first is not of the second's, or both are nobody's.
    """
    a, b = pair
    of_a, of_b = (values.reshape(-1) for values in np.meshgrid(person[a], person[b], indexing="ij"))
    has_b, has_a = known[of_a, b] & (of_a >= 0), known[of_b, a] & (of_b >= 0)
    kinds = [((of_a >= 0) & (of_a == of_b), POSITIVES)]
    kinds += [(wrong, NEGATIVES) for wrong in (has_b & (of_b != of_a), has_a & (of_a != of_b), (of_a < 0) & (of_b < 0))]
    chosen = [_some(np.flatnonzero(kind), number, rng) for kind, number in kinds]
    together = np.repeat([True, False, False, False], [len(kind) for kind in chosen])
    first, second = np.divmod(np.concatenate(chosen), person.shape[1])
    n = len(together)
    return pair_features(candidates[a, first], candidates[b, second], np.full(n, a), np.full(n, b)), together


def _some(indices, number, rng):
    return rng.choice(indices, number, replace=False) if len(indices) > number else indices
