"""Calibrated scores: the probability that a keypoint lies within 0.2 torsos of where a person would annotate it."""

import dataclasses
import json
import math
import pathlib
import sys

import numpy as np

from tfpose.commands import runs
from tfpose.skeletons import part

FILE = "calibration.json"
EXPORTED = "assets.extra"  # Folder of an export that holds its JSON files, see `prediction.exported`.
FEWEST = 50  # Annotated keypoints for a curve of their own; parts of the body with fewer share that of all.
LIKELIEST = 0.5  # Below it, a keypoint is more likely wrong than right.
KEPT = 0.99  # Share of the people found on the calibration data that the default threshold keeps.


@dataclasses.dataclass(frozen=True)
class Calibration:
    """Curves from raw scores to probabilities, one per keypoint: `1 / (1 + exp(-(slope * log(score) + intercept)))`.

    Platt's scaling (1999) of the logarithm of the score. Against isotonic regression it needs two numbers instead of a
    step per group of equal scores, of which some hundred people determine few; it is strictly monotonic, so that the
    order of scores, and with it every ranking metric of one keypoint, stays; and it goes on below the lowest score of
    the calibration data, where images without people lie.

    Attributes:
        keypoints: Their K names.
        slopes: `[K]`, not negative.
        intercepts: `[K]`.
        min_score: Mean probability below which a person is not reported by default.
        shown: Dict of what the network was shown, for which alone the probabilities hold: `crop`, `scales`, `mirror`,
            `image_size` and `torso_prior`.
        fitted_on: Dict that describes the data and the errors of calibration.
        weights: SHA-256 of the file of the weights.
    """

    keypoints: tuple[str, ...]
    slopes: tuple[float, ...]
    intercepts: tuple[float, ...]
    min_score: float
    shown: dict
    fitted_on: dict
    weights: str

    def of(self, keypoints):
        """Returns the calibration of some of the keypoints, by name."""
        chosen = [self.keypoints.index(name) for name in keypoints]
        slopes, intercepts = (tuple(values[k] for k in chosen) for values in (self.slopes, self.intercepts))
        return dataclasses.replace(self, keypoints=tuple(keypoints), slopes=slopes, intercepts=intercepts)

    def __call__(self, people):
        """Returns people `[N, K, 3]` with probabilities in place of scores; 0 stays 0, a keypoint not found."""
        people = np.array(people, "float32")
        people[..., 2] = probabilities(people[..., 2], self.slopes, self.intercepts)
        return people

    def write(self, folder):
        """Writes `calibration.json` into a folder."""
        runs.write_json(pathlib.Path(folder, FILE), dataclasses.asdict(self))


def beside(path) -> Calibration | None:
    """Returns the calibration of a model, or None if it has none.

    Args:
        path: A run folder, a `.keras` file, or an export, as `Predictor.load` takes it. A calibration of other weights
            is left out, with a line on stderr: those of a run change while it is trained.
    """
    path = pathlib.Path(path)
    folder = path if path.is_dir() else path.parent
    for file in (folder / FILE, folder / EXPORTED / FILE):
        if file.is_file():
            values = json.loads(file.read_text("utf-8"))
            lists = ("keypoints", "slopes", "intercepts")
            found = Calibration(**{name: tuple(v) if name in lists else v for name, v in values.items()})
            weights = path if path.is_file() else folder / "best.keras"
            if file.parent == folder and weights.is_file() and runs.digest(weights) != found.weights:
                print(f"{file}: left out, since it was fitted to other weights; see --calibrate.", file=sys.stderr)
                return None
            return found
    return None


def fit(scores, hits, counted, keypoints):
    """Fits the curves of all keypoints; those of one part of the body, such as both wrists, share a curve.

    Args:
        scores: `[N, K]`: raw scores.
        hits: `bool [N, K]`: whether the keypoint lies within 0.2 torsos.
        counted: `bool [N, K]`: whether it is annotated, and the torso known.
        keypoints: Their K names.

    Returns:
        Slopes and intercepts `[K]`.
    """
    counted = counted & (scores > 0)
    parts = np.array([part(name) for name in keypoints])
    shared = _logistic(scores[counted], hits[counted])
    curves = []
    for name in parts:
        own = counted & (parts == name)
        curves.append(_logistic(scores[own], hits[own]) if own.sum() >= FEWEST else shared)
    return tuple(np.array(curves).T)


def cross_validated(scores, hits, counted, keypoints, images, folds=5):
    """Probabilities `[N, K]` of people, by curves fitted without the people of their images' part of the data.

    Args:
        scores, hits, counted, keypoints: As of `fit`.
        images: `[N]`: ids of their images.
        folds: Number of parts.
    """
    part_of = np.unique(images, return_inverse=True)[1] % folds
    found = np.zeros(scores.shape)
    for i in range(folds):
        out = part_of == i
        found[out] = probabilities(scores[out], *fit(scores[~out], hits[~out], counted[~out], keypoints))
    return found


def threshold(probabilities, hits, counted) -> float:
    """The default of `--min_score`: 0.5, or less, if that would leave out more than 1 % of the people found.

    A person is found if at least half of the counted keypoints are right. The mean of their probabilities is the
    expected share of right keypoints; below 0.5, most are expected to be wrong.

    Args:
        probabilities: `[N, K]`.
        hits: `bool [N, K]`.
        counted: `bool [N, K]`.
    """
    rates = (hits & counted).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
    found = probabilities[(rates >= 0.5) & counted.any(axis=1)].mean(axis=1)
    return math.floor(1000 * min(LIKELIEST, np.quantile(found, 1 - KEPT))) / 1000 if len(found) else 0.0


def probabilities(scores, slopes, intercepts):
    """Returns `[..., K]` of scores `[..., K]`; 0 where the score is not positive."""
    there = scores > 0
    return np.where(
        there, _sigmoid(np.asarray(slopes) * np.log(np.where(there, scores, 1)) + np.asarray(intercepts)), 0
    )


def _logistic(scores, hits):
    """Slope and intercept of the logistic regression of hits `[M]` on the logarithm of scores, by Newton's method.

    The targets are Platt's, slightly inside of 0 and 1, so that the fit is finite also where all are hits.
    """
    right, wrong = hits.sum(), (~hits).sum()
    targets = np.where(hits, (right + 1) / (right + 2), 1 / (wrong + 2))
    inputs = np.stack([np.log(scores), np.ones(len(scores))], axis=1)
    curve = np.array([0.0, math.log((right + 1) / (wrong + 1))])
    for _ in range(50):
        found = _sigmoid(inputs @ curve)
        hessian = (inputs.T * (found * (1 - found))) @ inputs + 1e-6 * np.eye(2)
        step = np.linalg.solve(hessian, inputs.T @ (targets - found))
        curve = curve + step * min(1, 5 / np.abs(step).max(initial=1e-12))  # Far from the optimum, steps overshoot.
        if np.abs(step).max() < 1e-8:
            break
    if curve[0] <= 0:  # These scores tell nothing; a falling curve would turn their order round.
        return 0.0, math.log((right + 1) / (wrong + 1))
    return curve


def _sigmoid(x):
    return 1 / (1 + np.exp(-np.clip(x, -50, 50)))
