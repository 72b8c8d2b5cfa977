import dataclasses
import json

import numpy as np
import pytest

from tests.evaluation.synthetic_people import PEOPLE, SKELETON, Crowds, Finder
from tfpose import skeletons
from tfpose.evaluation import report
from tfpose.evaluation.multi_person import METRICS, RULES, evaluate_people

FOUND = PEOPLE * [1, 1, 0] + [0, 0, 0.5]
NOBODY = PEOPLE[:0]


def test_everyone_found_is_one():
    result = evaluate_people(Finder([FOUND, FOUND[:1]]), Crowds([PEOPLE, PEOPLE[:1]]), metrics=list(METRICS))
    assert (result["images"], result["people"], result["failed"]) == (2, 3, {})
    for metric, name in (("oks", "AP"), ("coco", "AP"), ("ai_challenger", "score"), ("mpii_multi", "mean")):
        assert result["results"][metric][name] == pytest.approx(1)


def test_someone_missed_and_someone_else_found():
    found = np.concatenate([FOUND[:1], FOUND[1:] + [100, 0, 0.2]])
    result = evaluate_people(Finder([found]), Crowds([PEOPLE]), metrics=["oks", "coco"])
    for numbers in result["results"].values():
        assert numbers["AR"] == 0.5
        assert numbers["AP"] == pytest.approx(0.5 * 51 / 101)


def test_images_with_nobody_count():
    """Someone of a high score where nobody is."""
    result = evaluate_people(Finder([FOUND, FOUND[:1] + [0, 0, 0.3]]), Crowds([PEOPLE, NOBODY]))
    assert (result["images"], result["people"]) == (2, 2)
    assert result["results"]["oks"]["AP"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("error", [ValueError("no luck"), RuntimeError("no luck")])
def test_an_image_that_fails_counts_as_empty_and_is_named(error):
    result = evaluate_people(Finder([FOUND, error]), Crowds([PEOPLE, PEOPLE]))
    assert result["failed"] == {"image 1": f"{type(error).__name__}: no luck"}
    assert result["results"]["oks"]["AR"] == 0.5
    assert "1 images failed and count as empty; the first is image 1" in report.people_summary(result)


def test_an_image_that_cannot_be_read_is_named():
    result = evaluate_people(Finder([FOUND, FOUND, FOUND]), Crowds([PEOPLE] * 3, broken=(1,)))
    assert list(result["failed"]) == ["image 1"]
    assert result["results"]["oks"]["AR"] == pytest.approx(2 / 3)


def test_if_all_images_fail_the_error_is_told():
    with pytest.raises(ValueError, match="image without an error. Received: RuntimeError: no luck"):
        evaluate_people(Finder([RuntimeError("no luck")] * 2), Crowds([PEOPLE] * 2))


def test_what_was_found_has_the_form_of_coco():
    result = evaluate_people(Finder([FOUND, FOUND[:1]]), Crowds([PEOPLE] * 2, numbers=(42, 7)))
    predictions = result["predictions"]
    assert predictions["ids"] == {"image 0": 42, "image 1": 7}
    assert [one["image_id"] for one in predictions["found"]] == [42, 42, 7]
    assert predictions["found"][0]["keypoints"] == pytest.approx(FOUND[0].ravel().tolist())
    assert predictions["found"][0]["score"] == 0.5


def test_a_model_may_know_more_keypoints():
    names = ("tail", "left_wrist", "left_ear", "right_ear", "right_wrist")
    more = np.zeros((2, 5, 3))
    more[:, [1, 4, 0]] = FOUND
    predictor = Finder([more], skeletons.Skeleton("cats", names))
    assert evaluate_people(predictor, Crowds([PEOPLE]))["results"]["oks"]["AP"] == pytest.approx(1)


def test_sigmas_that_are_not_known_are_printed(capsys):
    unmeasured = dataclasses.replace(SKELETON, sigmas=())
    result = evaluate_people(Finder([FOUND]), Crowds([PEOPLE], skeleton=unmeasured))
    assert "puppets has no sigmas of OKS; taken: those of the same part in COCO; for tail the mean of COCO" in (
        capsys.readouterr().out
    )
    assert result["protocol"]["sigmas"] == (0.062, 0.062, pytest.approx(0.0669, abs=1e-4))
    evaluate_people(Finder([FOUND]), Crowds([PEOPLE]))
    assert "falloffs" not in capsys.readouterr().out


def test_the_first_images_only_if_asked():
    result = evaluate_people(Finder([FOUND]), Crowds([PEOPLE, PEOPLE]), limit=1)
    assert (result["images"], result["protocol"]["limit"]) == (1, 1)


def test_a_result_tells_what_one_must_know_to_compare_it():
    result = evaluate_people(Finder([FOUND]), Crowds([PEOPLE]), metrics=["coco"])
    assert result["data_set"] == {"converter": "puppets", "version": "1.0.0", "options": {}}
    assert result["split"] == "test"
    assert result["protocol"]["coordinates"] == "image pixels"
    assert result["protocol"]["metrics"] == {"coco": RULES["coco"]}
    assert {"tfpose", "python", "keras", "numpy", "pycocotools"} <= set(result["versions"])
    assert RULES.keys() == METRICS.keys()


@pytest.mark.parametrize(
    ("predictor", "records", "metrics", "message"),
    [
        (Finder([FOUND]), Crowds([PEOPLE]), ["accuracy"], "Unknown `metrics`. Received: accuracy. Known: oks, "),
        (
            Finder([FOUND], skeletons.COCO),
            Crowds([PEOPLE]),
            ["oks"],
            "must find all keypoints .*Received: tail. Known: ",
        ),
        (Finder([FOUND]), Crowds([PEOPLE], heads=0), ["mpii_multi"], "needs the head size of everyone.*image 0"),
    ],
)
def test_what_does_not_suit_the_records_is_refused(predictor, records, metrics, message):
    with pytest.raises(ValueError, match=message):
        evaluate_people(predictor, records, metrics=metrics)


@pytest.fixture(scope="module")
def result():
    records = Crowds([PEOPLE, PEOPLE], numbers=(5, 6))
    return evaluate_people(Finder([FOUND, FOUND[:1]]), records, metrics=["oks", "mpii_multi"])


def test_the_table_is_in_per_cent(result):
    rows = {" ".join(words[:-1]): words[-1] for words in map(str.split, report.people_table(result, "oks").split("\n"))}
    assert rows["AR"] == "75.0" and rows["APl"] == "nan"
    text = report.people_table(result, "mpii_multi")
    assert "\nwrist " in text and "\n  left wrist " in text and text.isascii()


def test_the_summary_tells_data_and_rules(result):
    text = report.people_summary(result)
    assert "puppets test: 4 people in 2 images." in text
    assert "oks: COCO: " in text and "those of puppets" in text and text.isascii()


def test_json_holds_everything(result, tmp_path):
    report.write_json(result, tmp_path / "result.json")
    read = json.loads((tmp_path / "result.json").read_text())
    assert read["results"]["oks"]["AR"] == 0.75
    assert read["results"]["oks"]["APl"] is None
    assert read["predictions"]["found"] == json.loads(json.dumps(result["predictions"]["found"]))


def test_results_are_written_as_coco_wants_them(result, tmp_path):
    report.write_coco_results(result, tmp_path / "results.json")
    read = json.loads((tmp_path / "results.json").read_text())
    assert [one["image_id"] for one in read] == [5, 5, 6]
    assert set(read[0]) == {"image_id", "category_id", "keypoints", "score"}
