"""AP of MPII for several people: `evaluateAP` of Pishchulin et al. 2016, DeepCut (https://arxiv.org/abs/1511.06645).

AP is computed for each keypoint, after whole people found have been assigned to whole annotated people.
"""

import numpy as np

from tfpose import skeletons
from tfpose.metrics.annotations import check
from tfpose.metrics.matching import curves

LEFT_OUT = ("pelvis", "thorax")
HEAD = ("head_top", "neck")


class MPIIMulti:
    """AP of each keypoint: the area under its precision–recall curve.

    A person found is assigned to the annotated person of whose keypoints it has the largest share right. Of several
    that are assigned to one, that with the largest share is kept; all keypoints of the others are false positives. Of
    equal shares, the first is taken.

    Args:
        keypoints: K names. Pelvis and thorax do not count.
        alpha: Largest distance of a correct keypoint, as a fraction of the head size.
    """

    def __init__(self, keypoints, alpha=0.5):
        self.keypoints = tuple(keypoints)
        self.alpha = alpha
        self._kept = [i for i, name in enumerate(self.keypoints) if name not in LEFT_OUT]
        self.reset_state()

    @classmethod
    def of(cls, skeleton):
        """The metric of a skeleton."""
        return cls(skeleton.keypoints)

    def update_state(self, people, found):
        """Adds one image.

        Args:
            people: Dict of one record: `keypoints` `[N, K, 3]` and `head_sizes` `[N]`, in pixels.
            found: People `(x, y, score)` `[M, K, 3]` in the same pixels; score 0 where a keypoint was not found.

        Raises:
            ValueError: If a head size is unknown.
        """
        check(people, found, len(self.keypoints))
        true, found = (np.asarray(values, "float64")[:, self._kept] for values in (people["keypoints"], found))
        heads = np.asarray(people["head_sizes"], "float64")
        if not (heads > 0).all():
            raise ValueError(f"`head_sizes` must be positive: this metric is of data with heads. Received: {heads}.")
        there = np.isfinite(found).all(axis=-1) & (found[..., 2] > 0)
        near = _near(true, np.where(there[..., None], found, np.inf), self.alpha * heads)
        hit = np.zeros_like(there)
        for n, m in _assigned(near, (true[..., 2] > 0).sum(axis=1)):
            hit[m] = near[n, m]
        self._images.append((found[..., 2], there, hit))
        self._counted += (true[..., 2] > 0).sum(axis=0)

    def result(self):
        """Returns AP by name, 0 to 1: each part (the mean of its sides), each keypoint, `head`, `mean`; NaN of none."""
        names = [self.keypoints[i] for i in self._kept]
        parts = [np.zeros((3, 0, len(names))), *map(np.array, self._images)]
        scores, there, hit = np.concatenate(parts, axis=1).transpose(0, 2, 1)
        aps = dict(zip(names, map(_area, scores, there > 0, hit > 0, self._counted), strict=True))
        numbers = {}
        for name in names:
            part = skeletons.part(name)
            sides = [aps[side] for side in (part, f"left_{part}", f"right_{part}") if side in aps]
            numbers |= {part: float(np.mean(sides)), name: aps[name]}
        if set(HEAD) <= set(names):
            numbers["head"] = float(np.mean([aps[name] for name in HEAD]))
        return numbers | {"mean": float(np.mean(list(aps.values())))}

    def reset_state(self):
        """Removes all images."""
        self._images = []
        self._counted = np.zeros(len(self._kept), int)


def _near(true, found, radii):
    """Whether each keypoint found `[M, K, 3]` is within radii `[N]` of the annotated one `[N, K, 3]`: `[N, M, K]`."""
    offsets = found[None, ..., :2] - true[:, None, :, :2]
    return (true[:, None, :, 2] > 0) & (np.hypot(offsets[..., 0], offsets[..., 1]) <= radii[:, None, None])


def _assigned(near, annotated):
    """Pairs (annotated, found) of people, from hits `[N, M, K]` and numbers of annotated keypoints `[N]`."""
    if 0 in near.shape:
        return []
    parts = near.sum(axis=-1) / np.maximum(annotated, 1)[:, None]
    # Each person found keeps only the annotated person that it fits best.
    parts *= np.arange(len(parts))[:, None] == parts.argmax(axis=0)
    return [(n, m) for n, m in enumerate(parts.argmax(axis=1)) if parts[n, m] > 0]


def _area(scores, there, hit, counted):
    """The area under the precision–recall curve of one keypoint, from scores and hits `[M]` of all people found."""
    if not counted:
        return np.nan
    recall, precision = curves(scores[there], hit[there], np.zeros(there.sum(), bool), counted)
    return float((np.diff(recall, prepend=0) * precision).sum())
