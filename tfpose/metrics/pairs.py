"""What every metric compares: people as annotated, each with the person found, and how far the two are apart."""

import dataclasses
from typing import NamedTuple

import numpy as np

from tfpose.skeletons import Skeleton


@dataclasses.dataclass(frozen=True)
class Pairs:
    """N people, annotated and found, in the same pixels.

    Args:
        skeleton: The `Skeleton` of their K keypoints.
        true: Annotated keypoints `[N, K, 3]`.
        found: Keypoints `(x, y, ...)` `[N, K, 2+]`. NaN is not found.
        reference: Names of the two keypoints whose distance is the torso; the skeleton's by default.
        head_sizes: `[N]`, in the same pixels; 0 where not known, which is everywhere by default.
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
    """How far what was found is from the truth, in the unit of a metric.

    Attributes:
        names: P names: of keypoints, or of sticks.
        values: `[N, P]`; NaN where not found.
        v: `[N, P]`: 0 does not count, 1 occluded, 2 visible.
    """

    names: tuple[str, ...]
    values: np.ndarray
    v: np.ndarray


def keypoint_distances(pairs, lengths, parts=1) -> Distances:
    """Distances of all keypoints as parts of a length `[N]` of each person. People without one (0) do not count.

    Args:
        pairs: The `Pairs`.
        lengths: In the pixels of the pairs.
        parts: Into how many a length is divided: 100 for hundredths.
    """
    apart = np.linalg.norm(pairs.found[..., :2] - pairs.true[..., :2], axis=-1)
    measured = lengths > 0
    values = parts * apart / np.where(measured, lengths, 1)[:, None]
    return Distances(pairs.skeleton.keypoints, values, np.where(measured[:, None], pairs.true[..., 2], 0))
