"""Who found whom, and how precise the finders are at each recall: the rules of COCO, for any likeness of people.

A areas, T thresholds, N people annotated, M found.
"""

import numpy as np


def match(alike, thresholds, ignored, crowds):
    """Gives people found, in the order they come in, the annotated person that they are most alike and nobody has yet.

    Those ignored are given only to whom nobody else is left; crowds can be given many times. Of equals, the last.

    Args:
        alike: `[N, M]`, the found in falling order of their scores.
        thresholds: `[T]`, the least likeness.
        ignored: `bool [A, N]`.
        crowds: `bool [N]`.

    Returns:
        Indices `int [A, T, M]` of the annotated people; -1: nobody.
    """
    n, m = alike.shape
    taken = np.full((len(ignored), len(thresholds), m), -1)
    free = np.ones((*taken.shape[:2], n), bool)
    for i in range(m if n else 0):
        fit = (alike[:, i] >= thresholds[:, None]) & (free | crowds)
        counted = fit & ~ignored[:, None]
        fit = np.where(counted.any(axis=-1, keepdims=True), counted, fit)
        last_best = n - 1 - np.argmax(np.where(fit, alike[:, i], -1)[..., ::-1], axis=-1)
        taken[..., i] = np.where(fit.any(axis=-1), last_best, -1)
        area, threshold = np.nonzero(taken[..., i] >= 0)
        free[area, threshold, taken[area, threshold, i]] = False
    return taken


def at(flags, taken):
    """The flags `[A, N]` of who was given, `[A, T, M]`; false for nobody."""
    flags = np.concatenate([flags, np.zeros((len(flags), 1), bool)], axis=1)  # -1 is the last.
    return flags[np.arange(len(flags))[:, None, None], taken]


def curves(scores, hit, aside, counted):
    """Recall and precision after each person found, in falling order of scores; of equals, the first.

    Args:
        scores: `[M]`.
        hit: `bool [..., M]`: right, if not `aside`.
        aside: `bool [..., M]`: neither right nor wrong.
        counted: How many there are to find: a number, or `[A]`, where hit is `[A, T, M]`.

    Returns:
        Recall and precision, `[..., M]`; each precision is the best at that recall or a higher one.
    """
    order = np.argsort(-scores, kind="stable")
    hit, aside = hit[..., order], aside[..., order]
    right, wrong = (np.cumsum(flags & ~aside, axis=-1) for flags in (hit, ~hit))
    recall = right / np.maximum(np.reshape(counted, (-1,) + (1,) * (hit.ndim - 1)), 1)
    precision = right / np.maximum(right + wrong, 1)
    return recall, np.maximum.accumulate(precision[..., ::-1], axis=-1)[..., ::-1]


def average(recall, precision, points):
    """The mean `[A, T]` of the precision `[A, T, M]` at some points of recall; 0 where a recall is not reached."""
    padded = np.concatenate([precision, np.zeros((*precision.shape[:-1], 1))], axis=-1)
    reached = [np.searchsorted(recall[index], points) for index in np.ndindex(recall.shape[:-1])]
    found = np.take_along_axis(padded, np.reshape(reached, (*recall.shape[:-1], -1)), axis=-1)
    return found.mean(axis=-1)
