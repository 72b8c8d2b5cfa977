"""Tells who is who from one frame of a video to the next, so that everyone keeps a colour."""

import numpy as np
from scipy.optimize import linear_sum_assignment

REFERENCES = ("head_top", "nose", "neck")  # The first that a person has is where they are; else the mean of all.


class Tracker:
    """Numbers people. The people of two frames are matched by the Hungarian method, as near to each other as can be.

    So pose-tensorflow draws its videos.

    Args:
        skeleton: The `Skeleton` of the keypoints.
        max_distance: How far somebody may move between two frames, in pixels.
    """

    def __init__(self, skeleton, max_distance=200.0):
        self.references = [skeleton.keypoints.index(name) for name in REFERENCES if name in skeleton.keypoints]
        self.max_distance = max_distance
        self.known = {}
        self.next = 0

    def __call__(self, people):
        """Numbers the people `[N, K, 3]` of the next frame: int `[N]`. Who was not there before has a new number."""
        places = [self._place(person) for person in np.asarray(people, "float64")]
        numbers = np.full(len(places), -1)
        before = list(self.known.items())
        if before and places:
            distances = np.linalg.norm(
                np.array(places)[:, None] - np.array([place for _, place in before])[None], axis=-1
            )
            # Who is too far from everyone costs always the same, so that they part nobody else.
            for i, j in zip(*linear_sum_assignment(np.minimum(distances, self.max_distance)), strict=True):
                if distances[i, j] < self.max_distance:
                    numbers[i] = before[j][0]
        for i in np.flatnonzero(numbers < 0):
            numbers[i], self.next = self.next, self.next + 1
        self.known = dict(zip(numbers.tolist(), places, strict=True))
        return numbers

    def _place(self, person):
        there = person[:, 2] > 0
        for k in self.references:
            if there[k]:
                return person[k, :2]
        return person[there, :2].mean(axis=0) if there.any() else np.zeros(2)
