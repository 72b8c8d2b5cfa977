"""Which metric is taken of which records, and by which keypoints."""

import numpy as np
import pytest

from tests.evaluation.synthetic_results import MadeUpPredictor, MadeUpRecords, person
from tfpose import skeletons
from tfpose.evaluation.single_person import evaluate_single_person


def answers(*shifts):
    return MadeUpPredictor([{"heatmaps": person(shift)} for shift in shifts])


def rates(result, metric):
    return result["results"]["detector"][metric]["keypoints"]


def test_keypoints_that_the_model_does_not_know_are_refused():
    with pytest.raises(ValueError, match="Received: left_eye, right_eye, nose. Known: right_ankle"):
        evaluate_single_person(MadeUpPredictor([], skeletons.LSP), MadeUpRecords([[person()]]))


def lsp(shift=0, skeleton=skeletons.LSP):
    """Someone whose every keypoint lies elsewhere, told by its name."""
    places = {name: (i * i, 10 * i) for i, name in enumerate(skeletons.MPII.keypoints)}
    return np.array([[places[name][0] + shift, places[name][1], 2] for name in skeleton.keypoints], "float32")


def test_a_model_that_knows_more_keypoints_is_measured_by_their_names():
    records = MadeUpRecords([[lsp()]], skeleton=skeletons.LSP)
    predictor = MadeUpPredictor([{"heatmaps": lsp(skeleton=skeletons.MPII)}], skeletons.MPII)
    result = evaluate_single_person(predictor, records)
    assert (rates(result, "pck")["mean"] == 100).all()
    np.testing.assert_array_equal(result["predictions"]["detector"], lsp()[None])


@pytest.mark.parametrize(
    ("records", "metric"),
    [
        ({"people": [[person()]]}, "detection_rate"),
        ({"people": [[lsp()]], "skeleton": skeletons.LSP}, "pck"),
        ({"people": [[lsp(skeleton=skeletons.MPII)]], "skeleton": skeletons.MPII, "head_size": 30}, "pckh"),
    ],
)
def test_records_are_measured_as_results_on_them_are_published(records, metric):
    records = MadeUpRecords(**records)
    result = evaluate_single_person(MadeUpPredictor([{"heatmaps": records.people[0][0]}], records.skeleton), records)
    assert list(result["results"]["detector"]) == [metric]


def test_pckh_is_counted_in_heads():
    records = MadeUpRecords([[lsp()]], skeleton=skeletons.LSP, head_size=40)
    result = evaluate_single_person(MadeUpPredictor([{"heatmaps": lsp(10)}], skeletons.LSP), records, metrics=["pckh"])
    curve = rates(result, "pckh")["mean 14"]
    assert (curve[25], curve[26]) == (0, 100)
    assert result["left_out"] == {"head size unknown": 0, "torso unknown": 0, "no box to crop by": 0}


def test_pckh_without_head_sizes_is_refused():
    with pytest.raises(ValueError, match="head sizes.* Received: flic.* Known for all records: detection_rate, pck"):
        evaluate_single_person(answers(), MadeUpRecords([[person()]]), metrics=["pckh"])


def test_no_torso_is_needed_for_a_metric_without():
    headless = skeletons.Skeleton(name="hands", keypoints=("left_hand", "right_hand"))
    keypoints = np.array([[10, 10, 2], [40, 40, 2]], "float32")
    records = MadeUpRecords([[keypoints]], skeleton=headless)
    result = evaluate_single_person(MadeUpPredictor([{"heatmaps": keypoints}], headless), records, metrics=["box_pck"])
    assert rates(result, "box_pck")["hand"][0] == 100
    with pytest.raises(ValueError, match="`reference` must name two keypoints"):
        evaluate_single_person(MadeUpPredictor([], headless), records, metrics=["pck"])


def test_heatmap_metrics_are_counted_in_what_the_network_was_shown():
    for framing, expected in (("image", 100), ("person", 0)):  # Shown closer, the same distance is more cells.
        predictor = answers((10, 0))
        records = MadeUpRecords([[person()]], framing=framing)
        result = evaluate_single_person(predictor, records, metrics=["heatmap_pck_10"])
        assert rates(result, "heatmap_pck_10")["wrist"][-1] == expected
