"""The pairwise terms of DeeperCut: offsets between keypoints, and how likely two detections are of one person.

Insafutdinov et al. 2016 (https://arxiv.org/abs/1605.03170), section 3. The features of a pair are distances and angles
only, so two people at the same place cannot be separated by them.
"""

import dataclasses

import numpy as np

from tfpose.commands import reading

ARRAYS = ("pairs", "means", "deviations", "low", "high", "weights")
LEAST = 1.0  # Minimum standard deviation, in input pixels, so that offsets can be divided by it.
LARGEST = 1e9  # Of all numbers, so that none is damage, or infinite in float32.


@dataclasses.dataclass(frozen=True, eq=False)
class PairwiseTerms:
    """Statistics of the offsets of ordered pairs of keypoints, and a logistic model for every pair.

    Args:
        pairs: int `[P, 2]`: ordered pairs `(a, b)` of keypoints, both directions of each, sorted.
        means: `[P, 2]`: mean of `(x, y)` of b minus that of a, in input pixels.
        deviations: `[P, 2]`: their standard deviations.
        low: `[P / 2, 8]`: minimum of each feature in training, by pair with a < b; empty before a model is fitted.
        high: `[P / 2, 8]`: maximum of each feature.
        weights: `[P / 2, 9]`: coefficients of the features, scaled from [low, high] to [0, 1], and of the constant 1.

    Raises:
        ValueError: If the shapes of the arrays are inconsistent.
    """

    pairs: np.ndarray
    means: np.ndarray
    deviations: np.ndarray
    low: np.ndarray = ()
    high: np.ndarray = ()
    weights: np.ndarray = ()

    def __post_init__(self):
        given = {"pairs": ("int64", 2), "means": ("float64", 2), "deviations": ("float64", 2)}
        given |= {"low": ("float64", 8), "high": ("float64", 8), "weights": ("float64", 9)}
        for name, (dtype, width) in given.items():
            values = np.asarray(getattr(self, name), "float64").reshape(-1, width)
            if not (np.isfinite(values) & (np.abs(values) < LARGEST)).all():
                raise ValueError(f"`{name}` must be numbers below {LARGEST:g}. Received: {values.ravel()[:20]}.")
            object.__setattr__(self, name, values.astype(dtype))
        pairs, models = len(self.pairs), len(self.pairs) // 2
        sizes = [len(getattr(self, name)) for name in ARRAYS]
        if sizes not in ([pairs] * 3 + [models] * 3, [pairs] * 3 + [0] * 3):
            raise ValueError(
                f"`means` and `deviations` must be one per pair, `low`, `high` and `weights` one per two or none. "
                f"Received: {dict(zip(ARRAYS, sizes, strict=True))}."
            )
        if self.pairs.size and self.pairs.min() < 0:
            raise ValueError(f"`pairs` must be indices of keypoints. Received: {self.pairs.min()}.")
        if not np.array_equal(self.pairs, ordered(self.pairs)):
            raise ValueError(f"`pairs` must be sorted, both directions of each. Received: {self.pairs.tolist()}.")

    @property
    def fitted(self) -> bool:
        """Whether it has logistic models."""
        return len(self.weights) > 0 or len(self.pairs) == 0

    def table(self, keypoints: int):
        """int `[K, K]`: index of each ordered pair in `pairs`; the number of pairs for those that are not in it."""
        found = np.full((keypoints, keypoints), len(self.pairs))
        found[tuple(self.pairs.T)] = np.arange(len(self.pairs))
        return found

    def save(self, path):
        """Writes an `.npz` of named arrays."""
        np.savez_compressed(path, **{name: getattr(self, name) for name in ARRAYS})

    @classmethod
    def load(cls, path) -> "PairwiseTerms":
        """Reads what `save` wrote.

        Raises:
            ValueError: If the file is damaged or of another form.
        """
        with reading.explained(path, f"an .npz file with the arrays {', '.join(ARRAYS)}"), np.load(path) as arrays:
            return cls(**{name: arrays[name] for name in ARRAYS})

    def to_dict(self) -> dict:
        """Nested lists, as JSON takes them."""
        return {name: getattr(self, name).tolist() for name in ARRAYS}


def ordered(graph):
    """Both directions of every pair of keypoints, sorted: int `[P, 2]`."""
    graph = np.asarray(graph, "int64").reshape(-1, 2)
    return np.unique(np.concatenate([graph, graph[:, ::-1]]), axis=0).reshape(-1, 2)


def complete(keypoints: int):
    """All ordered pairs, int `[P, 2]`; the index of `(a, b)` is `(K - 1) * a + b - [a < b]`."""
    return ordered(np.stack(np.triu_indices(keypoints, 1), axis=1))


def unknown(pairs) -> PairwiseTerms:
    """Uninformative terms: means 0, deviations 1 pixel, no models."""
    return PairwiseTerms(pairs, np.zeros((len(pairs), 2)), np.ones((len(pairs), 2)))


def measured(keypoints, flip, pairs) -> PairwiseTerms:
    """Terms of people and their mirror images: means and standard deviations of the offsets within a person.

    Args:
        keypoints: `[N, K, 3]`: `(x, y, v)` in input pixels; pairs count where both are annotated.
        flip: K indices of the keypoints after mirroring, see `Skeleton.flip`.
        pairs: int `[P, 2]`, as `ordered` returns them; pairs that nobody has get mean 0 and deviation 1.
    """
    keypoints = np.asarray(keypoints, "float64")
    mirrored = (keypoints * [-1, 1, 1])[:, flip]
    keypoints = np.concatenate([keypoints, mirrored])
    means, deviations = np.zeros((len(pairs), 2)), np.ones((len(pairs), 2))
    for i, (a, b) in enumerate(pairs):
        both = (keypoints[:, a, 2] > 0) & (keypoints[:, b, 2] > 0)
        if both.any():
            offsets = keypoints[both, b, :2] - keypoints[both, a, :2]
            means[i], deviations[i] = offsets.mean(axis=0), np.maximum(offsets.std(axis=0), LEAST)
    return PairwiseTerms(pairs, means, deviations)


def features(real, predicted):
    """The features of one direction of a pair: distance and angle between two vectors.

    Args:
        real: `[..., 2]`: from one detection's cell to the other detection, in input pixels.
        predicted: `[..., 2]`: the offset to the other keypoint that the network predicts in that cell.

    Returns:
        `[..., 2]`: the distance of the two in pixels, and their difference in direction, 0 … π.
    """
    real, predicted = np.asarray(real, "float64"), np.asarray(predicted, "float64")
    turn = np.abs(np.arctan2(real[..., 1], real[..., 0]) - np.arctan2(predicted[..., 1], predicted[..., 0]))
    return np.stack([np.linalg.norm(real - predicted, axis=-1), np.minimum(turn, 2 * np.pi - turn)], axis=-1)


def expanded(forward, backward):
    """The features of a pair `[..., 8]`: those of both directions `[..., 2]`, and `exp(-f)` of each."""
    f = np.concatenate([forward, backward], axis=-1)
    return np.concatenate([f, np.exp(-f)], axis=-1)


def normalised(values, low, high):
    """Features `[..., 8]` scaled from [low, high] to [0, 1], and the constant 1: `[..., 9]`."""
    scaled = (values - low) / np.maximum(high - low, 1e-12)
    return np.concatenate([scaled, np.ones_like(scaled[..., :1])], axis=-1)


def logistic(logits):
    """`1 / (1 + exp(-logits))`, without overflow."""
    return np.exp(-np.logaddexp(0, -logits))


def of_one_place(distance, slope=0.2, offset=7.5):
    """The probability that two detections at a distance in input pixels are of one person: one half at 37.5."""
    return logistic(offset - slope * distance)
