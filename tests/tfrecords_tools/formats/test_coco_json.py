"""A file in COCO's form: what is wrong is told with the entry, or the line, that it is in."""

import json
import re

import pytest

from tests.tfrecords_tools.coco_files import annotation, document, image, write_json
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import coco_json


def grouped(images, annotations, **options):
    return coco_json.grouped("some.json", document(images, annotations), 17, **options)


def test_annotations_are_grouped_by_image_with_their_places():
    first, second, third = annotation(10, 1), annotation(11, 2), annotation(12, 1)
    found = grouped([1, 2, 3], [first, second, third])
    assert found == {1: [(0, first), (2, third)], 2: [(1, second)]}


def test_other_categories_are_left_out_unseen():
    horse = {"id": 9, "image_id": 77, "category_id": 18}
    assert grouped([1], [horse, annotation(10, 1)], category_id=1) == {1: [(1, annotation(10, 1))]}


@pytest.mark.parametrize(
    ("fields", "value", "message"),
    [
        ({"image_id": 3}, "image_id", "the `id` of an image. Received: 3"),
        ({"image_id": [1]}, "image_id", "the `id` of an image"),
        ({"keypoints": [1, 2, 2] * 16}, "keypoints", "17 times x, y, v: 51 numbers. Received: 48 values"),
        ({"keypoints": [1, "2", 2] * 17}, "keypoints[1]", 'a number. Received: "2"'),
        ({"keypoints": [1, 2, 2, None] * 17}, "keypoints[3]", "a number. Received: null"),
        ({"keypoints": [10**40, 2, 2] * 17}, "keypoints[0]", "a number. Received: 1000"),
        ({"keypoints": {"nose": 1}}, "keypoints", "17 times x, y, v"),
        (
            {"keypoints": [1, 2, 0.5] * 17},
            "keypoints[2]",
            "v: 0 (not annotated), 1 (occluded) or 2 (visible). Received: 0.5",
        ),
        ({"bbox": [1, 2, 3]}, "bbox", "x, y, width, height. Received: [1, 2, 3]"),
        ({"area": "large"}, "area", 'a number. Received: "large"'),
    ],
)
def test_a_wrong_annotation_is_named(fields, value, message):
    sentence = f"some.json: `annotations[1].{value}` (id 11) must be {message}"
    with pytest.raises(ConversionError, match=re.escape(sentence)):
        grouped([1], [annotation(10, 1), annotation(11, 1) | fields])


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (
            [image(1), image(1, file_name="b.jpg")],
            r"`images\[1\].id` must be a number or text, and of no other image. Received: 1",
        ),
        ([{"file_name": "a.jpg"}], r"`images\[0\].id` .* Received: null"),
        ([image(1), image(2, file_name="000000000001.png")], r"`images\[1\].file_name` \(id 2\) must be there and"),
        ([{"id": 1}], r"`images\[0\].file_name` \(id 1\) .* Received: null"),
    ],
)
def test_a_wrong_image_is_named(images, message):
    with pytest.raises(ConversionError, match=message):
        grouped(images, [])


def test_categories_that_are_null_are_none_and_other_categories_are_listed_with_the_reason():
    whole = document([1], [annotation(10, 1), annotation(11, 1, category_id=0), annotation(12, 1, category_id=2)])
    whole["categories"].append({"id": 2, "name": "dog"})
    assert coco_json.left_out(whole, 1) == [
        (1, "`category_id` is 0, which is none of `categories`: the one with keypoints has the id 1"),
        (1, "of the category 'dog', not of the one with keypoints, 1"),
    ]
    assert coco_json.left_out(whole, None) == []


@pytest.mark.parametrize("crowd", [0, 1, False, True, 0.0])
def test_crowds_are_0_or_1_or_a_boolean(tmp_path, crowd):
    path = write_json(tmp_path / "some.json", document([1], [annotation(10, 1, iscrowd=crowd)]))
    assert coco_json.load(path)["annotations"][0]["iscrowd"] == int(crowd)


@pytest.mark.parametrize("crowd", ["0", "false", 2, -1, [], {}])
def test_other_crowds_are_refused(tmp_path, crowd):
    path = write_json(tmp_path / "some.json", document([1], [annotation(10, 1, iscrowd=crowd)]))
    with pytest.raises(
        ConversionError, match=r"annotations\[0\].iscrowd` \(id 10\) must be 0, 1, true or false. Received"
    ):
        coco_json.load(path)


def test_sizes_may_be_floats_or_text(tmp_path):
    images = [image(1, height=48.0, width="64"), image(2, height=None), image(3)]
    read = coco_json.load(write_json(tmp_path / "some.json", document(images, [])))["images"]
    assert [(entry.get("height"), entry.get("width")) for entry in read] == [(48, 64), (None, None), (48, 64)]


@pytest.mark.parametrize("height", ["tall", 48.5, 0, -3, True, [48], 2**70, "nan"])
def test_other_sizes_are_refused(tmp_path, height):
    path = write_json(tmp_path / "some.json", document([image(1), image(2, height=height)], []))
    with pytest.raises(ConversionError, match=r"some.json: `images\[1\].height` must be a whole number of pixels"):
        coco_json.load(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [("[" * 100_000, "nested too deeply"), ('{"images": ' + "1" * 5000 + "}", "Exceeds the limit")],
    ids=["deep", "long"],
)
def test_json_that_python_cannot_read_is_one_clear_sentence(tmp_path, text, message):
    (tmp_path / "some.json").write_text(text)
    with pytest.raises(ConversionError, match=f"some.json must be a JSON file. Received: .*{message}"):
        coco_json.load(tmp_path / "some.json")


def test_a_byte_order_mark_is_read_over(tmp_path):
    whole = document([1], [annotation(10, 1)])
    (tmp_path / "some.json").write_text(json.dumps(whole), "utf-8-sig")
    assert coco_json.load(tmp_path / "some.json") == whole


def test_a_file_that_is_none_is_one_clear_sentence(tmp_path):
    with pytest.raises(ConversionError, match="must be a file. Received: nothing of that name"):
        coco_json.load(tmp_path / "none.json")
    path = tmp_path / "some.json"
    for content, message in (
        ('{"images": [],\n "annotations": [}', "must be a JSON file. Line 2: "),
        ("[]", "must be in COCO's format and have a list `images`"),
        ('{"images": []}', "must be in COCO's format and have a list `annotations`"),
        ('{"images": [], "annotations": [{}, 3]}', r"`annotations\[1\]` must be an object"),
    ):
        path.write_text(content)
        with pytest.raises(ConversionError, match=message):
            coco_json.load(path)
    path.write_bytes(b'{"images": "\xff"}')
    with pytest.raises(ConversionError, match="must be a JSON file in UTF-8"):
        coco_json.load(path)
    assert coco_json.load(write_json(path, document([1], []))) == document([1], [])
