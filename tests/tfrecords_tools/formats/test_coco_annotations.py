"""From COCO's form to annotations: who is learnt, who is ignored, and the mask."""

import cv2
import numpy as np
import pytest

from tests.tfrecords_tools.coco_files import CROWD, NOBODY, annotation, document, image, person
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import coco_json
from tfrecords_tools.formats.coco_annotations import Annotations, area, box, is_person


def made(entries, images=(1,)):
    whole = document(images, entries)
    by_image = coco_json.grouped("some.json", whole, 17)
    return Annotations("some.json", whole["images"], by_image, 17, "photos")


def mask(annotation):
    return cv2.imdecode(np.frombuffer(annotation["ignore"], np.uint8), cv2.IMREAD_UNCHANGED)


def test_people_have_their_keypoints_boxes_areas_and_the_number_of_their_image():
    (found,) = made([annotation(10, 1), annotation(11, 1, keypoints=person(30), bbox=[3, 4, 5, 6], area=7.25)])
    assert (found["id"], found["image"], found["image_id"]) == ("000000000001", "photos/000000000001.jpg", 1)
    np.testing.assert_array_equal(found["keypoints"].reshape(2, 51), [person(), person(30)])
    assert found["boxes"].tolist() == [[10, 10, 20, 10], [3, 4, 5, 6]] and found["areas"].tolist() == [150.5, 7.25]
    assert found["size"] == (48, 64) and not found["may_be_empty"]
    assert found["ignored_boxes"].shape == (0, 4) and mask(found).shape == (1, 1) and not mask(found).any()


def test_crowds_and_people_without_keypoints_are_ignored_at_full_resolution():
    entries = [annotation(10, 1), annotation(11, 1, **NOBODY), annotation(12, 1, bbox=[60, 0, 4, 48], **CROWD)]
    (found,) = made(entries)
    expected = np.zeros((48, 64))
    expected[10:20, 10:30] = expected[:, 60:] = 255
    np.testing.assert_array_equal(mask(found), expected)
    assert len(found["keypoints"]) == 1
    assert found["ignored_boxes"].tolist() == [[10, 10, 20, 10], [60, 0, 4, 48]]
    assert found["ignored_areas"].tolist() == [200, 192] and found["ignored_crowds"].tolist() == [0, 1]


@pytest.mark.parametrize("outline", [None, []])
def test_without_an_outline_the_box_is_ignored(outline):
    (found,) = made([annotation(11, 1, bbox=[2, 3, 4, 5]) | NOBODY | {"segmentation": outline}])
    expected = np.zeros((48, 64))
    expected[3:8, 2:6] = 255
    np.testing.assert_array_equal(mask(found), expected)


def test_without_a_size_the_mask_is_left_to_the_audit():
    (found,) = made([annotation(11, 1, **NOBODY)], [{"id": 1, "file_name": "a/b.png"}])
    assert "size" not in found and "ignore" not in found and found["ignored_boxes"].tolist() == [[10, 10, 20, 10]]
    assert (found["id"], found["image"]) == ("a/b", "photos/a/b.png")


def test_an_image_with_nobody_may_stay_empty_and_names_are_no_numbers():
    (found,) = made([], [image(0) | {"id": "zero"}])
    assert found["keypoints"].shape == (0, 17, 3) and found["boxes"].shape == (0, 4)
    assert found["may_be_empty"] and found["image_id"] == -1


def test_boxes_and_areas_that_are_missing_come_from_the_keypoints():
    bare = {"keypoints": person(10, count=4)}
    assert box(bare) == [10, 20, 3, 3] and area(bare) == 9
    assert area(bare | {"area": None, "bbox": [0, 0, 2, 8]}) == 16 and area(bare | {"area": 0}) == 0
    assert box({}) == [0, 0, 0, 0] and box({"keypoints": [5, 5, 0]}) == [0, 0, 0, 0]


def test_a_crowd_is_no_person_even_with_keypoints():
    assert is_person(annotation(1, 1)) and not is_person(annotation(1, 1, iscrowd=1))
    assert not is_person(NOBODY) and not is_person({})


def test_a_wrong_outline_is_named():
    found = made([annotation(10, 1), annotation(11, 1, **NOBODY) | {"segmentation": [[1, 2, 3]]}])
    with pytest.raises(
        ConversionError, match=r"some.json: `annotations\[1\].segmentation\[0\]` \(id 11\) must be a polygon"
    ):
        found[0]
