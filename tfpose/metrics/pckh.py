"""PCKh: percentage of correct keypoints, those nearer than a fraction of the head (Andriluka et al. 2014).

The metric of MPII, at 0.5. The literature has three means of it, on the same predictions up to 1.4 points apart: see
`Protocol.means`.
"""

from tfpose.metrics.pairs import keypoint_distances
from tfpose.metrics.protocol import Protocol


def head_distances(pairs):
    """Distances of all keypoints as parts of the head size; people without one do not count."""
    return keypoint_distances(pairs, pairs.head_sizes)


PCKH = Protocol(
    part_of="the head size, 0.6 of the diagonal of the head box",
    distances=head_distances,
    thresholds=tuple(i / 100 for i in range(51)),
    shown=(0.1, 0.5),
    strict=True,
    apart=("pelvis", "thorax"),
    head=("head_top",),
    needs="head_sizes",
)
