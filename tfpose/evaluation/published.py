"""Published results with their sources: detection rates of FLIC, PCK of LSP, PCKh of MPII.

Numbers marked `digitised` were read off the curves in the papers' figures, to about one point. On FLIC none was
measured exactly as by `evaluate`: Tompson et al. and the reproduction, joint-cnn-mrf, give left keypoints only; the
reproduction is given the true torso, is averaged over several scales, and swaps the sides of people seen from behind.
"""

import dataclasses

RADII = (5, 10, 20)


@dataclasses.dataclass(frozen=True)
class Published:
    """Detection rates of one system on FLIC.

    Args:
        label: Name of the system.
        source: Source of the numbers.
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


@dataclasses.dataclass(frozen=True)
class Row:
    """Results of one system in the columns of LSP and MPII.

    Args:
        label: Name of the system, and the split if that is not the test split.
        source: Source of the numbers.
        mean: Per cent, as the source averages it.
        columns: Per cent of head, shoulders, elbows, wrists, hips, knees and ankles; none if only the mean is known.
    """

    label: str
    source: str
    mean: float
    columns: tuple[float, ...] = ()


_LSP = (
    "Table 1 of Chen et al., ICCV 2017 (arXiv 1705.00389); person-centric, PCK at 0.2; trained with LSP ext. and MPII"
)
_MPII = "Table 2 of Chen et al., ICCV 2017 (arXiv 1705.00389); PCKh at 0.5 on the test split"
_COUNTED = "counted from the predictions in anibali/eval-mpii-pose; unweighted mean of 14 keypoints, 2958 people"

LSP = (
    Row("DeeperCut", _LSP, 90.1, (97.4, 92.7, 87.5, 84.4, 91.5, 89.9, 87.2)),
    Row("CPM, Wei 2016", _LSP, 90.5, (97.8, 92.5, 87.0, 83.9, 91.5, 90.8, 89.9)),
    Row("Adversarial PoseNet, Chen 2017", _LSP, 93.1, (98.5, 94.0, 89.8, 87.5, 93.9, 94.1, 93.0)),
    Row(
        "Yang 2016",
        "Yang et al., CVPR 2016; person-centric; counted from the predictions in bearpaw/eval_pose",
        73.6,
        (90.6, 78.1, 73.8, 68.8, 74.8, 69.9, 58.9),
    ),
)

MPII = (
    Row("Tompson 2014, test", _MPII, 79.6),
    Row("Tompson 2015, test", _MPII, 82.0),
    Row("DeeperCut, test", _MPII, 88.5, (96.8, 95.2, 89.3, 84.4, 88.4, 83.4, 78.0)),
    Row("Stacked hourglass, Newell 2016, test", _MPII, 90.9, (98.2, 96.3, 91.2, 87.1, 90.1, 87.4, 83.6)),
    Row("Adversarial PoseNet, Chen 2017, test", _MPII, 92.1, (98.6, 96.4, 92.4, 88.6, 91.5, 88.6, 85.7)),
    Row(
        "Self-adversarial, Chou 2017, test",
        "as cited by Sun et al., CVPR 2019 (HRNet); PCKh at 0.5 on the test split",
        91.8,
        (98.2, 96.8, 92.2, 88.0, 91.3, 89.1, 84.9),
    ),
    Row("Tompson 2015, validation", _COUNTED, 81.46, (95.60, 92.71, 83.36, 76.74, 81.93, 73.36, 65.45)),
    Row("Stacked hourglass, 8, validation", _COUNTED, 87.98, (95.94, 95.19, 89.14, 84.17, 86.97, 83.20, 80.37)),
    Row("bearpaw hourglass, 2, validation", _COUNTED, 86.76, (95.80, 94.57, 88.12, 83.31, 86.24, 80.88, 77.44)),
    Row("bearpaw hourglass, 8, validation", _COUNTED, 88.64, (96.79, 95.19, 90.08, 85.32, 87.48, 84.26, 80.73)),
)

COLUMNS = {("lsp", "pck"): LSP, ("mpii", "pckh"): MPII}
"""Rows to compare with, by converter and metric."""
