"""The annotated people of an image, and people found, in the form that the metrics of several people compare."""

from typing import NamedTuple

import numpy as np


class Truths(NamedTuple):
    """The annotated people of one image, then its ignored regions.

    Attributes:
        keypoints: `[N, K, 3]`; zeros for ignored regions.
        boxes: `[N, 4]`: x, y, width, height, in pixels.
        areas: `[N]`, in pixels squared.
        crowds: `bool [N]`: whether it is a region that holds many people.
    """

    keypoints: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray
    crowds: np.ndarray

    @property
    def ignored(self):
        """Which do not count, `bool [N]`: crowds, and people without annotated keypoints."""
        return self.crowds | ~(self.keypoints[..., 2] > 0).any(axis=-1)


def truths(people) -> Truths:
    """Joins the annotated people of one image and its ignored regions.

    Args:
        people: Dict of one record: `keypoints` `[N, K, 3]`; optionally `areas` `[N]` and `boxes` `[N, 4]`, and
            `ignored_boxes` `[M, 4]`, `ignored_areas` and `ignored_crowds` `[M]`. Missing boxes are those around the
            annotated keypoints. Areas that are 0 or missing are those of the boxes, at least 1.
    """
    keypoints = np.asarray(people["keypoints"], "float64")
    n, m = len(keypoints), len(people.get("ignored_boxes", ()))
    regions = np.zeros((m, *keypoints.shape[1:]))
    boxes = _joined(people, "boxes", _tight(keypoints), np.zeros((m, 4)))
    areas = _joined(people, "areas", np.zeros(n), np.zeros(m))
    crowds = np.concatenate([np.zeros(n, bool), np.asarray(people.get("ignored_crowds", np.zeros(m)), bool)])
    areas = np.where(areas > 0, areas, np.maximum(boxes[:, 2] * boxes[:, 3], 1))
    return Truths(np.concatenate([keypoints, regions]), boxes, areas, crowds)


def placed(found):
    """Moves keypoints that were not found (score ≤ 0, or not finite) to the mean of the person's other keypoints.

    Results in the form of COCO have all keypoints, and those that are not annotated do not count.

    Args:
        found: People `(x, y, score)` `[M, K, 3]`.

    Returns:
        `float64 [M, K, 3]`; scores are not negative.
    """
    found = np.asarray(found, "float64")
    there = np.isfinite(found).all(axis=-1, keepdims=True) & (found[..., 2:] > 0)
    found = np.where(there, found, 0)
    middle = found[..., :2].sum(axis=1, keepdims=True) / np.maximum(there.sum(axis=1, keepdims=True), 1)
    return np.concatenate([np.where(there, found[..., :2], middle), found[..., 2:]], axis=-1)


def person_scores(found):
    """The mean score of each person's keypoints, `[M]`; those not found count as 0."""
    return placed(found)[..., 2].mean(axis=-1)


def extents(found):
    """Areas `[M]` of the boxes around all keypoints of `[M, K, 2+]`, in pixels squared."""
    return np.ptp(found[..., :2], axis=1).prod(axis=-1)


def check(people, found, num_keypoints, scores=None):
    """Checks shapes.

    Raises:
        ValueError: If `keypoints` of people or `found` are not `[N, K, 3]`, or scores are not one finite number per
            person found.
    """
    for name, values in (("keypoints", people["keypoints"]), ("found", found)):
        if np.ndim(values) != 3 or np.shape(values)[1:] != (num_keypoints, 3):
            raise ValueError(f"`{name}` must be [N, {num_keypoints}, 3]. Received: {list(np.shape(values))}.")
    if scores is not None and (np.shape(scores) != (len(found),) or not np.isfinite(scores).all()):
        raise ValueError(f"`scores` must be {len(found)} numbers, one per person. Received: {scores}.")


def _joined(people, name, without, without_ignored):
    """Values of a field for the annotated people, then for the ignored regions."""
    given = (people.get(name, without), without), (people.get(f"ignored_{name}", without_ignored), without_ignored)
    return np.concatenate([np.reshape(values, default.shape).astype("float64") for values, default in given])


def _tight(keypoints):
    """Boxes `[N, 4]` around the annotated keypoints of `[N, K, 3]`; of size 0 if there are none."""
    annotated = keypoints[..., 2:] > 0
    low, high = (np.where(annotated, keypoints[..., :2], end) for end in (1e9, -1e9))
    low, high = low.min(axis=1, initial=1e9), high.max(axis=1, initial=-1e9)
    return np.concatenate([low, np.maximum(high - low, 0)], axis=-1)
