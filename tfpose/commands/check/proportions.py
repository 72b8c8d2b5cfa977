"""What is usual in a data set: lengths of limbs for a person's size, and which sides lie left and right."""

import dataclasses
import warnings

import numpy as np

LEAST_PEOPLE = 50  # With fewer people nothing is known to be usual.
LEAST_LIMBS = 3  # A person's size is the median over limbs; with two it would follow the one that is wrong.
TO_SIGMA = 1.4826  # Median absolute deviation → standard deviation, for a normal distribution.
LEAST_SPREAD = 0.05  # Limbs of drawn people are all of one length.
STRONG = 0.5  # Two sides are clearly apart if the distance in x is at least this part of the usual one.
RIGID = 0.97  # Rate at which two pairs agree, or one pair lies one way, for the others to be suspicious.


@dataclasses.dataclass(frozen=True)
class Proportions:
    """Robust statistics of the limbs of a data set.

    Attributes:
        skeleton: The `Skeleton`, of L limbs and P pairs of sides.
        lengths: `[L]`: usual length of each limb, as a factor of a person's size.
        spreads: `[L]`: standard deviations of a limb's length over its usual one, from median absolute deviations.
        apart: `[P]`: usual distance in x between both sides of a pair, as a factor of a person's size.
        agreement: `[P, P]`: rate at which two pairs lie the same way; NaN where that is not known.
        leftward: `[P]`: rate at which the left keypoint has the larger x; NaN where that is not known.
    """

    skeleton: object
    lengths: np.ndarray
    spreads: np.ndarray
    apart: np.ndarray
    agreement: np.ndarray
    leftward: np.ndarray

    @classmethod
    def of(cls, skeleton, keypoints):
        """Measures people `[N, K, 3]`; v = 0 does not count."""
        measured = limb_lengths(keypoints, skeleton)
        lengths = _usual(measured)
        found = sizes(measured, lengths)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, of limbs that nobody has.
            relative = measured / (found[:, None] * lengths)
            deviations = np.nanmedian(np.abs(relative - np.nanmedian(relative, axis=0)), axis=0)
            offsets = side_offsets(keypoints, skeleton) / found[:, None]
            apart = np.nanmedian(np.abs(offsets), axis=0)
        spreads = np.fmax(TO_SIGMA * deviations, LEAST_SPREAD)
        return cls(skeleton, lengths, spreads, apart, *_ways(offsets, apart))

    def deviations(self, keypoints):
        """Robust z-scores `[N, L]` of the limbs of people `[N, K, 3]`: how far their length is from the usual one.

        NaN where a limb is not annotated, the person has fewer than `LEAST_LIMBS`, or nothing is known to be usual.
        """
        measured = limb_lengths(keypoints, self.skeleton)
        found = sizes(measured, self.lengths)
        return (measured / (found[:, None] * self.lengths) - 1) / self.spreads


def limb_lengths(keypoints, skeleton):
    """Lengths `[N, L]` in pixels of the limbs of people `[N, K, 3]`; NaN where an end is not annotated."""
    keypoints = np.asarray(keypoints, "float64").reshape(-1, len(skeleton), 3)
    ends = np.array([skeleton.indices(limb) for limb in skeleton.limbs], int).reshape(-1, 2)
    a, b = keypoints[:, ends[:, 0]], keypoints[:, ends[:, 1]]
    there = (a[..., 2] > 0) & (b[..., 2] > 0)
    return np.where(there, np.linalg.norm(a[..., :2] - b[..., :2], axis=-1), np.nan)


def side_offsets(keypoints, skeleton):
    """Distances in x `[N, P]` from the right to the left keypoint of each pair; NaN where one is not annotated."""
    keypoints = np.asarray(keypoints, "float64").reshape(-1, len(skeleton), 3)
    pairs = np.array([skeleton.indices(pair) for pair in skeleton.pairs], int).reshape(-1, 2)
    left, right = keypoints[:, pairs[:, 0]], keypoints[:, pairs[:, 1]]
    return np.where((left[..., 2] > 0) & (right[..., 2] > 0), left[..., 0] - right[..., 0], np.nan)


def sizes(measured, usual):
    """Sizes `[N]` of people: the median over their limbs of the measured length over the usual one, `[N, L]` and `[L]`.

    NaN with fewer than `LEAST_LIMBS`.
    """
    relative = measured / usual
    known = np.isfinite(relative).sum(axis=1) >= LEAST_LIMBS
    found = np.full(len(measured), np.nan)
    if known.any():
        found[known] = np.nanmedian(relative[known], axis=1)
    return np.where(found > 0, found, np.nan)


def _usual(measured, rounds=4):
    """Usual lengths `[L]` for a size of 1: alternates between medians over people and over limbs (median polish)."""
    logs = np.log(np.where(measured > 0, measured, np.nan))
    logs = logs[np.isfinite(logs).sum(axis=1) >= LEAST_LIMBS]
    counted = np.isfinite(logs).sum(axis=0)
    usual = np.zeros(logs.shape[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, of limbs that nobody has.
        for _ in range(rounds if len(logs) else 0):
            size = np.nanmedian(logs - np.nan_to_num(usual), axis=1, keepdims=True)
            usual = np.nanmedian(logs - size, axis=0)
    return np.where(counted >= LEAST_PEOPLE, np.exp(usual), np.nan)


def _ways(offsets, apart):
    """Rates at which two pairs agree `[P, P]`, and at which each has its left keypoint at the larger x `[P]`."""
    clear = np.abs(offsets) >= STRONG * apart
    leftward = clear & (offsets > 0)
    both = (clear[:, :, None] & clear[:, None]).sum(axis=0)
    same = ((leftward[:, :, None] == leftward[:, None]) & clear[:, :, None] & clear[:, None]).sum(axis=0)
    count = clear.sum(axis=0)
    agreement = np.where(both >= LEAST_PEOPLE, same / np.maximum(both, 1), np.nan)
    return agreement, np.where(count >= LEAST_PEOPLE, leftward.sum(axis=0) / np.maximum(count, 1), np.nan)
