"""Predictions whose scores are known: the same numbers must come out."""

import numpy as np
import pytest
import scipy.io

from tfpose import skeletons
from tfpose.evaluation import published
from tfpose.evaluation.rates import count
from tfpose.metrics import PROTOCOLS, Pairs

FLIC = skeletons.Skeleton(
    name="flic_mat",
    keypoints=(
        "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "right_hip",
        "left_shoulder", "left_elbow", "left_wrist", "left_hip",
    ),
    reference=("left_shoulder", "right_hip"),
)  # fmt: skip
PARTS = ("head", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
LSP = {
    "person_centric": ("lsp_dataset/joints.mat", "metric_refs/lsp/pred_keypoints_lsp_pc.mat"),
    "observer_centric": ("metric_refs/lsp/lsp-joints-OC.mat", "metric_refs/lsp/pred_keypoints_lsp_oc.mat"),
    "deepcut": ("lsp_dataset/joints.mat", "metric_refs/lsp/deepcut_est_joints.npz"),
}


def people(path, name, test=slice(None)):
    """`[N, K, 3]` from `[2+, K, N]`, every keypoint annotated: these files mark none as missing."""
    arrays = np.load(path) if path.suffix == ".npz" else scipy.io.loadmat(path)
    xy = arrays[name][:2, :, test].transpose(2, 1, 0)
    return np.concatenate([xy, np.full_like(xy[..., :1], 2)], axis=-1)


def at(metric, threshold, pairs):
    """Per cent by keypoint, part of the body and mean."""
    result = count(PROTOCOLS[metric], pairs)
    i = result["thresholds"].index(threshold)
    return {name: float(curve[i]) for name, curve in result["keypoints"].items()}


@pytest.fixture(scope="module")
def lsp(real_data):
    """A function: one of `LSP` → the `Pairs` of its thousand test images."""
    root = real_data("metric_refs").parent
    real_data("lsp_dataset")

    def read(name):
        true, found = (root / path for path in LSP[name])
        found = people(found, "est_joints" if found.suffix == ".npz" else "pred", slice(-1000, None))
        return Pairs(skeletons.LSP, people(true, "joints", slice(-1000, None)), found)

    return read


@pytest.fixture(scope="module")
def mpii(real_data):
    """A function: a file of predictions → the `Pairs` of the 2958 validation people."""
    folder = real_data("metric_refs") / "mpii"
    truth = scipy.io.loadmat(folder / "gt_valid_detections_our_format.mat")
    v = 2.0 * (truth["jnt_missing"].T == 0)
    true = np.concatenate([truth["pos_gt_src"].transpose(2, 0, 1), v[..., None]], axis=-1)
    head_sizes = 0.6 * np.linalg.norm(truth["headboxes_src"][1] - truth["headboxes_src"][0], axis=0)

    def read(name):
        import h5py

        if name.endswith(".mat"):
            found = scipy.io.loadmat(folder / "preds" / name)["preds"]
        else:
            with h5py.File(folder / "preds" / name) as file:
                found = file["preds"][()]
        found = found if found.shape == (2958, 16, 2) else found.transpose(2, 1, 0)
        return Pairs(skeletons.MPII, true, found, head_sizes=head_sizes)

    return read


@pytest.mark.parametrize(
    ("file", "columns", "means"),
    [
        ("bearpaw-hg_s1_b1.mat", [95.12, 93.61, 85.53, 79.56, 84.51, 78.28, 73.38], [84.46, 85.08, 86.21]),
        ("bearpaw-hg_s2_b1.mat", [95.80, 94.57, 88.12, 83.31, 86.24, 80.88, 77.44], [86.76, 87.30, 88.20]),
        ("bearpaw-hg_s8_b1.mat", [96.79, 95.19, 90.08, 85.32, 87.48, 84.26, 80.73], [88.64, 89.09, 89.90]),
        ("newell.h5", [95.94, 95.19, 89.14, 84.17, 86.97, 83.20, 80.37], [87.98, 88.43, 89.25]),
        ("tompson.h5", [95.60, 92.71, 83.36, 76.74, 81.93, 73.36, 65.45], [81.46, 82.34, 71.52]),
    ],
)
def test_mpii(mpii, file, columns, means):
    rates = at("pckh", 0.5, mpii(file))
    np.testing.assert_allclose([rates["head_top"], *(rates[part] for part in PARTS[1:])], columns, atol=0.01)
    np.testing.assert_allclose([rates[name] for name in ("mean 14", "pooled 14", "pooled 16")], means, atol=0.01)


@pytest.mark.parametrize(
    ("name", "columns", "mean"),
    [
        ("person_centric", [90.6, 78.1, 73.8, 68.8, 74.8, 69.9, 58.9], 73.6),
        ("observer_centric", [90.6, 89.1, 80.3, 73.5, 85.5, 82.8, 68.8], 81.5),
        ("deepcut", [97.0, 91.0, 83.2, 78.8, 90.5, 85.6, 83.1], 87.0),
    ],
)
def test_lsp(lsp, name, columns, mean):
    rates = at("pck", 0.2, lsp(name))
    np.testing.assert_allclose([rates[part] for part in PARTS], columns, atol=0.051)
    assert rates["mean"] == pytest.approx(mean, abs=0.05)


def test_parse(real_data):
    folder = real_data("metric_refs") / "parse"
    true = people(folder / "parse-joints.mat", "joints", slice(100, None))
    rates = at("pck", 0.2, Pairs(skeletons.LSP, true, people(folder / "pred_keypoints_parse_pc.mat", "pred")))
    expected = [59.0, 81.5, 80.0, 73.7, 78.5, 65.4, 59.0, 81.0, 88.3, 84.9, 78.0, 69.8, 91.2, 86.3]
    np.testing.assert_allclose([rates[name] for name in skeletons.LSP.keypoints], expected, atol=0.051)
    assert rates["mean"] == pytest.approx(76.9, abs=0.05)


def test_flic(real_data):
    folder = real_data("metric_refs") / "flic"
    true = people(folder / "flic-joints-test-oc.mat", "joints")
    rates = at("detection_rate", 20, Pairs(FLIC, true, people(folder / "pred_keypoints_flic_oc.mat", "pred")))
    assert len(true) == 1016
    head = (rates["nose"] + rates["neck"]) / 2
    parts = [head, *(rates[part] for part in ("shoulder", "elbow", "wrist", "hip"))]
    np.testing.assert_allclose(parts, [98.7, 98.6, 96.8, 94.2, 79.6], atol=0.051)
    assert rates["mean"] == pytest.approx(93.6, abs=0.05)


@pytest.mark.parametrize(
    ("name", "file", "mean"),
    [
        ("person_centric", "pred_sticks_lsp_pc.mat", 74.8),
        ("observer_centric", "pred_sticks_lsp_oc.mat", 81.1),
    ],
)
def test_sticks_of_lsp(lsp, real_data, name, file, mean):
    pairs = lsp(name)
    sticks = scipy.io.loadmat(real_data("metric_refs") / "lsp" / file)["pred"]
    slow = dict(zip(STICKS, slow_pcp(pairs.true, sticks.transpose(2, 1, 0)), strict=True))
    rates = at("pcp", 0.5, pairs)
    assert {name: rates[name] for name in STICKS} == pytest.approx(slow)
    assert rates["mean"] == pytest.approx(mean, abs=0.05)


STICKS = (
    "right_lower_leg", "right_upper_leg", "left_upper_leg", "left_lower_leg",
    "right_forearm", "right_upper_arm", "left_upper_arm", "left_forearm", "head", "torso",
)  # fmt: skip


def slow_pcp(true, sticks):
    """Strict PCP by the letter, from people `[N, 14, 3]` and the ends `[N, 20, 2]` of the sticks found: per cent."""
    hits = np.zeros(10)
    for person, ends in zip(true[..., :2], sticks, strict=True):
        shoulders, hips = (person[8] + person[9]) / 2, (person[2] + person[3]) / 2
        limbs = [(0, 1), (1, 2), (3, 4), (4, 5), (6, 7), (7, 8), (9, 10), (10, 11), (12, 13)]
        for i, (a, b) in enumerate([*((person[a], person[b]) for a, b in limbs), (hips, shoulders)]):
            half = np.linalg.norm(a - b) / 2
            hits[i] += np.linalg.norm(ends[2 * i] - a) <= half and np.linalg.norm(ends[2 * i + 1] - b) <= half
    return 100 * hits / len(true)


def test_rows_of_lsp_and_mpii_are_those_counted_from_the_predictions(lsp, mpii):
    rows = {row.label: row for row in (*published.LSP, *published.MPII)}
    counted = {"Yang 2016": at("pck", 0.2, lsp("person_centric"))}
    files = {
        "Tompson 2015, validation": "tompson.h5",
        "Stacked hourglass, 8, validation": "newell.h5",
        "bearpaw hourglass, 2, validation": "bearpaw-hg_s2_b1.mat",
        "bearpaw hourglass, 8, validation": "bearpaw-hg_s8_b1.mat",
    }
    counted |= {label: at("pckh", 0.5, mpii(file)) for label, file in files.items()}
    for label, rates in counted.items():
        columns = [rates.get("head", rates["head_top"]), *(rates[part] for part in PARTS[1:])]
        np.testing.assert_allclose(rows[label].columns, columns, atol=0.051)
        assert rows[label].mean == pytest.approx(rates.get("mean", rates.get("mean 14")), abs=0.051)
