"""Groups detections into people by a multicut over the pairwise probabilities of DeeperCut."""

import numpy as np

from tfpose.codecs.grouping.multicut import SUPPRESSED, cost, multicut
from tfpose.codecs.grouping.pairwise import expanded, features, logistic, normalised, of_one_place

OFFSETS = 5  # Index of the first pairwise offset in a candidate.
DECIDED = 1e4  # Cost that keeps the decisions of an earlier stage; larger than any sum of a detection's other costs.


def group(candidates, terms, *, min_score=0.2, stages=(), time_limit=1.0):
    """Groups the candidates of one image into people.

    Args:
        candidates: `[K, M, 5 + 2K]`: refined `(x, y)`, score, `(x, y)` of the cell, and the predicted offset
            `(x, y)` from there to each keypoint of the same person; all in input pixels.
        terms: The `PairwiseTerms`. Without logistic models the mean distance of both directions is used.
        min_score: Minimum score of a candidate.
        stages: Tuples of keypoints that are grouped one after the other; people found in a stage are kept in the next
            ones. By default all are grouped at once.
        time_limit: Seconds for each multicut.

    Returns:
        People `float32 [N, K, 3]`, best first: `(x, y)` is the mean of a person's detections of a keypoint, weighted
        by their scores, and the score the highest of them. All three are 0 where a person has none.
    """
    candidates = np.asarray(candidates, "float64")
    keypoints, chosen = np.nonzero(candidates[..., 2] >= min_score)
    found = candidates[keypoints, chosen]
    pairs, probabilities = pair_probabilities(found, keypoints, terms, len(candidates))
    labels = _grouped(keypoints, cost(found[:, 2]), pairs, cost(probabilities), stages, time_limit)
    people = np.zeros((labels.max(initial=-1) + 1, len(candidates), 3))
    kept = labels >= 0
    person, keypoint, (x, y, score) = labels[kept], keypoints[kept], found[kept, :3].T
    np.add.at(people[..., 0], (person, keypoint), x * score)
    np.add.at(people[..., 1], (person, keypoint), y * score)
    np.add.at(people[..., 2], (person, keypoint), score)
    people[..., :2] /= np.maximum(people[..., 2:], 1e-12)
    people[..., 2] = 0
    np.maximum.at(people[..., 2], (person, keypoint), score)
    return people[np.argsort(-people[..., 2].sum(axis=1), kind="stable")].astype("float32")


def _grouped(keypoints, unaries, pairs, costs, stages, time_limit):
    """The person of each detection, int `[n]`, from one multicut or one per stage."""
    labels = np.full(len(keypoints), SUPPRESSED)
    waiting = np.ones(len(keypoints), bool)
    for stage in stages or [np.unique(keypoints)]:
        chosen = np.flatnonzero((waiting & np.isin(keypoints, stage)) | (labels != SUPPRESSED))
        waiting &= ~np.isin(keypoints, stage)
        place = np.full(len(keypoints), -1)
        place[chosen] = np.arange(len(chosen))
        there = (place[pairs] >= 0).all(axis=1)
        before = labels[chosen]
        old = np.argwhere(np.triu((before != SUPPRESSED) & (before[:, None] != SUPPRESSED), 1))
        decided = np.where(before[old[:, 0]] == before[old[:, 1]], -DECIDED, DECIDED)
        labels[chosen] = multicut(
            np.where(before == SUPPRESSED, unaries[chosen], -DECIDED),
            np.concatenate([place[pairs[there]], old]),
            np.concatenate([costs[there], decided]),
            time_limit=time_limit,
        )
    return labels


def pair_probabilities(found, keypoints, terms, number):
    """Probabilities that two detections are of one person.

    Args:
        found: `[n, 5 + 2K]`: candidates.
        keypoints: int `[n]`: the keypoint of each, in ascending order.
        terms: The `PairwiseTerms`.
        number: K.

    Returns:
        `(pairs, probabilities)`: int `[E, 2]` and `[E]`, of the pairs of one keypoint and of those with pairwise terms.
    """
    pairs = np.stack(np.triu_indices(len(found), 1), axis=1)
    a, b = keypoints[pairs].T
    place = terms.table(number)[a, b]
    pairs = pairs[(a == b) | (place < len(terms.pairs))]
    a, b = keypoints[pairs].T
    first, second = found[pairs[:, 0]], found[pairs[:, 1]]
    probabilities = of_one_place(np.linalg.norm(first[:, :2] - second[:, :2], axis=-1))
    other = a != b
    place = np.searchsorted(np.flatnonzero(terms.pairs[:, 0] < terms.pairs[:, 1]), terms.table(number)[a, b])
    given = pair_features(first[other], second[other], a[other], b[other])
    probabilities[other] = probability(given, terms, place[other])
    return pairs, probabilities


def pair_features(first, second, a, b):
    """The features `[n, 8]` of candidates `[n, 5 + 2K]` of keypoints a with others of keypoints b, both int `[n]`."""
    directions = []
    for here, there, keypoint in ((first, second, b), (second, first, a)):
        real = there[:, :2] - here[:, 3:5]
        offsets = here[:, OFFSETS:].reshape(len(here), (here.shape[1] - OFFSETS) // 2, 2)
        directions.append(features(real, offsets[np.arange(len(here)), keypoint]))
    return expanded(*directions)


def probability(values, terms, place):
    """Probabilities `[n]` of features `[n, 8]` under the logistic models with indices `place`, int `[n]`."""
    if not terms.fitted:
        return of_one_place((values[:, 0] + values[:, 2]) / 2)
    x = normalised(values, terms.low[place], terms.high[place])
    return logistic((x * terms.weights[place]).sum(axis=-1))
