"""Everyone of an image, annotated or found, made ready to be compared."""

from typing import NamedTuple

import numpy as np


class Truths(NamedTuple):
    """Everyone of one image, those first that are annotated: `keypoints` `[N, K, 3]`, `boxes`, `areas`, `crowds`."""

    keypoints: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray
    crowds: np.ndarray

    @property
    def ignored(self):
        """Who is neither missed nor found: `bool [N]`, crowds and people without keypoints."""
        return self.crowds | ~(self.keypoints[..., 2] > 0).any(axis=-1)


def truths(people) -> Truths:
    """Puts the annotated people of one image and the regions that are ignored into one list.

    Args:
        people: Dict of one record: `keypoints` `[N, K, 3]`; perhaps `areas` `[N]` and `boxes` `[N, 4]`; perhaps
            `ignored_boxes` `[M, 4]`, `ignored_areas` and `ignored_crowds` `[M]`. Boxes not given are those around the
            annotated keypoints. Areas that are 0 or not given are those of the boxes, and 1 at least.
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
    """Puts keypoints that were not found (score 0 or less, or no numbers) amid those of the person that were.

    A result of COCO has every keypoint, and none is punished that nobody annotated.

    Args:
        found: People `(x, y, score)` `[M, K, 3]`.

    Returns:
        `float64 [M, K, 3]`; scores are 0 at least.
    """
    found = np.asarray(found, "float64")
    there = np.isfinite(found).all(axis=-1, keepdims=True) & (found[..., 2:] > 0)
    found = np.where(there, found, 0)
    middle = found[..., :2].sum(axis=1, keepdims=True) / np.maximum(there.sum(axis=1, keepdims=True), 1)
    return np.concatenate([np.where(there, found[..., :2], middle), found[..., 2:]], axis=-1)


def person_scores(found):
    """The mean score of a person's keypoints, `[M]`; those not found count as 0."""
    return placed(found)[..., 2].mean(axis=-1)


def extents(found):
    """Areas `[M]` of the boxes around all keypoints of `[M, K, 2+]`, in pixels squared."""
    return np.ptp(found[..., :2], axis=1).prod(axis=-1)


def check(people, found, num_keypoints, scores=None):
    """Tells whether people found can be compared with people annotated.

    Raises:
        ValueError: If not.
    """
    for name, values in (("keypoints", people["keypoints"]), ("found", found)):
        if np.ndim(values) != 3 or np.shape(values)[1:] != (num_keypoints, 3):
            raise ValueError(f"`{name}` must be [N, {num_keypoints}, 3]. Received: {list(np.shape(values))}.")
    if scores is not None and (np.shape(scores) != (len(found),) or not np.isfinite(scores).all()):
        raise ValueError(f"`scores` must be {len(found)} numbers, one per person. Received: {scores}.")


def _joined(people, name, without, without_ignored):
    """The values of the annotated people, then those of the ignored regions."""
    given = (people.get(name, without), without), (people.get(f"ignored_{name}", without_ignored), without_ignored)
    return np.concatenate([np.reshape(values, default.shape).astype("float64") for values, default in given])


def _tight(keypoints):
    """Boxes `[N, 4]` around the annotated of `[N, K, 3]`; without size around none."""
    annotated = keypoints[..., 2:] > 0
    low, high = (np.where(annotated, keypoints[..., :2], end) for end in (1e9, -1e9))
    low, high = low.min(axis=1, initial=1e9), high.max(axis=1, initial=-1e9)
    return np.concatenate([low, np.maximum(high - low, 0)], axis=-1)
