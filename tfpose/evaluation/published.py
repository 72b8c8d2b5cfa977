"""Detection rates of FLIC as others have published them, each with where the numbers come from.

The curves of the papers are pictures: numbers marked `digitised` were read off them, to about a point. None of these is
measured exactly as `evaluate` does: Tompson et al. and the reproduction, joint-cnn-mrf, give left keypoints only; the
reproduction is told the true torso, is averaged over several scales, and swaps the sides of people seen from behind.
"""

import dataclasses

RADII = (5, 10, 20)


@dataclasses.dataclass(frozen=True)
class Published:
    """One system.

    Args:
        label: Its name.
        source: Where the numbers come from.
        rates: Keypoint (both sides, or the left one) → per cent at `RADII`.
    """

    label: str
    source: str
    rates: dict[str, tuple[float, float, float]]


_TOMPSON = "Tompson et al., NIPS 2014, figures; 1016 test examples; digitised"
_REPRODUCTION = "max-andr/joint-cnn-mrf, figures of its README; 1016 test examples; digitised"

FLIC = (
    Published("Tompson 2014, detector", _TOMPSON, {"wrist": (43.9, 66.0, 74.5)}),
    Published("Tompson 2014, spatial model", _TOMPSON, {"wrist": (49.6, 75.0, 85.3)}),
    Published(
        "Tompson 2014, joint training",
        _TOMPSON,
        {
            "wrist": (51.9, 79.4, 88.1),
            "elbow": (45.9, 78.2, 91.5),
            "shoulder": (68.0, 94.0, 98.7),
            "nose": (43.1, 93.2, 98.1),
        },
    ),
    Published(
        "joint-cnn-mrf, detector",
        _REPRODUCTION,
        {
            "wrist": (44.6, 72.3, 79.4),
            "elbow": (43.9, 75.4, 86.4),
            "shoulder": (56.4, 85.3, 89.5),
            "nose": (69.7, 87.8, 90.5),
            "hip": (20.7, 50.6, 75.5),
        },
    ),
    Published(
        "joint-cnn-mrf, spatial model",
        _REPRODUCTION,
        {
            "wrist": (48.6, 78.9, 87.2),
            "elbow": (46.8, 81.1, 94.1),
            "shoulder": (60.4, 93.2, 98.6),
            "nose": (74.9, 95.5, 98.2),
            "hip": (22.7, 57.5, 85.5),
        },
    ),
    Published(
        "Yang 2016",
        "Yang et al., CVPR 2016; counted from the predictions in bearpaw/eval_pose, mean of left and right",
        {
            "wrist": (32.3, 74.9, 94.2),
            "elbow": (34.6, 78.8, 96.8),
            "shoulder": (45.5, 87.2, 98.6),
            "nose": (44.2, 89.5, 98.7),
            "hip": (12.1, 38.4, 79.6),
        },
    ),
)
