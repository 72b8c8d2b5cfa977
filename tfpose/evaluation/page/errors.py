"""Errors of one run, person by person: what was found for everyone annotated, how alike it is, and what is wrong."""

import dataclasses

import numpy as np

from tfpose.metrics import OKS
from tfpose.metrics.annotations import truths
from tfpose.metrics.error_kinds import GOOD, KINDS, NEAR, UNCOUNTED, error_kinds, same_people, similarity
from tfpose.metrics.oks import oks
from tfpose.metrics.sigmas import sigmas_of

LEAST_SCORES = 20  # Keypoints in a group of scores, for its share to mean something.


@dataclasses.dataclass(frozen=True)
class Errors:
    """What a run found for P annotated people.

    Attributes:
        ids: Image of each person.
        persons: `int [P]`: index of each person in the image.
        true: Annotated keypoints `[P, K, 3]`.
        found: Keypoints `(x, y, score)` `[P, K, 3]`; NaN where nobody was found.
        areas: `[P]`, in pixels squared.
        kinds: `int [P, K]`: indices into `KINDS`, or `UNCOUNTED`.
        oks: `[P]`: OKS of each person; 0 where nobody was found.
        likeness: `[P, K]`: similarity of each keypoint; NaN where not annotated or not found.
        false: People found who match nobody: image, score and keypoints `[K, 3]`, by descending score.
        metric: The `OKS` metric of all images; None for networks that find one person.
    """

    ids: list
    persons: np.ndarray
    true: np.ndarray
    found: np.ndarray
    areas: np.ndarray
    kinds: np.ndarray
    oks: np.ndarray
    likeness: np.ndarray
    false: list
    metric: OKS | None = None

    @property
    def unfound(self) -> int:
        """Number of people for whom nobody was found."""
        return int(np.isnan(self.found).all(axis=(1, 2)).sum())

    def shares(self):
        """Kinds of errors by keypoint, `int [K, 5]`."""
        return np.stack([(self.kinds == kind).sum(axis=0) for kind in range(len(KINDS))], axis=-1)

    def scored(self):
        """Scores and similarities of all keypoints that are annotated and found, both `[n]`."""
        there = np.isfinite(self.likeness)
        return self.found[..., 2][there], self.likeness[there]

    def reliability(self, groups=10):
        """Mean score, and share in the right place (similarity of at least `NEAR`), of groups of keypoints by score.

        Returns:
            Both `[G]`, of groups of equal numbers of keypoints, at most `groups`.
        """
        scores, likeness = self.scored()
        order = np.argsort(scores, kind="stable")
        parts = np.array_split(order, max(1, min(groups, len(order) // LEAST_SCORES)))
        parts = [part for part in parts if len(part)]
        return [np.array([values[part].mean() for part in parts]) for values in (scores, likeness >= NEAR)]


def errors_of(result, records) -> Errors:
    """Compares the predictions of an evaluation with the annotations.

    Args:
        result: What `evaluate` returned; of a network with several outputs, the last is taken.
        records: The records that it was measured on.
    """
    skeleton = records.skeleton
    sigmas = np.array(sigmas_of(skeleton)[0])
    several = "found" in result["predictions"]
    found_in = (_several if several else _single)(result, skeleton)
    metric = OKS(sigmas) if several else None
    rows, false = [], []
    for example in records.dataset().take(result["images"]).as_numpy_iterator():
        name, true = example["id"].decode(), truths(example)
        if several:
            found, scores = found_in(name)
            metric.update_state(example, found, scores)
            matched, alone = same_people(true.keypoints, found, true.areas, sigmas, scores, true.ignored, true.crowds)
            false += [(name, float(scores[i]), found[i]) for i in alone]
            pairs = [
                (i, found[j] if j >= 0 else np.full_like(true.keypoints[i], np.nan)) for i, j in enumerate(matched)
            ]
        else:
            pairs = found_in(name)
        rows += [_row(name, i, found, true, sigmas, skeleton.flip) for i, found in pairs if not true.ignored[i]]
    if not rows:
        raise ValueError("There must be an annotated person for a report. Received: none.")
    columns = list(zip(*rows, strict=True))
    arrays = map(np.array, columns[1:])
    return Errors(list(columns[0]), *arrays, sorted(false, key=lambda person: -person[1]), metric)


def _row(name, i, found, true, sigmas, flip):
    """The values of one person, in the order of the fields of `Errors`."""
    keypoints, area = true.keypoints[i], true.areas[i]
    # Some data sets annotate the same person twice: who is near both is not exchanged with another person.
    others = ~true.ignored & (oks(keypoints[None], true.keypoints, [area], sigmas)[0] < GOOD)
    kinds = error_kinds(keypoints, found, area, sigmas, flip, true.keypoints[others], true.areas[others])
    counted = kinds != UNCOUNTED
    likeness = similarity(keypoints, found, area, sigmas)
    there = counted & np.isfinite(likeness) & (np.asarray(found)[:, 2] > 0)
    mean = np.where(counted, np.nan_to_num(likeness), 0).sum() / counted.sum()
    return name, i, keypoints, found, area, kinds, mean, np.where(there, likeness, np.nan)


def _single(result, skeleton):
    """A function: id of an image → index and keypoints of each person that was measured."""
    predictions = result["predictions"]
    keypoints = predictions[list(result["results"])[-1]]
    by_image = {}
    for name, person, found in zip(predictions["ids"], predictions["person"], keypoints, strict=True):
        by_image.setdefault(str(name), []).append((int(person), found))
    return lambda name: by_image.get(name, [])


def _several(result, skeleton):
    """A function: id of an image → the people found `[M, K, 3]` and their scores `[M]`."""
    by_image = {}
    for person in result["predictions"]["found"]:
        by_image.setdefault(person["image_id"], []).append(person)

    def found(name):
        people = by_image.get(result["predictions"]["ids"][name], [])
        keypoints = np.array([person["keypoints"] for person in people]).reshape(-1, len(skeleton), 3)
        return keypoints, np.array([person["score"] for person in people])

    return found
