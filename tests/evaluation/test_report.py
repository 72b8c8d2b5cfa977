import dataclasses
import json

import numpy as np
import pytest
import scipy.io

from tests.evaluation.synthetic_results import SKELETON, MadeUpPredictor, MadeUpRecords, person
from tfpose import skeletons
from tfpose.evaluation import published, report
from tfpose.evaluation.curves import draw_curves
from tfpose.evaluation.published import FLIC, RADII
from tfpose.evaluation.single_person import evaluate_single_person
from tfpose.metrics import PROTOCOLS, Pairs
from tfpose.visualize import part


@pytest.fixture(scope="module")
def result():
    records = MadeUpRecords([[person(missing=["nose"])], [person(missing=["nose"])]])
    found = [{"part_heatmaps": person((12, 0)), "heatmaps": person((x, 0))} for x in (0, 7)]
    outputs = {"detector": "part_heatmaps", "spatial model": "heatmaps"}
    return evaluate_single_person(MadeUpPredictor(found), records, outputs=outputs, metrics=["detection_rate", "pck"])


def test_the_table_shows_detector_and_spatial_model_side_by_side(result):
    *rows, protocol = report.table(result, "detection_rate").split("\n")
    lines = {" ".join(words[:-6]): words[-6:] for words in map(str.split, rows)}
    assert "hundredths of the torso, left shoulder to right hip, at most" in protocol
    assert lines[""] == ["5", "10", "20"] * 2
    assert lines["wrist"] == lines["left wrist"] == ["0.0", "0.0", "100.0", "50.0", "100.0", "100.0"]
    assert lines["nose"] == ["nan"] * 6
    assert "mean" in lines


def lsp(v=2, shift=0):
    k = len(skeletons.LSP)
    keypoints = np.stack([np.full(k, 50 + shift), 10 * np.arange(k), np.full(k, 2)], axis=-1).astype("float32")
    keypoints[skeletons.LSP.indices(["left_wrist"]), 2] = v
    return keypoints


@pytest.fixture(scope="module")
def occluded():
    """Two people of LSP, the second of whom hides a wrist, both found 10 pixels beside: a torso is 70 long."""
    records = MadeUpRecords([[lsp()], [lsp(v=1)]], skeleton=skeletons.LSP, converter="lsp")
    found = [{"heatmaps": lsp(shift=10)}] * 2
    return evaluate_single_person(MadeUpPredictor(found, skeletons.LSP), records, outputs={"hourglass": "heatmaps"})


def test_the_table_shows_area_and_visibility_where_there_are_such(occluded):
    _, head, *rows, protocol = report.table(occluded, "pck").split("\n")
    assert head.split() == ["0.1", "0.2", "area", "visible", "occluded"]
    rows = {" ".join(row.split()[:-5]): row.split()[-5:] for row in rows}
    assert rows["left wrist"] == ["0.0", "100.0", "27.5", "100.0", "100.0"]
    assert rows["right wrist"][-1] == "nan"
    assert "28 counted, 27 visible and 1 occluded" in protocol and "trapezoids from 0 to 0.2" in protocol


def test_the_columns_of_the_papers_stand_above_published_ones(occluded):
    head, ours, *theirs = report.columns(occluded, "pck", published.LSP).split("\n")
    assert head.split() == ["pck", "at", "0.2", "Head", "Sho", "Elb", "Wri", "Hip", "Knee", "Ank", "Mean"]
    assert ours.split() == ["hourglass", *["100.0"] * 8]
    assert [row[:16].strip() for row in theirs] == ["DeeperCut", "CPM, Wei 2016", "Adversarial Pose", "Yang 2016"]
    assert theirs[0].split()[1:] == ["97.4", "92.7", "87.5", "84.4", "91.5", "89.9", "87.2", "90.1"]


def test_there_are_no_columns_of_bodies_without_legs_or_metrics_without(result, occluded):
    assert report.columns(result, "pck") == report.columns(result, "detection_rate") == ""
    sticks = MadeUpPredictor([{"heatmaps": lsp()}], skeletons.LSP)
    records = MadeUpRecords([[lsp()]], skeleton=skeletons.LSP)
    assert report.columns(evaluate_single_person(sticks, records, metrics=["pcp"]), "pcp") == ""


def test_a_system_whose_mean_alone_is_known_has_dashes(occluded):
    row = published.Row("Someone", "somewhere", 12.34)
    assert report.columns(occluded, "pck", [row]).split("\n")[-1].split() == ["Someone", *["-"] * 7, "12.3"]


def test_published_rows_have_seven_columns_and_a_source():
    for rows in published.COLUMNS.values():
        assert len({row.label for row in rows}) == len(rows)
        for row in rows:
            assert row.source and len(row.columns) in (0, len(report.COLUMNS))
            assert all(0 < rate < 100 for rate in (*row.columns, row.mean))


def test_json_holds_visible_and_occluded_apart(occluded, tmp_path):
    report.write_json(occluded, tmp_path / "result.json")
    measure = json.loads((tmp_path / "result.json").read_text())["results"]["hourglass"]["pck"]
    assert (measure["visible"]["counted"]["left_wrist"], measure["occluded"]["counted"]["left_wrist"]) == (1, 1)
    assert measure["occluded"]["keypoints"]["right_wrist"][-1] is None
    assert measure["protocol"]["near"] == "at most the threshold"


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


def test_mat_holds_names_that_matlab_takes(tmp_path):
    found = MadeUpPredictor([{"heatmaps": lsp()}], skeletons.LSP)
    records = MadeUpRecords([[lsp()]], skeleton=skeletons.LSP, converter="lsp")
    report.write_mat(
        evaluate_single_person(found, records, outputs={"adversarial posenet": "heatmaps"}), tmp_path / "found.mat"
    )
    assert "lsp_pred_adversarial_posenet" in scipy.io.loadmat(tmp_path / "found.mat")


def test_curves_have_a_panel_per_part_of_the_body(result, tmp_path):
    figure = draw_curves(result, published=FLIC)
    assert [panel.get_title() for panel in figure.axes] == ["shoulder", "elbow", "wrist", "hip", "eye", "nose", "mean"]
    figure.savefig(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes()[1:4] == b"PNG"


def test_curves_say_of_which_run_and_data_they_are_and_what_the_dashes_mean(result):
    figure = draw_curves({**result, "weights": {"file": "models_ex/mine/best.keras"}}, published=FLIC)
    assert figure.get_suptitle() == "mine: detection rate on flic test"
    assert draw_curves(result).get_suptitle() == "detection rate on flic test"
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels[:2] == ["detector", "spatial model"] and labels[-2:] == ["left side", "right side"]
    assert [line.get_linestyle() for line in legend.get_lines()[-2:]] == ["--", ":"]


def test_curves_without_sides_have_no_dashes(result):
    measure = result["results"]["detector"]["detection_rate"]
    nose = {**measure, "keypoints": {"nose": measure["keypoints"]["nose"]}}
    (legend,) = draw_curves({**result, "results": {"detector": {"detection_rate": nose}}}).legends
    assert [text.get_text() for text in legend.get_texts()] == ["detector"]


def test_curves_of_other_metrics_are_drawn_too(occluded):
    figure = draw_curves(occluded, metric="pck")
    titles = [panel.get_title() for panel in figure.axes]
    assert titles[-2:] == ["head", "mean"] and "left wrist" not in titles
    assert {panel.get_xlabel() for panel in figure.axes} == {"parts of the torso"}


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
    names = ("nose", "neck", "rs", "re", "rw", "rh", "ls", "le", "lw", "lh")
    pairs = Pairs(skeletons.Skeleton(name="mat", keypoints=names), true, found, reference=("ls", "rh"))
    protocol = dataclasses.replace(PROTOCOLS["detection_rate"], thresholds=RADII)
    rates = protocol.rates(protocol.distances(pairs))
    columns = {"wrist": [4, 8], "elbow": [3, 7], "shoulder": [2, 6], "nose": [0], "hip": [5, 9]}
    (yang,) = (system for system in FLIC if system.label.startswith("Yang"))
    for name, expected in yang.rates.items():
        np.testing.assert_allclose(rates[:, columns[name]].mean(axis=1), expected, atol=0.051)
