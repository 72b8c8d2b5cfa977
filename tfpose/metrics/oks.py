"""Object keypoint similarity (OKS), and average precision and recall (AP, AR) by the rules of COCO.

The metric of COCO (Lin et al. 2014, https://arxiv.org/abs/1405.0312; https://cocodataset.org/#keypoints-eval).
"""

import numpy as np

from tfpose.metrics import matching
from tfpose.metrics.annotations import check, extents, person_scores, placed, truths
from tfpose.metrics.sigmas import sigmas_of

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
AREAS = np.array([(0, 1e10), (32**2, 96**2), (96**2, 1e10)])  # All people, medium and large ones, in pixels squared.
NAMES = ("AP", "AP50", "AP75", "APm", "APl", "AR", "AR50", "AR75", "ARm", "ARl")
MOST = 20  # Detections per image that count, those with the highest scores: `maxDets` of pycocotools.


def oks(true, found, areas, sigmas, boxes=None):
    """Returns the similarity of all annotated people with all people found.

    Args:
        true: Annotated keypoints `[N, K, 3]`.
        found: Keypoints `[M, K, 2+]`, in the same pixels.
        areas: `[N]`, in pixels squared.
        sigmas: `[K]`: falloffs, in parts of the square root of the area.
        boxes: `[N, 4]`: x, y, width, height. For people without annotated keypoints, distances are those to their box
            enlarged three times; without boxes, their similarity is 0.

    Returns:
        `float64 [N, M]`: the mean of `exp(-distance² / (8 sigma² area))` over the annotated keypoints.
    """
    true, found, areas = (np.asarray(values, "float64") for values in (true, found, areas))
    counted = true[..., 2] > 0
    offsets = found[None, :, :, :2] - true[:, None, :, :2]
    if boxes is not None:
        none = ~counted.any(axis=1)
        offsets[none] = _outside(found[..., :2], np.asarray(boxes, "float64")[none])
        counted = counted | none[:, None]
    variances = (2 * np.asarray(sigmas, "float64")) ** 2
    exponents = (offsets**2).sum(axis=-1) / variances / (areas + np.spacing(1))[:, None, None] / 2
    likeness = np.where(counted[:, None], np.exp(-exponents), 0).sum(axis=-1)
    return likeness / np.maximum(counted.sum(axis=1), 1)[:, None]


class OKS:
    """AP and AR by the rules of COCO, equal to those of pycocotools.

    Ten thresholds of OKS, 101 points of recall, three ranges of area, and the best 20 detections per image. A detection
    does not count if it is matched to an ignored person, or unmatched and outside of the range of area. Equal scores
    are ordered by image.

    Args:
        sigmas: `[K]`, of the skeleton.
    """

    def __init__(self, sigmas):
        self.sigmas = np.asarray(sigmas, "float64")
        if self.sigmas.ndim != 1 or not (self.sigmas > 0).all():
            raise ValueError(f"`sigmas` must be positive, one per keypoint. Received: {sigmas}.")
        self.reset_state()

    @classmethod
    def of(cls, skeleton):
        """The metric of a skeleton."""
        return cls(sigmas_of(skeleton)[0])

    def update_state(self, people, found, scores=None):
        """Adds one image.

        Args:
            people: Dict of one record, as `annotations.truths` takes it.
            found: People `(x, y, score)` `[M, K, 3]` in the same pixels; score 0 where a keypoint was not found.
            scores: `[M]`: scores of the people; by default the mean score of their keypoints.
        """
        check(people, found, len(self.sigmas), scores)
        scores = person_scores(found) if scores is None else np.asarray(scores, "float64")
        best = np.argsort(-scores, kind="stable")[:MOST]
        true, found = truths(people), placed(found)[best]
        ignored = true.ignored | _beyond(true.areas)
        similarity = oks(true.keypoints, found, true.areas, self.sigmas, true.boxes)
        taken = matching.match(similarity, THRESHOLDS, ignored, true.crowds)
        aside = np.where(taken < 0, _beyond(extents(found))[:, None], matching.at(ignored, taken))
        self._images.append((scores[best], taken >= 0, aside, (~ignored).sum(axis=1)))

    def result(self):
        """Returns the ten numbers of COCO by name (`NAMES`), 0 to 1; NaN where nobody is annotated."""
        if not self._images:
            return dict.fromkeys(NAMES, np.nan)
        recall, precision, counted = self._curves()
        numbers = []
        for values in (matching.average(recall, precision, RECALLS), recall.max(axis=-1, initial=0)):
            values = np.where(counted[:, None] > 0, values, np.nan)
            numbers += [values[0].mean(), values[0, 0], values[0, 5], values[1].mean(), values[2].mean()]
        return dict(zip(NAMES, map(float, numbers), strict=True))

    def curves(self):
        """Recall and precision after each detection of all areas, by descending score: both `[T, M]` for `THRESHOLDS`.

        M is 0 before the first image.
        """
        if not self._images:
            return np.zeros((2, len(THRESHOLDS), 0))
        recall, precision, _ = self._curves()
        return recall[0], precision[0]

    def reset_state(self):
        """Removes all images."""
        self._images = []

    def _curves(self):
        """Recall and precision `[A, T, M]`, and the number of annotations that count `[A]`."""
        scores, hit, aside = (np.concatenate(parts, axis=-1) for parts in list(zip(*self._images, strict=True))[:3])
        counted = sum(image[-1] for image in self._images)
        return (*matching.curves(scores, hit, aside, counted), counted)


def _outside(points, boxes):
    """Distances in x and y of points `[M, K, 2]` from boxes `[N, 4]` enlarged three times: `[N, M, K, 2]`; 0 inside."""
    low, size = boxes[:, None, None, :2], boxes[:, None, None, 2:]
    return np.maximum(low - size - points, 0) + np.maximum(points - (low + 2 * size), 0)


def _beyond(areas):
    """Whether areas `[N]` lie outside of each range, `[A, N]`."""
    return (areas < AREAS[:, :1]) | (areas > AREAS[:, 1:])
