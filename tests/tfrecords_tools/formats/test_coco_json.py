"""A file in COCO's form: what is wrong is told with the entry, or the line, that it is in."""

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
    ("fields", "message"),
    [
        ({"image_id": 3}, "`image_id` must be the `id` of an image. Received: 3"),
        ({"image_id": [1]}, "`image_id` must be the `id` of an image"),
        ({"keypoints": [1, 2, 2] * 16}, "`keypoints` must be 17 times x, y, v. Received: 48 values"),
        ({"keypoints": [1, "2", 2] * 17}, "`keypoints` must be 17 times x, y, v"),
        ({"keypoints": {"nose": 1}}, "`keypoints` must be 17 times x, y, v"),
        ({"keypoints": [1, 2, 0.5] * 17}, "v must be 0 .* Received: 0.5"),
        ({"bbox": [1, 2, 3]}, r"`bbox` must be x, y, width, height. Received: \[1, 2, 3\]"),
        ({"area": "large"}, "`area` must be a number. Received: 'large'"),
    ],
)
def test_a_wrong_annotation_is_named(fields, message):
    with pytest.raises(ConversionError, match=rf"some.json: annotations\[1\] \(id 11\): {message}"):
        grouped([1], [annotation(10, 1), annotation(11, 1) | fields])


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (
            [image(1), image(1, file_name="b.jpg")],
            r"images\[1\]: `id` must be there and of no other image. Received: 1",
        ),
        ([{"file_name": "a.jpg"}], r"images\[0\]: `id` .* Received: None"),
        ([image(1), image(2, file_name="000000000001.png")], r"images\[1\] \(id 2\): `file_name` must be there and"),
        ([{"id": 1}], r"images\[0\] \(id 1\): `file_name` .* Received: None"),
    ],
)
def test_a_wrong_image_is_named(images, message):
    with pytest.raises(ConversionError, match=message):
        grouped(images, [])


def test_a_file_that_is_none_is_one_clear_sentence(tmp_path):
    with pytest.raises(ConversionError, match="must be a file. Received: nothing of that name"):
        coco_json.load(tmp_path / "none.json")
    path = tmp_path / "some.json"
    for content, message in (
        ('{"images": [],\n "annotations": [}', "must be a JSON file. Line 2: "),
        ("[]", "must be in COCO's form and have a list `images`"),
        ('{"images": []}', "must be in COCO's form and have a list `annotations`"),
        ('{"images": [], "annotations": [{}, 3]}', r"annotations\[1\] must be an object"),
    ):
        path.write_text(content)
        with pytest.raises(ConversionError, match=message):
            coco_json.load(path)
    path.write_bytes(b'{"images": "\xff"}')
    with pytest.raises(ConversionError, match="must be a JSON file in UTF-8"):
        coco_json.load(path)
    assert coco_json.load(write_json(path, document([1], []))) == document([1], [])
