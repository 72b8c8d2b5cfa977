"""Kinds of errors of found keypoints: good, jitter, inversion, swap, miss.

Ronchi and Perona 2017, Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation, section 3.1
(https://arxiv.org/abs/1707.05388), with the thresholds of their code, coco-analyze: a keypoint's similarity, one term
of OKS, is at least 0.85 within the error of human annotators, and at least 0.5 near the keypoint.
"""

import numpy as np

from tfpose.metrics import matching
from tfpose.metrics.oks import oks

KINDS = {
    "good": "within the error of human annotators: similarity of at least 0.85",
    "jitter": "near the right place: similarity of 0.5 to 0.85",
    "inversion": "near the same keypoint of the other side: left and right exchanged",
    "swap": "near the keypoint, or its counterpart, of another person",
    "miss": "near none of these, or not found",
}
"""Kinds by name, with what they mean."""

GOOD, NEAR = 0.85, 0.5
SAME_PERSON = 0.1  # Minimum OKS of an annotated person and the person found: that of coco-analyze.
UNCOUNTED = -1


def error_kinds(true, found, area, sigmas, flip, others=(), other_areas=()):
    """Returns the kind of each keypoint found for one annotated person.

    Args:
        true: The person's annotated keypoints `[K, 3]`; v = 0 does not count.
        found: Keypoints `(x, y, score)` `[K, 3]` in the same pixels; not found where the score is not above 0 or a
            number is NaN.
        area: Area of the person, in pixels squared.
        sigmas: `[K]`: falloffs of OKS, in parts of the square root of the area.
        flip: `[K]`: index of each keypoint's counterpart on the other side, or its own.
        others: Annotated keypoints `[N, K, 3]` of the other people in the image.
        other_areas: Their areas `[N]`, in pixels squared.

    Returns:
        `int [K]`: indices into `KINDS`; `UNCOUNTED` where nothing is annotated.
    """
    true, found = np.asarray(true, "float64"), np.asarray(found, "float64")
    everyone = np.concatenate([true[None], np.reshape(others, (-1, *true.shape))])
    areas = np.concatenate([[area], np.reshape(other_areas, -1)])
    there = np.isfinite(found).all(axis=-1) & (found[:, 2] > 0)
    place = np.where(there[:, None], found[:, :2], 0)
    candidates = np.concatenate([everyone, everyone[:, flip]])  # The person, others, then all with sides exchanged.
    near = there & (candidates[..., 2] > 0)
    likeness = np.where(near, similarity(candidates, place, np.tile(areas, 2), sigmas), -1)
    nearest, best = likeness.argmax(axis=0), likeness.max(axis=0)  # Of equal ones the first, the person itself.
    kinds = np.where(nearest == 0, 1, np.where(nearest == len(everyone), 2, 3))
    kinds = np.where((nearest == 0) & (best >= GOOD), 0, kinds)
    kinds = np.where(best < NEAR, 4, kinds)
    return np.where(true[:, 2] > 0, kinds, UNCOUNTED)


def similarity(true, found, areas, sigmas):
    """The similarity of single keypoints, whose mean over a person's annotated keypoints is OKS.

    Args:
        true: `[..., K, 2+]`.
        found: `[..., K, 2+]`, in the same pixels.
        areas: `[...]`, in pixels squared.
        sigmas: `[K]`.

    Returns:
        `exp(-distance² / (8 sigma² area))`, `[..., K]`.
    """
    squares = ((np.asarray(found)[..., :2] - np.asarray(true)[..., :2]) ** 2).sum(axis=-1)
    variances = (2 * np.asarray(sigmas, "float64")) ** 2 * (np.asarray(areas)[..., None] + np.spacing(1))
    return np.exp(-squares / variances / 2)


def same_people(true, found, areas, sigmas, scores, ignored, crowds):
    """Returns which person found each annotated person is, by COCO's greedy matching at an OKS of `SAME_PERSON`.

    Args:
        true: Annotated keypoints `[N, K, 3]`.
        found: Keypoints `[M, K, 3]`.
        areas: `[N]`, in pixels squared.
        sigmas: `[K]`.
        scores: `[M]`: of the people found.
        ignored: `bool [N]`: annotated people and regions that do not count.
        crowds: `bool [N]`: regions that hold many people.

    Returns:
        `int [N]`: the index of the person found, -1 where there is none; and the indices of those found who are
        matched to nobody, not even to an ignored person.
    """
    order = np.argsort(-np.asarray(scores, "float64"), kind="stable")
    likeness = oks(true, np.asarray(found)[order], areas, sigmas)
    taken = matching.match(likeness, np.array([SAME_PERSON]), np.asarray(ignored)[None], crowds)[0, 0]
    matched = np.full(len(true), -1)
    for i, person in enumerate(taken):
        if person >= 0 and not crowds[person]:
            matched[person] = order[i]
    return matched, np.sort(order[taken < 0])
