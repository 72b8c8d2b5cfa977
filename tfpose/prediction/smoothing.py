"""One-Euro filter of tracked keypoints: Casiez et al. 2012, https://doi.org/10.1145/2207676.2208639."""

import math

import numpy as np

# As Casiez et al. advise, the first is the largest that leaves no visible jitter in a person who stands still, the
# second the smallest that leaves no visible lag in one who moves.
MIN_CUTOFF = 1.0  # Hz
BETA = 2.0  # Hz per (person's size per second)
DERIVATIVE_CUTOFF = 1.0  # Hz, as in the paper.
FORGOTTEN = 10.0  # Seconds after which a person who is missing leaves no state, which would take memory for ever.


class OneEuroFilter:
    """Smooths the keypoints of tracked people: strongly where they are still, hardly where they move.

    A low-pass filter of first order whose cutoff frequency is `min_cutoff + beta * |speed|`. Speed is measured in sizes
    of the person per second, so that the parameters hold for every resolution.

    Args:
        min_cutoff: Cutoff frequency at rest, in Hz; lower: less jitter.
        beta: Growth of the cutoff frequency with the speed, in Hz per size and second; higher: less lag.

    Raises:
        ValueError: If `min_cutoff` is not positive, or `beta` negative.
    """

    def __init__(self, min_cutoff=MIN_CUTOFF, beta=BETA):
        if not (0 < min_cutoff < math.inf and 0 <= beta < math.inf):
            raise ValueError(
                "Smoothing needs a cutoff frequency above 0 Hz, and a growth of at least 0. "
                f"Received: {min_cutoff:g}, {beta:g}."
            )
        self.min_cutoff = min_cutoff
        self.beta = beta
        self._states = {}

    def __call__(self, people, numbers, time):
        """Smooths the people of the next frame.

        Args:
            people: `[N, K, 3]`: `(x, y, score)` in pixels; keypoints of score 0 stay as they are, and begin anew when
                they are found again.
            numbers: `[N]`: numbers of their tracks.
            time: Time of the frame, in seconds.

        Returns:
            `float32 [N, K, 3]`, with the same scores.
        """
        self._states = {n: state for n, state in self._states.items() if time - state["time"] <= FORGOTTEN}
        smooth = [
            self._person(np.asarray(person, "float64"), int(number), time)
            for person, number in zip(people, numbers, strict=True)
        ]
        return np.asarray(smooth, "float32").reshape(np.shape(people))

    def _person(self, person, number, time):
        found = person[:, 2:] > 0
        before = self._states.get(number)
        points, speed = person[:, :2], np.zeros((len(person), 2))
        if before is not None and time > before["time"]:
            step = time - before["time"]
            there = found & before["found"]
            size = max(np.ptp(person[found[:, 0], :2], axis=0).max(), 1.0) if found.any() else 1.0
            slope = np.where(there, (points - before["points"]) / step, 0)
            speed = before["speed"] + _share(DERIVATIVE_CUTOFF, step) * (slope - before["speed"])
            cutoff = self.min_cutoff + self.beta * np.linalg.norm(speed, axis=1, keepdims=True) / size
            moved = before["points"] + _share(cutoff, step) * (points - before["points"])
            points = np.where(there, moved, points)
            speed = np.where(there, speed, 0)
        self._states[number] = {"points": points, "speed": speed, "found": found, "time": time}
        return np.concatenate([points, person[:, 2:]], axis=1)


def _share(cutoff, step):
    """Share of a new value in the filtered one: `1 / (1 + tau / step)` with `tau = 1 / (2 pi cutoff)`."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff * step))
