"""Positive and negative pairs of cells from training images, sampled as in the MATLAB release of DeeperCut.

Unlike there, the vector between two cells ends at the network's refined location of the second keypoint, as it does at
prediction, and a negative cell may belong to another person.
"""

import numpy as np

from tfpose.codecs.grouping.by_multicut import pair_features

POSITIVES, NEGATIVES = 100, 33  # Maximum per image and pair of keypoints; negatives for each of the three kinds.
CELLS = 16  # Cells sampled near each keypoint of an image, and as many anywhere.


def draw_cells(person, rng):
    """Samples cells, half of them near a keypoint where there is one.

    Args:
        person: int `[h * w, K]`: index of the person whose keypoint the cell is near, -1 for none.
        rng: NumPy random generator.

    Returns:
        Indices of cells, int `[K, 2 * CELLS]`.
    """
    anywhere = rng.integers(0, len(person), (person.shape[1], 2 * CELLS))
    for cells, of_keypoint in zip(anywhere, person.T, strict=True):
        close = np.flatnonzero(of_keypoint >= 0)
        if len(close):
            cells[:CELLS] = rng.choice(close, CELLS)
    return anywhere


def examples(candidates, person, known, pair, rng):
    """Samples pairs of candidates of two keypoints, with labels.

    Args:
        candidates: `[K, M, 5 + 2K]`, as `PartFieldCodec.group` takes them.
        person: int `[K, M]`: index of the person each belongs to, -1 for none.
        known: bool `[N, K]`: whether a person's keypoint is annotated.
        pair: Indices of the two keypoints, `(a, b)`.
        rng: NumPy random generator.

    Returns:
        `(features, together)`: `[n, 8]`, and bool `[n]`: whether both belong to one person. Negatives are of three
        kinds: the second is not of the first's person, the first is not of the second's, or neither belongs to anyone.
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
