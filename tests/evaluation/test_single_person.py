import hashlib

import numpy as np
import pytest

from tests.evaluation.synthetic_results import SKELETON, MadeUpPredictor, MadeUpRecords, person
from tfpose.commands import runs
from tfpose.evaluation import report
from tfpose.evaluation.single_person import evaluate_single_person


def answers(*shifts):
    return MadeUpPredictor([{"heatmaps": person(shift)} for shift in shifts])


def rates(result, label="detector", metric="detection_rate"):
    return result["results"][label][metric]["keypoints"]


def test_everyone_of_every_image_counts_once():
    records = MadeUpRecords([[person()], [person((5, 0)), person((20, 0))]])
    predictor = answers((0, 0), (5, 7), (0, 0))  # Off by 0, 7 and 20 pixels of a torso of 100.
    result = evaluate_single_person(predictor, records)
    assert (result["images"], result["people"]) == (2, 3)
    assert result["predictions"]["ids"].tolist() == ["image 0", "image 1", "image 1"]
    assert result["predictions"]["person"].tolist() == [0, 0, 1]
    assert [image[0, 0, 0] for image, _, _ in predictor.asked] == [0, 1, 1]
    curve = rates(result)["left_wrist"]
    np.testing.assert_allclose(curve[[5, 6, 18, 19]], [100 / 3, 200 / 3, 200 / 3, 100])


def test_a_part_of_the_body_has_the_mean_of_its_sides():
    found = person()
    found[SKELETON.indices(["left_wrist"])] += [50, 0, 0]
    result = evaluate_single_person(MadeUpPredictor([{"heatmaps": found}]), MadeUpRecords([[person()]]))
    at_10 = {name: curve[9] for name, curve in rates(result).items()}
    assert (at_10["wrist"], at_10["left_wrist"], at_10["right_wrist"], at_10["nose"]) == (50, 0, 100, 100)
    assert at_10["mean"] == pytest.approx(100 * 10 / 11)
    assert list(at_10)[:4] == ["shoulder", "left_shoulder", "right_shoulder", "elbow"]


def test_several_outputs_are_measured_on_one_run_of_the_network():
    predictor = MadeUpPredictor([{"part_heatmaps": person((30, 0)), "heatmaps": person()}])
    outputs = {"detector": "part_heatmaps", "spatial model": "heatmaps"}
    result = evaluate_single_person(predictor, MadeUpRecords([[person()]]), outputs=outputs)
    assert rates(result, "detector")["mean"][-1] == 0
    assert rates(result, "spatial model")["mean"][-1] == 100
    assert len(predictor.asked) == 1


def test_people_without_reference_are_counted_as_left_out():
    records = MadeUpRecords([[person(missing=["right_hip"])], [person()]])
    result = evaluate_single_person(answers((90, 0), (0, 0)), records)
    assert result["left_out"] == {"reference not annotated": 1, "torso unknown": 0, "no box to crop by": 0}
    assert rates(result)["mean"][0] == 100


def test_the_reference_is_chosen():
    half = person()
    half[SKELETON.indices(["left_hip", "right_shoulder"]), :2] = [[100, 100], [100, 50]]  # 50 pixels: radii are halved.
    found = half + np.float32([3, 0, 0])
    for reference, expected in ((None, 100), (("left_hip", "right_shoulder"), 0)):
        predictor = MadeUpPredictor([{"heatmaps": found}])
        result = evaluate_single_person(predictor, MadeUpRecords([[half]]), reference=reference)
        assert rates(result)["nose"][3] == expected
        assert result["protocol"]["reference"] == (reference or SKELETON.reference)


def test_the_torso_box_is_told_by_its_middle():
    predictor = answers((0, 0))
    evaluate_single_person(predictor, MadeUpRecords([[person()]]), torso="box")
    np.testing.assert_array_equal(predictor.asked[0][2], [110, 100])


def test_the_true_torso_is_the_mean_of_what_is_annotated():
    predictor = answers((0, 0), (0, 0))
    records = MadeUpRecords([[person()], [person(missing=["left_hip", "right_shoulder"])]])
    evaluate_single_person(predictor, records, torso="truth")
    np.testing.assert_array_equal([torso for _, _, torso in predictor.asked], [[110, 100], [110, 100]])


@pytest.mark.parametrize("torso", ["predicted", "none"])
def test_a_network_that_need_not_be_told_is_told_nothing(torso):
    predictor = answers((0, 0))
    evaluate_single_person(predictor, MadeUpRecords([[person()]]), torso=torso)
    assert predictor.asked[0][2] is None


def test_people_whose_torso_cannot_be_told_are_counted_as_left_out():
    headless = person(missing=["left_shoulder", "right_shoulder", "left_hip", "right_hip"])
    predictor = answers((0, 0))
    result = evaluate_single_person(predictor, MadeUpRecords([[headless, person()]]), torso="truth")
    assert result["left_out"] == {"reference not annotated": 0, "torso unknown": 1, "no box to crop by": 0}
    assert result["people"] == 1
    assert result["predictions"]["person"].tolist() == [1]


def test_nobody_to_evaluate_on_is_an_error():
    with pytest.raises(ValueError, match="people to evaluate on"):
        evaluate_single_person(answers(), MadeUpRecords([[person()]], torso_boxes=(0, 0, 0, 0)), torso="box")


def test_single_people_are_shown_with_their_surroundings():
    predictor = answers((0, 0))
    evaluate_single_person(predictor, MadeUpRecords([[person()]], framing="person"))
    x, y, width, height = predictor.asked[0][1]
    assert (x < 70, y < 30, x + width > 151, y + height > 141) == (True,) * 4


def test_the_crop_is_chosen_and_written_into_the_result():
    side = 3.5 * np.sqrt(61 * 81)
    boxes = {
        "frame": [0, 0, 240, 200],
        "person": [59.875, 16.125, 101.25, 138.75],
        "torso": [110 - (side - 1) / 2, 100 - (side - 1) / 2, side, side],
    }
    for crop, expected in boxes.items():
        predictor = answers((0, 0))
        result = evaluate_single_person(predictor, MadeUpRecords([[person()]]), crop=crop)
        np.testing.assert_allclose(predictor.asked[0][1], expected, atol=1e-3)
        np.testing.assert_array_equal(result["predictions"]["boxes"][0], predictor.asked[0][1])
        assert result["protocol"]["crop"] == crop and f"crop: {crop};" in report.summary(result)


@pytest.mark.parametrize("framing", ["image", "person"])
def test_by_default_the_crop_is_that_of_the_training_then_that_of_the_records(framing):
    predictor = answers((0, 0), (0, 0))
    records = MadeUpRecords([[person()]], framing=framing)
    assert evaluate_single_person(predictor, records)["protocol"]["crop"] == {"image": "frame"}.get(framing, framing)
    predictor.crop = "torso"
    assert evaluate_single_person(predictor, records)["protocol"]["crop"] == "torso"


def test_a_network_of_a_mixture_is_shown_what_each_data_set_was_made_for():
    predictor = answers((0, 0), (0, 0))
    predictor.crop = "records"
    for framing, expected in (("image", "frame"), ("person", "person")):
        result = evaluate_single_person(predictor, MadeUpRecords([[person()]], framing=framing))
        assert result["protocol"]["crop"] == expected


def test_people_without_the_box_to_crop_by_are_left_out():
    records = MadeUpRecords([[person()]], torso_boxes=(0, 0, 0, 0))
    with pytest.raises(ValueError, match="people to evaluate on"):
        evaluate_single_person(answers(), records, crop="torso")


def test_the_second_run_is_shown_the_surroundings_of_the_first_answer():
    predictor = answers((20, 0), (0, 0))
    result = evaluate_single_person(predictor, MadeUpRecords([[person()]]), crop="twice")
    (_, first, _), (_, second, _) = predictor.asked
    np.testing.assert_array_equal(first, [0, 0, 240, 200])
    np.testing.assert_allclose(second, [49.5, -25.5, 162, 222], atol=1e-3)
    np.testing.assert_array_equal(result["predictions"]["detector"][0], person())
    assert result["protocol"]["crop"] == "twice" and result["people"] == 1


def test_a_torso_prior_is_given_the_torso_box():
    predictor = MadeUpPredictor([{"heatmaps": person()}], torso_prior=object())
    result = evaluate_single_person(predictor, MadeUpRecords([[person()]]))
    np.testing.assert_array_equal(predictor.torso_boxes, [[80, 60, 61, 81]])
    assert result["protocol"]["torso prior"] is True
    assert result["without_prior"] == 0 and "torso prior for 1 of them" in report.summary(result)


def test_people_without_torso_box_are_measured_without_the_prior_and_counted():
    predictor = MadeUpPredictor([{"heatmaps": person()}] * 2, torso_prior=object())
    records = MadeUpRecords([[person()], [person()]], torso_boxes=(0, 0, 0, 0))
    result = evaluate_single_person(predictor, records)
    assert predictor.torso_boxes == [None, None]
    assert (result["people"], result["without_prior"]) == (2, 2)
    assert "torso prior for 0 of them" in report.summary(result)


def test_the_first_images_only_if_asked():
    result = evaluate_single_person(answers((0, 0)), MadeUpRecords([[person()], [person()]]), limit=1)
    assert (result["images"], result["protocol"]["limit"]) == (1, 1)


def test_every_metric_asked_for_is_there():
    result = evaluate_single_person(answers((0, 20)), MadeUpRecords([[person()]]), metrics=["pck", "detection_rate"])
    assert list(result["results"]["detector"]) == ["pck", "detection_rate"]
    assert rates(result, metric="pck")["mean"].tolist() == [0] * 20 + [100]


def test_a_result_tells_what_one_must_know_to_compare_it():
    result = evaluate_single_person(answers((0, 0)), MadeUpRecords([[person()]]))
    assert result["data_set"] == {"converter": "flic", "version": "1.0.0", "options": {"observer_centric": True}}
    assert result["split"] == "test"
    assert result["protocol"]["coordinates"] == "image pixels"
    assert {"tfpose", "python", "keras", "numpy"} <= set(result["versions"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": ("left_shoulder", "tail")},
        {"reference": ("left_shoulder",)},
        {"torso": "guessed"},
        {"metrics": ["accuracy"]},
        {"crop": "head"},
    ],
)
def test_what_does_not_suit_the_records_is_refused(wrong):
    with pytest.raises(ValueError, match="Received: .*Known: "):
        evaluate_single_person(answers(), MadeUpRecords([[person()]]), **wrong)


def test_weights_are_told_by_their_digest(tmp_path):
    (tmp_path / "weights").write_bytes(b"123")
    assert runs.digest(tmp_path / "weights") == hashlib.sha256(b"123").hexdigest()
