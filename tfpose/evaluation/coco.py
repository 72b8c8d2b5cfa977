"""COCO's own evaluation, pycocotools, for any keypoints; and people in its JSON forms."""

import contextlib
import importlib.metadata
import io

import numpy as np

from tfpose.metrics.annotations import check, person_scores, placed, truths
from tfpose.metrics.oks import NAMES
from tfpose.metrics.sigmas import sigmas_of

CATEGORY = 1  # The category of people.


class COCOScore:
    """AP and AR by pycocotools, for any number of keypoints.

    Attributes:
        truth: The annotations of all images so far, in the form of COCO's annotation files.
        results: The people found in them, in the form of COCO's results.

    Args:
        sigmas: `[K]`: the sigmas of OKS of the keypoints.
        keypoints: Their names, for `truth`.
    """

    def __init__(self, sigmas, keypoints=()):
        self.sigmas = tuple(sigmas)
        self.keypoints = tuple(keypoints)
        self.reset_state()

    @classmethod
    def of(cls, skeleton):
        """Makes the metric of a skeleton."""
        return cls(sigmas_of(skeleton)[0], skeleton.keypoints)

    def update_state(self, people, found, scores=None):
        """Adds one image; arguments as of `OKS.update_state`. An `image_id` in `people` is kept.

        Raises:
            ValueError: If there was an image of that number already.
        """
        check(people, found, len(self.sigmas), scores)
        number = image_number(people, len(self.truth["images"]))
        if number in self._numbers:
            raise ValueError(f"Every image must have its own `image_id`. Received: {number} twice.")
        self._numbers.add(number)
        self.truth["images"].append({"id": number})
        first = len(self.truth["annotations"]) + 1  # COCOeval reads the number 0 as no match.
        self.truth["annotations"] += annotations(people, number, first)
        self.results += results(found, number, scores)

    def result(self):
        """Returns the ten numbers by name, as `OKS` does."""
        return evaluate(self.truth, self.results, self.sigmas)

    def reset_state(self):
        """Forgets all images."""
        category = {"id": CATEGORY, "name": "person", "keypoints": list(self.keypoints)}
        self.truth = {"images": [], "annotations": [], "categories": [category]}
        self.results = []
        self._numbers = set()


def image_number(people, index) -> int:
    """Returns the `image_id` of a record, or `index` if it has none or -1."""
    number = int(people.get("image_id", -1))
    return index if number < 0 else number


def annotations(people, image_id: int, first: int = 1) -> list[dict]:
    """Returns the annotated people of one image, and its ignored regions, in the form of COCO's annotations.

    Args:
        people: Dict of one record, as `metrics.annotations.truths` takes it.
        image_id: Number of the image.
        first: Number of the first annotation.
    """
    true = truths(people)
    return [
        {
            "id": first + i,
            "image_id": image_id,
            "category_id": CATEGORY,
            "keypoints": _flat(keypoints),
            "num_keypoints": int((keypoints[:, 2] > 0).sum()),
            "bbox": box.tolist(),
            "area": float(area),
            "iscrowd": int(crowd),
        }
        for i, (keypoints, box, area, crowd) in enumerate(zip(*true, strict=True))
    ]


def results(found, image_id: int, scores=None) -> list[dict]:
    """Returns the people found in one image in the form of COCO's results.

    COCO has no form for a keypoint that was not found; it is put at the mean position of the person's other keypoints.

    Args:
        found: People `(x, y, score)` `[M, K, 3]` in pixels of the image.
        image_id: Number of the image.
        scores: `[M]`: scores of the people; the mean of their keypoints' by default.
    """
    scores = person_scores(found) if scores is None else scores
    common = {"image_id": image_id, "category_id": CATEGORY}
    return [
        {**common, "keypoints": _flat(keypoints), "score": float(score)}
        for keypoints, score in zip(placed(found), scores, strict=True)
    ]


def evaluate(truth, results, sigmas) -> dict[str, float]:
    """Runs COCOeval on keypoints.

    Args:
        truth: Dict in the form of COCO's annotation files.
        results: List in the form of COCO's results.
        sigmas: `[K]`: the sigmas of OKS of the keypoints.

    Returns:
        The ten numbers by name, 0 to 1; NaN where nobody is annotated.
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):  # It prints each step.
        index = COCO()
        index.dataset = truth
        index.createIndex()
        found = index.loadRes([dict(result) for result in results]) if results else _nobody(index)
        evaluation = COCOeval(index, found, "keypoints")
        evaluation.params.kpt_oks_sigmas = np.asarray(sigmas, "float64")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    numbers = np.where(evaluation.stats < 0, np.nan, evaluation.stats)
    return dict(zip(NAMES, map(float, numbers), strict=True))


def version() -> str:
    """Returns the version of pycocotools."""
    return importlib.metadata.version("pycocotools")


def _nobody(index):
    """Results with nobody; `loadRes` fails on an empty list."""
    from pycocotools.coco import COCO

    found = COCO()
    found.dataset = {**index.dataset, "annotations": []}
    found.createIndex()
    return found


def _flat(keypoints):
    return np.asarray(keypoints, "float64").ravel().tolist()
