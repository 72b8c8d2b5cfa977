"""Label Studio: tasks, regions and what they lack."""

import pytest

from tests.tfrecords_tools.coco_files import write_json
from tests.tfrecords_tools.own_reading import OPTIONS
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import label_studio


def task(*regions, image="/data/local-files/?d=set/photos/a.jpg", **fields):
    return {"id": 7, "data": {"image": image}, "annotations": [{"result": list(regions)}]} | fields


def region(label, x, y, **fields):
    value = {"x": x, "y": y, "width": 1, "keypointlabels": [label]}
    return {
        "id": label,
        "type": "keypointlabels",
        "value": value,
        "original_width": 200,
        "original_height": 50,
    } | fields


def studio(root, *tasks):
    return label_studio.read(root, [write_json(root / "export.json", list(tasks))], OPTIONS)


def test_label_studio_links_points_by_relations_and_photos_by_folder(tmp_path):
    linked = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right"}
    found = studio(tmp_path, task(region("a", 50, 10), region("b", 25, 50), linked))
    assert [entry["keypoints"] for entry in found["annotations"]] == [[100, 5, 2, 50, 25, 2]]
    assert found["images"][0] | {"id": 0} == {
        "id": 0, "file_name": "set/photos/a.jpg", "height": 50, "width": 200, "is_foreign": True
    }  # fmt: skip


def test_what_label_studio_has_beside_points_is_counted(tmp_path):
    twice = [{"result": [region("a", 1, 1)]}, {"result": []}, {"result": [], "was_cancelled": True}]
    found = studio(tmp_path, task(annotations=twice), task({"type": "choices", "value": {}}))
    assert [reason for _, reason in found["left_out"]] == [
        "annotated 2 times: the first is taken", "choices: only keypoints and rectangles are read",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"image": "a.jpg", "kp": []}, "task 0 must have `data` .* export as JSON, not JSON-MIN"),
        (task(region("a", 1, 1, image_rotation=90)), "task 7: a region must have .* no rotation"),
        (task(region("a", "1", 1)), "task 7: a region must have `x`, `y`"),
        (task("region"), "task 7 must be as Label Studio writes it"),
        (task(region("a", 1, 1), region("a", 2, 2)), "task 7: a person must have one point `a`"),
    ],
)
def test_wrong_tasks_of_label_studio_are_named(tmp_path, content, message):
    with pytest.raises(ConversionError, match=message):
        studio(tmp_path, content)
