"""Puts detections together into people by their tags: Newell, Huang and Deng 2017 (https://arxiv.org/abs/1611.05424)."""

import numpy as np

from tfpose import skeletons

OUTWARDS = (
    "nose", "eye", "ear", "head_top", "head", "neck", "thorax", "shoulder", "pelvis", "hip",
    "elbow", "wrist", "knee", "ankle",
)  # fmt: skip
"""Parts of the body, the surest first; COCO's keypoints so come in the order of the authors' code."""

TIE = 1e-6  # Weight of the squared distance of tags, which decides where rounding makes two people equally near.


def grouping_order(skeleton) -> tuple[int, ...]:
    """The K indices of the keypoints from head and torso outwards; parts unknown to `OUTWARDS` come last."""
    parts = [skeletons.part(name) for name in skeleton.keypoints]
    ranks = [OUTWARDS.index(part) if part in OUTWARDS else len(OUTWARDS) for part in parts]
    return tuple(sorted(range(len(parts)), key=ranks.__getitem__))


def group(candidates, order, *, max_people, min_score, tag_distance, far):
    """Goes through the keypoints, and gives each detection to the person with such tags, or makes it a new person.

    The detections of one keypoint are matched with the people all at once, so that `100 * round(distance) - score` is
    least in sum; the distance is that between a tag and the mean tag of the person, as root mean square over the tag
    dimensions, at most `far`. Where rounding makes two people equal, the nearer counts. The authors' code leaves that
    to chance, and has no `far`: somebody new then often takes away another's place, and both are nobody's.

    Args:
        candidates: `[K, M, 3 + D]`: x, y, score, tags, of one image.
        order: K indices: which keypoint comes first.
        max_people: When there are so many people, nobody is added, and the others still get their keypoints; the
            authors' code leaves out the keypoints that follow.
        min_score: Detections must have more.
        tag_distance: A person's detection must be nearer.
        far: From here on all distances are alike; infinity for the authors' grouping.

    Returns:
        People `float32 [N, K, 3]`: `(x, y, score)`, zeros where a keypoint was not found. The best mean score is first.
    """
    k, _, width = candidates.shape
    people = np.zeros((max_people, k, width))
    sums, counts, n = np.zeros((max_people, width - 3)), np.zeros(max_people, int), 0
    for keypoint in order:
        detections = candidates[keypoint][candidates[keypoint, :, 2] > min_score].astype("float64")
        owners = _match(detections, sums[:n] / counts[:n, None], tag_distance, far)
        strangers = np.flatnonzero(owners < 0)[: max_people - n]
        owners[strangers] = n + np.arange(len(strangers))
        n += len(strangers)
        detections, owners = detections[owners >= 0], owners[owners >= 0]
        people[owners, keypoint] = detections
        sums[owners] += detections[:, 3:]
        counts[owners] += 1
    people = people[:n, :, :3].astype("float32")
    return people[np.argsort(-people[..., 2].mean(axis=1), kind="stable")]


def _match(detections, means, tag_distance, far):
    """Whose each of the detections `[M, 3 + D]` is, among people of mean tags `[N, D]`: `[M]`, -1 for nobody's."""
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
