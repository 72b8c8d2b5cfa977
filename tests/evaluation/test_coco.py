import json

import numpy as np
import pytest

from tests.metrics.scenes import scenes
from tfpose import skeletons
from tfpose.evaluation import coco
from tfpose.evaluation.coco import COCOScore
from tfpose.metrics import OKS
from tfpose.metrics.oks import NAMES


def both(sigmas, images):
    """The numbers of both for the same images."""
    ours, theirs = OKS(sigmas), COCOScore(sigmas)
    for each in images:
        ours.update_state(*each)
        theirs.update_state(*each)
    return [[numbers[name] for name in NAMES] for numbers in (ours.result(), theirs.result())]


@pytest.mark.parametrize("num_keypoints", [1, 5, 14, 17, 21])
def test_our_numbers_are_those_of_pycocotools(num_keypoints):
    """Five times 9 evaluations of 1 to 100 scenes: 1,285 scenes."""
    sigmas = np.random.default_rng(num_keypoints).uniform(0.02, 0.15, num_keypoints)
    seen = []
    for seed, count in enumerate((1, 1, 2, 3, 10, 30, 50, 60, 100)):
        ours, theirs = both(sigmas, list(scenes(count, num_keypoints, 100 * num_keypoints + seed)))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)
        seen.append(ours)
    assert np.nanstd(seen, axis=0).min() > 0.01  # They do not agree on nothing.


def test_detections_of_known_scores(real_data):
    """The numbers stand in the file; pycocotools counted them."""
    folder = real_data("metric_refs") / "coco"
    truth = json.loads((real_data("coco") / "annotations" / "person_keypoints_val2017.json").read_text())
    found = json.loads((folder / "keypoint_results.json").read_text())
    expected = json.loads((folder / "expected_stats.json").read_text())["stats"]
    metric = OKS.of(skeletons.COCO)
    for number in sorted(image["id"] for image in truth["images"]):
        people, those = ([one for one in ones if one["image_id"] == number] for ones in (truth["annotations"], found))
        answer = np.reshape([one["keypoints"] for one in those], (-1, 17, 3))
        metric.update_state(record(people), answer, [one["score"] for one in those])
    assert metric.result() == pytest.approx(expected, abs=1e-9)
    assert coco.evaluate(truth, found, skeletons.COCO.sigmas) == pytest.approx(expected, abs=1e-12)


def record(annotations):
    """Annotations of one image in COCO's form, as a record holds them."""
    kept = [one for one in annotations if one["num_keypoints"] and not one["iscrowd"]]
    ignored = [one for one in annotations if one not in kept]
    return {
        "keypoints": np.reshape([one["keypoints"] for one in kept], (-1, 17, 3)),
        "areas": [one["area"] for one in kept],
        "boxes": np.reshape([one["bbox"] for one in kept], (-1, 4)),
        "ignored_areas": [one["area"] for one in ignored],
        "ignored_boxes": np.reshape([one["bbox"] for one in ignored], (-1, 4)),
        "ignored_crowds": [one["iscrowd"] for one in ignored],
    }


PERSON = np.array([[[10, 10, 2], [50, 10, 1], [30, 90, 0]]], "float32")
PEOPLE = {"keypoints": PERSON, "areas": [2000.0], "boxes": [[5, 5, 50, 90]], "image_id": np.int64(42)}
SIGMAS = (0.1, 0.1, 0.1)


def test_annotations_have_the_form_of_coco():
    region = {"ignored_boxes": [[1, 2, 3, 4]], "ignored_areas": [12.0], "ignored_crowds": [1.0]}
    someone, crowd = coco.annotations(PEOPLE | region, 42, 7)
    assert someone == {
        "id": 7,
        "image_id": 42,
        "category_id": 1,
        "keypoints": [10, 10, 2, 50, 10, 1, 30, 90, 0],
        "num_keypoints": 2,
        "bbox": [5, 5, 50, 90],
        "area": 2000,
        "iscrowd": 0,
    }
    assert (crowd["id"], crowd["iscrowd"], crowd["num_keypoints"], crowd["area"]) == (8, 1, 0, 12)
    assert crowd["bbox"] == [1, 2, 3, 4] and len(crowd["keypoints"]) == 9


def test_results_have_the_form_of_coco():
    found = np.array([[[10, 10, 0.9], [20, 30, 0.3], [0, 0, 0]]], "float32")
    (result,) = json.loads(json.dumps(coco.results(found, 42)))
    assert result == {
        "image_id": 42,
        "category_id": 1,
        "keypoints": pytest.approx([10, 10, 0.9, 20, 30, 0.3, 15, 20, 0]),
        "score": pytest.approx(0.4),
    }


def test_images_without_a_number_get_their_place():
    score = COCOScore(SIGMAS)
    for people in ({"keypoints": PERSON}, PEOPLE, {"keypoints": PERSON, "image_id": np.int64(-1)}):
        score.update_state(people, PERSON)
    assert [image["id"] for image in score.truth["images"]] == [0, 42, 2]
    assert [result["image_id"] for result in score.results] == [0, 42, 2]


def test_two_images_of_one_number_are_refused():
    score = COCOScore(SIGMAS)
    score.update_state(PEOPLE, PERSON)
    with pytest.raises(ValueError, match="own `image_id`. Received: 42 twice"):
        score.update_state(PEOPLE, PERSON)


def test_nobody_annotated_or_found_is_told_as_we_tell_it():
    nobody = PERSON[:0]
    assert both(SIGMAS, [(PEOPLE, nobody)])[1][:2] == [0, 0]
    for images in ([], [({"keypoints": nobody}, nobody)], [({"keypoints": nobody}, PERSON)]):
        assert np.isnan(both(SIGMAS, images)).all()


def test_it_prints_nothing(capsys):
    score = COCOScore(SIGMAS)
    score.update_state(PEOPLE, PERSON)
    score.result()
    assert capsys.readouterr().out == ""


def test_a_reset_score_starts_anew():
    score = COCOScore.of(skeletons.COCO)
    assert score.truth["categories"][0]["keypoints"] == list(skeletons.COCO.keypoints)
    person = np.repeat(PERSON[:, :1], 17, axis=1) + np.arange(17)[:, None] * [1, 2, 0]
    score.update_state({"keypoints": person, "areas": [2000.0]}, person[:0])
    score.reset_state()
    score.update_state({"keypoints": person, "areas": [2000.0]}, person)
    assert score.result()["AP"] == pytest.approx(1)


def test_results_are_not_changed_by_evaluating_them():
    score = COCOScore(SIGMAS)
    score.update_state(PEOPLE, PERSON)
    before = json.dumps(score.results)
    assert str(score.result()) == str(score.result())
    assert json.dumps(score.results) == before
