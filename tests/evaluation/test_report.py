import json

import numpy as np
import pytest
import scipy.io

from tests.evaluation.made_up import SKELETON, MadeUpPredictor, MadeUpRecords, person
from tfpose.evaluation import evaluate, report
from tfpose.evaluation.curves import draw_curves
from tfpose.evaluation.published import FLIC, RADII
from tfpose.metrics.detection_rate import detection_rates
from tfpose.visualize import part


@pytest.fixture(scope="module")
def result():
    records = MadeUpRecords([[person(missing=["nose"])], [person(missing=["nose"])]])
    found = [{"part_heatmaps": person((12, 0)), "heatmaps": person((x, 0))} for x in (0, 7)]
    outputs = {"detector": "part_heatmaps", "spatial model": "heatmaps"}
    return evaluate(MadeUpPredictor(found), records, outputs=outputs, metrics=["detection_rate", "pck"])


def test_the_table_shows_detector_and_spatial_model_side_by_side(result):
    lines = {
        " ".join(words[:-6]): words[-6:] for words in map(str.split, report.table(result, "detection_rate").split("\n"))
    }
    assert lines[""] == ["5", "10", "20"] * 2
    assert lines["wrist"] == lines["left wrist"] == ["0.0", "0.0", "100.0", "50.0", "100.0", "100.0"]
    assert lines["nose"] == ["nan"] * 6
    assert "mean" in lines


def test_table_and_summary_are_plain_text(result):
    for text in (report.table(result, "pck"), report.summary(result)):
        assert text.isascii()
    assert "2 people in 2 images" in report.summary(result)


def test_json_holds_the_numbers_and_the_predictions(result, tmp_path):
    report.write_json(result, tmp_path / "result.json")
    read = json.loads((tmp_path / "result.json").read_text())
    curve = read["results"]["spatial model"]["detection_rate"]["keypoints"]
    assert curve["wrist"][4] == 50
    assert curve["nose"][0] is None
    np.testing.assert_allclose(read["predictions"]["detector"], result["predictions"]["detector"], atol=1e-4)
    assert read["predictions"]["ids"] == ["image 0", "image 1"]


def test_mat_holds_the_predictions_in_pixels(result, tmp_path):
    report.write_mat(result, tmp_path / "predictions.mat")
    read = scipy.io.loadmat(tmp_path / "predictions.mat", simplify_cells=True)
    assert read["flic_pred_pd"].shape == read["flic_pred_sm"].shape == (2, len(SKELETON), 2)
    np.testing.assert_array_equal(read["flic_pred_sm"][:, :, 1], person((7, 0))[:, :2].T)
    assert read["keypoints"].tolist() == list(SKELETON.keypoints)
    assert "2 x keypoints x people" in read["readme"]


def test_curves_have_a_panel_per_part_of_the_body(result, tmp_path):
    figure = draw_curves(result, published=FLIC)
    assert [panel.get_title() for panel in figure.axes] == ["shoulder", "elbow", "wrist", "hip", "eye", "nose", "mean"]
    figure.savefig(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes()[1:4] == b"PNG"


def test_published_numbers_rise_with_the_radius_and_name_their_source():
    for system in FLIC:
        assert system.source
        for name, rates in system.rates.items():
            assert name in map(part, SKELETON.keypoints)
            assert len(rates) == len(RADII) and list(rates) == sorted(rates)


def test_numbers_of_published_predictions_are_those_counted_from_them(real_data):
    folder = real_data("metric_refs") / "flic"
    true, found = (
        scipy.io.loadmat(folder / f"{name}.mat")[key].transpose(2, 1, 0)
        for name, key in (("flic-joints-test-oc", "joints"), ("pred_keypoints_flic_oc", "pred"))
    )
    true = np.concatenate([true, np.ones_like(true[..., :1])], axis=-1)
    rates = detection_rates(true, found, (6, 5), RADII)
    columns = {"wrist": [4, 8], "elbow": [3, 7], "shoulder": [2, 6], "nose": [0], "hip": [5, 9]}
    (yang,) = (system for system in FLIC if system.label.startswith("Yang"))
    for name, expected in yang.rates.items():
        np.testing.assert_allclose(rates[:, columns[name]].mean(axis=1), expected, atol=0.051)
