"""Tracks people through the frames of a video: each keeps one number, by similarity of keypoints (OKS)."""

import dataclasses

import numpy as np
from scipy.optimize import linear_sum_assignment

from tfpose.metrics.sigmas import sigmas_of

MAX_GAP = 30  # Frames; about a second.
# COCO's falloffs describe how precisely people annotate; between frames, people move by more. With twice the falloffs,
# a person who moves by a tenth of their height has a similarity of 0.74, by 0.4 of it 0.12.
WIDENING = 2.0
MIN_SIMILARITY = 0.1
SMALLEST = 32.0**2  # Area in pixels squared that people have at least: COCO calls smaller ones small.
STEADINESS = 0.5  # Share of the velocity known so far in its running mean; poses jitter.


@dataclasses.dataclass
class _Track:
    """A person seen in earlier frames.

    Attributes:
        keypoints: `[K, 3]`, as they were found last.
        velocity: `[2]`, of the whole body, in pixels per frame.
        frame: Number of the frame in which they were found last.
    """

    keypoints: np.ndarray
    velocity: np.ndarray
    frame: int


class Tracker:
    """Numbers the people of successive frames.

    Everyone known is expected where their velocity leads, which keeps two people apart who cross; the people found are
    assigned to them by the Hungarian method, with the highest sum of OKS (as Xiao et al. 2018,
    https://arxiv.org/abs/1804.06208, without their optical flow). Falloffs grow with the square root of the frames that
    a person was missing, as the distance of a random walk.

    Args:
        skeleton: The `Skeleton` of the keypoints.
        max_gap: Number of frames that a person may be missing and still keep their number.
        min_similarity: OKS below which two people are not the same.

    Raises:
        ValueError: If `max_gap` is negative.
    """

    def __init__(self, skeleton, max_gap=MAX_GAP, min_similarity=MIN_SIMILARITY):
        if max_gap < 0:
            raise ValueError(f"`max_gap` must be at least 0 frames. Received: {max_gap}.")
        self.max_gap = max_gap
        self.min_similarity = min_similarity
        self._variances = (2 * WIDENING * np.asarray(sigmas_of(skeleton)[0])) ** 2
        self._tracks = {}
        self._frame = -1
        self._next = 0

    def __call__(self, people):
        """Numbers the people of the next frame.

        Args:
            people: `[N, K, 3]`: `(x, y, score)` in pixels; score 0: keypoint not found.

        Returns:
            int `[N]`, from 0 on. Who was not known gets a number that nobody had before.
        """
        self._frame += 1
        self._tracks = {n: t for n, t in self._tracks.items() if self._frame - t.frame <= self.max_gap + 1}
        people = np.asarray(people, "float64")
        numbers = np.full(len(people), -1)
        known = list(self._tracks)
        if known and len(people):
            similarity = np.array([[self._similarity(self._tracks[n], person) for n in known] for person in people])
            # Pairs that are not alike cost the same as none, so that they part nobody else.
            allowed = np.where(similarity >= self.min_similarity, similarity, 0)
            for i, j in zip(*linear_sum_assignment(-allowed), strict=True):
                if allowed[i, j] > 0:
                    numbers[i] = known[j]
        for i in np.flatnonzero(numbers < 0):
            numbers[i], self._next = self._next, self._next + 1
        for number, person in zip(numbers.tolist(), people, strict=True):
            self._tracks[number] = self._moved(self._tracks.get(number), person)
        return numbers

    def _similarity(self, track, person):
        """OKS of a person with where a track is expected, over the keypoints that both have; 0 without any."""
        steps = self._frame - track.frame
        common = (track.keypoints[:, 2] > 0) & (person[:, 2] > 0)
        if not common.any():
            return 0.0
        offsets = person[common, :2] - (track.keypoints[common, :2] + steps * track.velocity)
        area = max(_area(track.keypoints), _area(person), SMALLEST)
        exponents = (offsets**2).sum(axis=1) / (2 * area * self._variances[common] * steps)
        return np.exp(-exponents).mean()

    def _moved(self, track, person):
        """The track with the person's new keypoints."""
        if track is None:
            return _Track(person, np.zeros(2), self._frame)
        common = (track.keypoints[:, 2] > 0) & (person[:, 2] > 0)
        step = (person[common, :2] - track.keypoints[common, :2]).mean(axis=0) / (self._frame - track.frame)
        return _Track(person, STEADINESS * track.velocity + (1 - STEADINESS) * step, self._frame)


def _area(person):
    """Area around the keypoints that were found, in pixels squared; that of a square of half its length if thin."""
    found = person[person[:, 2] > 0, :2]
    sides = np.ptp(found, axis=0) if len(found) else np.zeros(2)
    return max(sides.prod(), (sides.max() / 2) ** 2)
