"""COCO's own evaluation, pycocotools, of records with any keypoints; and people in the JSON form of its results."""

import contextlib
import importlib.metadata
import io

import numpy as np

from tfpose.metrics.annotations import check, person_scores, placed, truths
from tfpose.metrics.oks import NAMES
from tfpose.metrics.sigmas import sigmas_of

CATEGORY = 1  # That of people.


class COCOScore:
    """AP and AR by pycocotools, for any number of keypoints.

    Attributes:
        truth: What was annotated so far, in the form of COCO's annotation files.
        results: What was found so far, in the form of COCO's results.

    Args:
        sigmas: `[K]`, of the skeleton.
        keypoints: K names, for `truth`.
    """

    def __init__(self, sigmas, keypoints=()):
        self.sigmas = tuple(sigmas)
        self.keypoints = tuple(keypoints)
        self.reset_state()

    @classmethod
    def of(cls, skeleton):
        """The metric of a skeleton."""
        return cls(sigmas_of(skeleton)[0], skeleton.keypoints)

    def update_state(self, people, found, scores=None):
        """Counts one image; arguments as those of `OKS.update_state`. An `image_id` there is kept.

        Raises:
            ValueError: If there was an image of that number already.
        """
        check(people, found, len(self.sigmas), scores)
        number = image_number(people, len(self.truth["images"]))
        if number in self._numbers:
            raise ValueError(f"Every image must have its own `image_id`. Received: {number} twice.")
        self._numbers.add(number)
        self.truth["images"].append({"id": number})
        first = len(self.truth["annotations"]) + 1  # COCOeval takes 0 for nobody.
        self.truth["annotations"] += annotations(people, number, first)
        self.results += results(found, number, scores)

    def result(self):
        """Dict of the ten numbers, as that of `OKS`."""
        return evaluate(self.truth, self.results, self.sigmas)

    def reset_state(self):
        """Forgets all images."""
        category = {"id": CATEGORY, "name": "person", "keypoints": list(self.keypoints)}
        self.truth = {"images": [], "annotations": [], "categories": [category]}
        self.results = []
        self._numbers = set()


def image_number(people, index) -> int:
    """The `image_id` of a record; its place among all if it has none, or -1."""
    number = int(people.get("image_id", -1))
    return index if number < 0 else number


def annotations(people, image_id: int, first: int = 1) -> list[dict]:
    """Everyone annotated in one image, and what is ignored, as COCO annotates them.

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
    """Everyone found in one image, as COCO wants results, with keypoints that were not found amid the others.

    Args:
        found: People `(x, y, score)` `[M, K, 3]` in pixels of the image.
        image_id: Number of the image.
        scores: `[M]`, of the people; the mean of their keypoints' by default.
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
        sigmas: `[K]`, of the skeleton.

    Returns:
        The ten numbers by name, 0 to 1; NaN of nobody.
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):  # It tells of every step.
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
    """That of pycocotools."""
    return importlib.metadata.version("pycocotools")


def _nobody(index):
    """Results without anyone, which `loadRes` cannot read."""
    from pycocotools.coco import COCO

    found = COCO()
    found.dataset = {**index.dataset, "annotations": []}
    found.createIndex()
    return found


def _flat(keypoints):
    return np.asarray(keypoints, "float64").ravel().tolist()
