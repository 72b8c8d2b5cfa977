"""Protocols of the keypoint metrics, and the distances they count. Only numbers of one protocol are comparable."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tfpose.skeletons import Skeleton

VISIBILITIES = {"visible": 2, "occluded": 1}


@dataclasses.dataclass(frozen=True)
class Pairs:
    """N annotated people, and the person found for each, in the same pixels.

    Args:
        skeleton: The `Skeleton` of their K keypoints.
        true: Annotated keypoints `[N, K, 3]`.
        found: Keypoints `(x, y, ...)` `[N, K, 2+]`; NaN where not found.
        reference: Names of the two keypoints whose distance is the torso; the skeleton's by default.
        head_sizes: `[N]`, in the same pixels; 0 where unknown, the default.
        boxes: `[N, 4]`: x, y, width, height of what the network was shown. Only heat-map metrics need them.
    """

    skeleton: Skeleton
    true: np.ndarray
    found: np.ndarray
    reference: tuple[str, ...] = ()
    head_sizes: np.ndarray | None = None
    boxes: np.ndarray | None = None

    def __post_init__(self):
        given = {name: getattr(self, name) for name in ("true", "found", "head_sizes", "boxes")}
        given["head_sizes"] = np.zeros(len(self.true)) if self.head_sizes is None else self.head_sizes
        for name, values in given.items():
            object.__setattr__(self, name, None if values is None else np.asarray(values, "float64"))
        object.__setattr__(self, "reference", tuple(self.reference or self.skeleton.reference or ()))


class Distances(NamedTuple):
    """Distances between what was annotated and what was found, in the unit of a metric.

    Attributes:
        names: P names: of keypoints, or of limbs.
        values: `[N, P]`; NaN where not found.
        v: `[N, P]`: 0 does not count, 1 occluded, 2 visible.
    """

    names: tuple[str, ...]
    values: np.ndarray
    v: np.ndarray


def keypoint_distances(pairs, lengths, parts=1) -> Distances:
    """`Distances` of all keypoints in parts of a length of each person.

    Args:
        pairs: The `Pairs`.
        lengths: `[N]`, in the pixels of the pairs; people whose length is unknown (0) do not count.
        parts: Number of parts that a length is divided into: 100 for hundredths.
    """
    apart = np.linalg.norm(pairs.found[..., :2] - pairs.true[..., :2], axis=-1)
    measured = lengths > 0
    values = parts * apart / np.where(measured, lengths, 1)[:, None]
    return Distances(pairs.skeleton.keypoints, values, np.where(measured[:, None], pairs.true[..., 2], 0))


@dataclasses.dataclass(frozen=True)
class Protocol:
    """Definition of a keypoint metric.

    Args:
        part_of: The length that distances are divided by, in words; `{reference}` stands for the torso's keypoints.
        distances: Function of `Pairs` that returns their `Distances`.
        thresholds: Thresholds of a full report, ascending. If they begin at 0, the area under the curve is reported.
        shown: Thresholds of a short report.
        strict: Whether a distance must be below the threshold; otherwise it may be equal.
        excluded: Keypoints left out of the means that are named by the number of keypoints, `mean N` (MPII: pelvis and
            thorax); None for a single mean of all.
        head: The keypoints that the papers call head: their mean is one more row if there are two.
        unit: Unit of the thresholds, in words.
        needs: The field of `Pairs` without which nobody counts, or "".
    """

    part_of: str
    distances: Callable[[Pairs], Distances]
    thresholds: tuple[float, ...]
    shown: tuple[float, ...]
    strict: bool = False
    excluded: tuple[str, ...] | None = None
    head: tuple[str, ...] = ()
    unit: str = "parts"
    needs: str = ""

    def rates(self, distances) -> np.ndarray:
        """Per cent within each threshold, `float64 [R, P]`; NaN for what nobody has annotated."""
        thresholds = np.array(self.thresholds)[:, None, None]
        near = distances.values < thresholds if self.strict else distances.values <= thresholds
        counted = distances.v > 0
        total = counted.sum(axis=0)
        return np.where(total, 100 * (near & counted).sum(axis=1) / np.maximum(total, 1), np.nan)

    def means(self, rates, distances) -> dict[str, np.ndarray]:
        """The means `[R]` of rates `[R, P]`, by name.

        `mean` weighs every keypoint equally; keypoints that nobody has are left out. With `excluded`, names tell the
        number of keypoints: `mean 14` weighs them equally and `pooled 14` counts all their annotations together, both
        without the excluded ones; `pooled 16` includes these.
        """
        if self.excluded is None:
            return {"mean": mean(rates)}
        counts = (distances.v > 0).sum(axis=0)
        everything = np.arange(len(distances.names))
        some = np.array([i for i in everything if distances.names[i] not in self.excluded])
        means = {f"mean {len(some)}": mean(rates[:, some])}
        return means | {f"pooled {len(chosen)}": _pooled(rates, counts, chosen) for chosen in (some, everything)}

    def area(self, curve) -> float:
        """Area under a curve `[R]` over the thresholds by the trapezoid rule, in per cent of the whole."""
        return float(np.trapezoid(curve, self.thresholds) / (self.thresholds[-1] - self.thresholds[0]))

    @property
    def has_area(self) -> bool:
        """Whether the thresholds begin at 0, so that the area under the curve is defined."""
        return self.thresholds[0] == 0

    def describe(self, pairs, names) -> dict:
        """The protocol in words, as reports print it: two numbers are comparable if this is equal."""
        torso = " to ".join(pairs.reference)
        described = {
            "distance": f"{self.unit} of {self.part_of.format(reference=torso)}",
            "near": "below the threshold" if self.strict else "at most the threshold",
            "counted": list(names),
            "means": _MEAN.format(len(names)) if self.excluded is None else _MEANS.format(" and ".join(self.excluded)),
        }
        if self.has_area:
            described["area"] = f"trapezoids from 0 to {self.thresholds[-1]:g} in {len(self.thresholds) - 1} steps"
        return described


_MEAN = "mean: of {}, each weighs the same"
_MEANS = "mean: every keypoint weighs the same; pooled: every annotated keypoint does; with fewer keypoints: without {}"


def mean(rates):
    """The mean `[R]` of `[R, P]` without NaN; NaN where all are."""
    return np.ma.masked_invalid(rates).mean(axis=1).filled(np.nan)


def visibility(distances, v) -> Distances:
    """The `Distances` of which only those of one visibility count."""
    return distances._replace(v=np.where(distances.v == v, v, 0))


def _pooled(rates, counts, chosen):
    """The rate `[R]` over all annotations of the chosen columns; NaN if there are none."""
    total = counts[chosen].sum()
    found = (np.nan_to_num(rates[:, chosen]) * counts[chosen]).sum(axis=1)
    return found / total if total else np.full(len(rates), np.nan)
