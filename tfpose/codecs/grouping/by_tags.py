"""Groups detections into people by their tags: Newell, Huang and Deng 2017 (https://arxiv.org/abs/1611.05424)."""

import numpy as np

from tfpose import skeletons

GROUPING_ORDER = (
    "nose", "eye", "ear", "head_top", "head", "neck", "thorax", "shoulder", "pelvis", "hip",
    "elbow", "wrist", "knee", "ankle",
)  # fmt: skip
"""Parts of the body in grouping order, the most reliably detected first; for COCO that of the authors' code."""

TIE = 1e-6  # Weight of the squared tag distance, which breaks ties of the rounded distances.


def grouping_order(skeleton) -> tuple[int, ...]:
    """Indices of the K keypoints in the order of `GROUPING_ORDER`; other parts come last."""
    parts = [skeletons.part(name) for name in skeleton.keypoints]
    ranks = [GROUPING_ORDER.index(part) if part in GROUPING_ORDER else len(GROUPING_ORDER) for part in parts]
    return tuple(sorted(range(len(parts)), key=ranks.__getitem__))


def group(candidates, order, *, max_people, min_score, tag_distance, far):
    """Assigns the detections of one keypoint after the other to the people with the nearest mean tags.

    The detections of a keypoint are matched to people with the Hungarian method, minimising the sum of
    `100 * round(distance) - score`, where the distance between a tag and the mean tag of a person is the root mean
    square over the tag dimensions, at most `far`. Unmatched detections start new people. Ties of the rounded distances
    are broken by the distances. The authors' code breaks them arbitrarily and has no `far`: a detection of a new person
    then often displaces that of another, and both are lost.

    Args:
        candidates: `[K, M, 3 + D]`: x, y, score, tags, of one image.
        order: K indices of keypoints in the order of grouping.
        max_people: Maximum number of people; when it is reached, further keypoints are still assigned to them, where
            the authors' code stops.
        min_score: Only detections with a higher score are grouped.
        tag_distance: Maximum distance of a detection from the person it is assigned to.
        far: Distances above this cost the same; infinity for the authors' grouping.

    Returns:
        People `float32 [N, K, 3]`: `(x, y, score)`, zeros where a keypoint was not found; by descending mean score.
    """
    k, _, width = candidates.shape
    people = np.zeros((max_people, k, width))
    sums, counts, n = np.zeros((max_people, width - 3)), np.zeros(max_people, int), 0
    for keypoint in order:
        detections = candidates[keypoint][candidates[keypoint, :, 2] > min_score].astype("float64")
        owners = _match(detections, sums[:n] / counts[:n, None], tag_distance, far)
        unmatched = np.flatnonzero(owners < 0)[: max_people - n]
        owners[unmatched] = n + np.arange(len(unmatched))
        n += len(unmatched)
        detections, owners = detections[owners >= 0], owners[owners >= 0]
        people[owners, keypoint] = detections
        sums[owners] += detections[:, 3:]
        counts[owners] += 1
    people = people[:n, :, :3].astype("float32")
    return people[np.argsort(-people[..., 2].mean(axis=1), kind="stable")]


def _match(detections, means, tag_distance, far):
    """Index of the person of each detection `[M, 3 + D]`, given mean tags `[N, D]`: `[M]`; -1 without one."""
    from scipy.optimize import linear_sum_assignment

    owners = np.full(len(detections), -1)
    if len(means):
        distances = np.sqrt(np.square(detections[:, None, 3:] - means).mean(axis=-1))
        costs = (
            100 * np.round(np.minimum(distances, far))
            - detections[:, 2:3]
            + TIE * np.square(np.minimum(distances, tag_distance))
        )
        rows, columns = linear_sum_assignment(costs)
        near = distances[rows, columns] < tag_distance
        owners[rows[near]] = columns[near]
    return owners
