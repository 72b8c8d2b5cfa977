"""Predictions in AI Challenger's form: from our own command's JSON and from COCO's results."""

import pytest

from tfpose.skeletons import AI_CHALLENGER
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.ai_challenger_submission import submission

DOCUMENT = {"images": [{"id": 4, "file_name": "x/four.jpg"}, {"id": 5, "file_name": "five.jpg"}]}
NAMES = ("neck", "nose", "right_shoulder")


def photo(name, *scores, keypoints=None):
    keypoints = keypoints or {name: [3.4, 5.6, 0.2] for name in AI_CHALLENGER.keypoints}
    return {"image": name, "people": [{"score": score, "keypoints": keypoints} for score in scores]}


def test_people_of_photos_are_written_with_whole_numbers():
    written = submission([photo("photos/a.jpg", 0.9, 0.1), photo("b.png")])
    assert written == [
        {"image_id": "a", "keypoint_annotations": {"human1": [3, 6, 1] * 14, "human2": [3, 6, 1] * 14}},
        {"image_id": "b", "keypoint_annotations": {}},
    ]


def test_keypoints_that_were_not_found_or_are_not_known_are_not_labelled():
    keypoints = {"right_shoulder": [1, 2, 0.5], "right_elbow": [3, 4, 0.0], "nose": [5, 6, 1]}
    (written,) = submission([photo("a.jpg", 1.0, keypoints=keypoints)])
    assert written["keypoint_annotations"]["human1"] == [1, 2, 1, *[0, 0, 3] * 13]


def test_people_below_a_score_are_left_out():
    (written,) = submission([photo("a.jpg", 0.1, 0.5, 0.4)], min_score=0.4)
    assert list(written["keypoint_annotations"]) == ["human1", "human2"]


def test_results_of_coco_are_written_by_the_names_of_files():
    results = [
        {"image_id": 5, "keypoints": [1, 2, 0.5, 3, 4, 1, 5, 6, 0], "score": 0.3},
        {"image_id": 5, "keypoints": [7, 8, 2, 3, 4, 1, 5, 6, 1], "score": 0.8},
    ]
    written = submission(results, DOCUMENT, NAMES, min_score=0.2)
    assert [entry["image_id"] for entry in written] == ["four", "five"] and not written[0]["keypoint_annotations"]
    assert written[1]["keypoint_annotations"]["human1"] == [*[0, 0, 3] * 13, 1, 2, 1]
    assert written[1]["keypoint_annotations"]["human2"] == [5, 6, 1, *[0, 0, 3] * 12, 7, 8, 1]


@pytest.mark.parametrize(
    ("found", "document", "message"),
    [
        ({}, None, "Predictions must be a list"),
        ([3], None, "Predictions must be a list"),
        ([photo("a.jpg"), {"image_id": 4}], None, "Entry 1 must have `image` and `people`, .* Received: image_id"),
        ([photo("a.jpg"), photo("b/a.jpg")], None, "Entry 1 must be of an image of its own. Received: a again"),
        ([{"image_id": 6}], DOCUMENT, "Entry 0: `image_id` must be the `id` of an image. Received: 6"),
        ([{"image_id": 5, "keypoints": [1, 2]}], DOCUMENT, "Entry 0: `keypoints` must be 3 times x, y and score"),
    ],
)
def test_a_wrong_entry_is_named(found, document, message):
    with pytest.raises(ConversionError, match=message):
        submission(found, document, NAMES)
