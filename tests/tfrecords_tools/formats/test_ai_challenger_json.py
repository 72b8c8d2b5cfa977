"""AI Challenger's own form: v turned round, people in the order of their numbers, mistakes named."""

import numpy as np
import pytest

from tests.tfrecords_tools.coco_files import write_json
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import ai_challenger_json as form

KEYPOINTS = [3, 4, 1, 5, 6, 2, 9, 9, 3, *[0, 0, 3] * 11]


def entry(image_id="a", **people):
    people = people or {"human1": KEYPOINTS}
    boxes = {name: [1, 2, 11, 22] for name in people}
    return {"image_id": image_id, "url": "u", "human_annotations": boxes, "keypoint_annotations": people}


def test_v_is_turned_round_and_boxes_have_sizes():
    people = form.people(entry())
    np.testing.assert_array_equal(people["keypoints"][0, :4], [[3, 4, 2], [5, 6, 1], [0, 0, 0], [0, 0, 0]])
    assert people["boxes"].tolist() == [[1, 2, 10, 20]] and people["keypoints"].dtype == np.float32
    nobody = form.people({"keypoint_annotations": {}, "human_annotations": {}})
    assert nobody["keypoints"].shape == (0, 14, 3) and nobody["boxes"].shape == (0, 4)


def test_keypoints_are_written_back():
    assert form.annotated(form.people(entry())["keypoints"][0]) == [3, 4, 1, 5, 6, 2, *[0, 0, 3] * 12]
    assert form.annotated([[1.4, 2.6, 2]] * 14)[:3] == [1, 3, 1]


def test_people_are_in_the_order_of_their_numbers():
    assert form.in_order(["human10", "human2", "human1"]) == ["human1", "human2", "human10"]


def test_names_of_files_end_once():
    assert form.file_name({"image_id": "a"}) == form.file_name({"image_id": "a.jpg"}) == "a.jpg"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (3, "`image_id` must be there"),
        ({}, "`image_id` must be there"),
        (entry("first"), "`image_id` must be there and of no other entry"),
        (entry() | {"human_annotations": {}}, "a: `human_annotations` and `keypoint_annotations` must be of the same"),
        (entry() | {"keypoint_annotations": None}, "must be of the same people"),
        (entry(human3=KEYPOINTS[:-1]), "a: the keypoints of human3 must be 14 times x, y, and v of 1, 2 or 3"),
        (entry(human3=[*KEYPOINTS[:-1], 0]), "v of 1, 2 or 3"),
        (entry() | {"human_annotations": {"human1": [1, 2, 3]}}, r"the box of human1 .* Received: \[1, 2, 3\]"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, wrong, message):
    path = write_json(tmp_path / "some.json", [entry("first"), wrong])
    with pytest.raises(ConversionError, match=f"some.json: entry 1: .*{message}"):
        form.load(path)


def test_a_file_in_another_form_is_told(tmp_path):
    path = write_json(tmp_path / "some.json", {"images": []})
    with pytest.raises(ConversionError, match="must be in AI Challenger's format, a list. Received: dict"):
        form.load(path)
