"""COCO's greedy matching of detections to annotations, and precision–recall curves, for any similarity of people.

A ranges of area, T thresholds, N annotated people, M detections (people found).
"""

import numpy as np


def match(similarity, thresholds, ignored, crowds):
    """Matches each detection, in their order, to the most similar annotated person that is not matched yet.

    Ignored people are matched only if no other is left; crowds are matched any number of times. Of equally similar
    people the last is taken, as pycocotools does.

    Args:
        similarity: `[N, M]`, detections by descending score.
        thresholds: `[T]`: minimum similarity.
        ignored: `bool [A, N]`: annotated people that do not count.
        crowds: `bool [N]`: annotated regions that hold many people.

    Returns:
        Indices `int [A, T, M]` of the annotated people; -1 where a detection is unmatched.
    """
    n, m = similarity.shape
    taken = np.full((len(ignored), len(thresholds), m), -1)
    free = np.ones((*taken.shape[:2], n), bool)
    for i in range(m if n else 0):
        fit = (similarity[:, i] >= thresholds[:, None]) & (free | crowds)
        counted = fit & ~ignored[:, None]
        fit = np.where(counted.any(axis=-1, keepdims=True), counted, fit)
        last_best = n - 1 - np.argmax(np.where(fit, similarity[:, i], -1)[..., ::-1], axis=-1)
        taken[..., i] = np.where(fit.any(axis=-1), last_best, -1)
        area, threshold = np.nonzero(taken[..., i] >= 0)
        free[area, threshold, taken[area, threshold, i]] = False
    return taken


def at(flags, taken):
    """The flags `[A, N]` of the annotated people matched, `[A, T, M]`; false where a detection is unmatched."""
    flags = np.concatenate([flags, np.zeros((len(flags), 1), bool)], axis=1)  # -1 is the last.
    return flags[np.arange(len(flags))[:, None, None], taken]


def curves(scores, hit, aside, counted):
    """Recall and precision after each detection, by descending score; equal scores keep their order.

    Args:
        scores: `[M]`.
        hit: `bool [..., M]`: whether a detection is a true positive, unless it is `aside`.
        aside: `bool [..., M]`: whether a detection does not count, neither as true nor as false positive.
        counted: Number of annotations that count: a number, or `[A]`, where hit is `[A, T, M]`.

    Returns:
        Recall and precision, `[..., M]`; each precision is the highest at that recall or above.
    """
    order = np.argsort(-scores, kind="stable")
    hit, aside = hit[..., order], aside[..., order]
    right, wrong = (np.cumsum(flags & ~aside, axis=-1) for flags in (hit, ~hit))
    recall = right / np.maximum(np.reshape(counted, (-1,) + (1,) * (hit.ndim - 1)), 1)
    precision = right / np.maximum(right + wrong, 1)
    return recall, np.maximum.accumulate(precision[..., ::-1], axis=-1)[..., ::-1]


def average(recall, precision, points):
    """The mean `[A, T]` of the precision `[A, T, M]` at given points of recall; 0 where a recall is not reached."""
    padded = np.concatenate([precision, np.zeros((*precision.shape[:-1], 1))], axis=-1)
    reached = [np.searchsorted(recall[index], points) for index in np.ndindex(recall.shape[:-1])]
    found = np.take_along_axis(padded, np.reshape(reached, (*recall.shape[:-1], -1)), axis=-1)
    return found.mean(axis=-1)
