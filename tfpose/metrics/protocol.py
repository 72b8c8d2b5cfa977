"""How a metric counts. Two numbers can be compared only if all of this is the same."""

import dataclasses
from collections.abc import Callable

import numpy as np

from tfpose.metrics.pairs import Distances, Pairs

VISIBILITIES = {"visible": 2, "occluded": 1}


@dataclasses.dataclass(frozen=True)
class Protocol:
    """A metric: how a distance is taken, what it is a part of, and when it is small enough.

    Args:
        part_of: What a distance is a part of, in words; `{reference}` stands for the keypoints of the torso.
        distances: `Pairs` → `Distances`.
        thresholds: Those of a full report, ascending. Where they begin at 0 they have an area under the curve.
        shown: Those of a short one.
        strict: Whether a distance must be below the threshold; otherwise it may equal it.
        apart: Keypoints that a second, unweighted and a pooled mean leave out, or None: one unweighted mean of all.
        head: The keypoints that the papers call head: their mean is one more row if there are two.
        unit: What the thresholds count, in words.
        needs: The field of `Pairs` without which nothing counts, if any.
    """

    part_of: str
    distances: Callable[[Pairs], Distances]
    thresholds: tuple[float, ...]
    shown: tuple[float, ...]
    strict: bool = False
    apart: tuple[str, ...] | None = None
    head: tuple[str, ...] = ()
    unit: str = "parts"
    needs: str = ""

    def rates(self, distances) -> np.ndarray:
        """Per cent within each threshold, `float64 [R, P]`; NaN for what nobody has."""
        thresholds = np.array(self.thresholds)[:, None, None]
        near = distances.values < thresholds if self.strict else distances.values <= thresholds
        counted = distances.v > 0
        total = counted.sum(axis=0)
        return np.where(total, 100 * (near & counted).sum(axis=1) / np.maximum(total, 1), np.nan)

    def means(self, rates, distances) -> dict[str, np.ndarray]:
        """The means `[R]` of rates `[R, P]`, by name.

        `mean` weighs every keypoint alike, those that nobody has left out. With `apart` the names tell over how many
        keypoints: `mean 14` weighs alike, and `pooled 14` counts all annotated keypoints together, without those apart;
        `pooled 16` with them.
        """
        if self.apart is None:
            return {"mean": mean(rates)}
        counts = (distances.v > 0).sum(axis=0)
        everything = np.arange(len(distances.names))
        some = np.array([i for i in everything if distances.names[i] not in self.apart])
        means = {f"mean {len(some)}": mean(rates[:, some])}
        return means | {f"pooled {len(chosen)}": _pooled(rates, counts, chosen) for chosen in (some, everything)}

    def area(self, curve) -> float:
        """Area under a curve `[R]` over the thresholds by the trapezoid rule, in per cent of the whole."""
        return float(np.trapezoid(curve, self.thresholds) / (self.thresholds[-1] - self.thresholds[0]))

    @property
    def has_area(self) -> bool:
        """Whether the thresholds begin at 0, so that the area under the curve means something."""
        return self.thresholds[0] == 0

    def describe(self, pairs, names) -> dict:
        """What one must know to compare the numbers."""
        torso = " to ".join(pairs.reference)
        described = {
            "distance": f"{self.unit} of {self.part_of.format(reference=torso)}",
            "near": "below the threshold" if self.strict else "at most the threshold",
            "counted": list(names),
            "means": _MEAN.format(len(names)) if self.apart is None else _MEANS.format(" and ".join(self.apart)),
        }
        if self.has_area:
            described["area"] = f"trapezoids from 0 to {self.thresholds[-1]:g} in {len(self.thresholds) - 1} steps"
        return described


_MEAN = "mean: of {}, each weighs the same"
_MEANS = "mean: every keypoint weighs the same; pooled: every annotated keypoint does; with fewer keypoints: without {}"


def mean(rates):
    """The mean `[R]` of `[R, P]` over those that are numbers; NaN where none is."""
    return np.ma.masked_invalid(rates).mean(axis=1).filled(np.nan)


def visibility(distances, v) -> Distances:
    """Only those of one visibility."""
    return distances._replace(v=np.where(distances.v == v, v, 0))


def _pooled(rates, counts, chosen):
    """The rate `[R]` over everything annotated of the chosen columns; NaN if that is nothing."""
    total = counts[chosen].sum()
    found = (np.nan_to_num(rates[:, chosen]) * counts[chosen]).sum(axis=1)
    return found / total if total else np.full(len(rates), np.nan)
