"""Predictions whose scores are known: the same numbers must come out."""

import numpy as np
import pytest
import scipy.io

from tfpose.metrics.detection_rate import detection_rates
from tfpose.metrics.pck import pck

LSP_TORSO = (9, 2)  # Left shoulder and right hip; the PARSE files have the same order.
LSP_GROUPS = [
    (12, 13),
    (8, 9),
    (7, 10),
    (6, 11),
    (2, 3),
    (1, 4),
    (0, 5),
]  # Head, shoulders, elbows, wrists, ..., ankles.
FLIC_TORSO = (6, 5)
FLIC_GROUPS = [(0, 1), (2, 6), (3, 7), (4, 8), (5, 9)]  # Head, shoulders, elbows, wrists, hips.


def people(path, name, test=slice(None)):
    """`[N, K, 3]` from `[2+, K, N]`, every keypoint annotated: these files mark none as missing."""
    arrays = np.load(path) if path.suffix == ".npz" else scipy.io.loadmat(path)
    xy = arrays[name][:2, :, test].transpose(2, 1, 0)
    return np.concatenate([xy, np.full_like(xy[..., :1], 2)], axis=-1)


def grouped(rates, groups):
    return [rates[list(group)].mean() for group in groups]


def test_flic(real_data):
    folder = real_data("metric_refs") / "flic"
    true = people(folder / "flic-joints-test-oc.mat", "joints")
    found = people(folder / "pred_keypoints_flic_oc.mat", "pred")
    rates = detection_rates(true, found, FLIC_TORSO, [20])[0]
    assert len(true) == 1016
    np.testing.assert_allclose(grouped(rates, FLIC_GROUPS), [98.7, 98.6, 96.8, 94.2, 79.6], atol=0.05)
    assert rates.mean() == pytest.approx(93.6, abs=0.05)


@pytest.mark.parametrize(
    ("true", "found", "groups", "mean"),
    [
        (
            ("lsp_dataset/joints.mat", "joints"),
            ("metric_refs/lsp/pred_keypoints_lsp_pc.mat", "pred"),
            [90.6, 78.1, 73.8, 68.8, 74.8, 69.9, 58.9],
            73.6,
        ),
        (
            ("metric_refs/lsp/lsp-joints-OC.mat", "joints"),
            ("metric_refs/lsp/pred_keypoints_lsp_oc.mat", "pred"),
            [90.6, 89.1, 80.3, 73.5, 85.5, 82.8, 68.8],
            81.5,
        ),
        (
            ("lsp_dataset/joints.mat", "joints"),
            ("metric_refs/lsp/deepcut_est_joints.npz", "est_joints"),
            [97.0, 91.0, 83.2, 78.8, 90.5, 85.6, 83.1],
            87.0,
        ),
    ],
    ids=["person_centric", "observer_centric", "deepcut"],
)
def test_lsp(real_data, true, found, groups, mean):
    root = real_data("metric_refs").parent
    real_data("lsp_dataset")
    true, found = (people(root / path, name, slice(-1000, None)) for path, name in (true, found))
    rates = pck(true, found, LSP_TORSO, [0.2])[0]
    np.testing.assert_allclose(grouped(rates, LSP_GROUPS), groups, atol=0.1)
    assert rates.mean() == pytest.approx(mean, abs=0.05)


def test_parse(real_data):
    folder = real_data("metric_refs") / "parse"
    true = people(folder / "parse-joints.mat", "joints", slice(100, None))
    found = people(folder / "pred_keypoints_parse_pc.mat", "pred")
    rates = pck(true, found, LSP_TORSO, [0.2])[0]
    expected = [59.0, 81.5, 80.0, 73.7, 78.5, 65.4, 59.0, 81.0, 88.3, 84.9, 78.0, 69.8, 91.2, 86.3]
    np.testing.assert_allclose(rates, expected, atol=0.1)
    assert rates.mean() == pytest.approx(76.9, abs=0.05)
