import json

import numpy as np
import pytest

from tests.prediction.bar_photos import EXPECTED, PICTURE, PIXEL, run, write


def test_the_boxes_of_a_detector_give_one_person_each(here, capsys):
    write(here / "000012.png", np.concatenate([PICTURE, PICTURE], axis=1))
    write(here / "other.png")
    boxes = [[80, 40, 60, 50], [280, 40, 60, 50]]
    detections = [{"image_id": 12, "category_id": 1, "bbox": box, "score": 0.9} for box in boxes]
    detections += [{"image_id": 12, "category_id": 18, "bbox": [0, 0, 9, 9], "score": 0.9}]
    detections += [{"image_id": 12, "category_id": 1, "bbox": [0, 0, 9, 9], "score": 0.1}]
    (here / "boxes.json").write_text(json.dumps(detections))
    assert run("000012.png", "other.png", "--boxes=boxes.json", "--min_box_score=0.5") == 0
    first, second = json.loads((here / "found" / "people.json").read_text())
    found = [[xy for *xy, _ in person["keypoints"].values()] for person in first["people"]]
    np.testing.assert_allclose(found, [EXPECTED, EXPECTED + [200, 0]], atol=PIXEL)
    assert second["people"] == [] and first["crop"] == second["crop"] == "person"
    assert "boxes.json: 2 boxes left out" in capsys.readouterr().err


def test_a_second_run_is_shown_the_surroundings_of_the_first_answer(here, finder, monkeypatch):
    write(here / "photo.png")
    boxes = []
    real = finder.by_output
    monkeypatch.setattr(finder, "by_output", lambda image, box, *args: boxes.append(box) or real(image, box, *args))
    assert run("photo.png", "--crop=twice") == 0
    (entry,) = json.loads((here / "found" / "people.json").read_text())
    found = [xy for *xy, _ in entry["people"][0]["keypoints"].values()]
    np.testing.assert_allclose(found, EXPECTED, atol=PIXEL)
    assert boxes[0] is None and boxes[1][2] == pytest.approx(82, abs=1) and boxes[1][0] < EXPECTED[0, 0]


@pytest.mark.parametrize(
    ("flags", "match"),
    [
        (["--crop=person"], "needs --boxes"),
        (["--boxes=boxes.json", "--crop=frame"], "needs --crop=person"),
        (["--boxes=boxes.json", "film.mp4"], "for photos"),
        (["--boxes=empty.json"], "boxes for one of the photos"),
        (["--boxes=missing.json"], "JSON in COCO's form"),
        (["--boxes=nan.json"], r"annotations\[0\].bbox must be"),
        (["--torso=1,2"], "takes no torso"),
    ],
)
def test_flags_that_do_not_go_together_are_refused_before_anything_is_written(here, flags, match):
    write(here / "photo.png")
    for name, boxes in (("boxes", [[1, 2, 3, 4]]), ("empty", []), ("nan", [[1, float("nan"), 3, 4]])):
        (here / f"{name}.json").write_text(json.dumps([{"file_name": "photo.png", "bbox": box} for box in boxes]))
    with pytest.raises(ValueError, match=match):
        run(*flags, "photo.png")
    assert not (here / "found").exists()


def test_a_network_trained_on_crops_is_shown_the_image_and_then_the_surroundings_of_its_answer(
    here, finder, monkeypatch, capsys
):
    write(here / "photo.png")
    monkeypatch.setattr(finder, "crop", "person")
    assert run("photo.png") == 0
    assert "trained on crops of the person: it is shown the whole image, then" in capsys.readouterr().err
    assert json.loads((here / "found" / "people.json").read_text())[0]["crop"] == "twice"


def test_a_network_of_a_mixture_is_shown_the_surroundings_of_person_boxes(here, finder, monkeypatch):
    write(here / "photo.png")
    (here / "boxes.json").write_text(json.dumps([{"file_name": "photo.png", "bbox": [80, 40, 60, 50]}]))
    monkeypatch.setattr(finder, "crop", "records")
    assert run("photo.png", "--boxes=boxes.json") == 0
    assert json.loads((here / "found" / "people.json").read_text())[0]["crop"] == "person"
