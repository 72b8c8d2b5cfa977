"""Own data in the forms of annotation tools: each gives the same keypoints, and what it lacks is asked for."""

import numpy as np
import pytest

from tests.tfrecords_tools.coco_files import write_json
from tests.tfrecords_tools.small_files import read
from tests.tfrecords_tools.tool_files import NAMES, WRITERS, kites
from tfpose.skeletons import Skeleton
from tfrecords_tools.convert import convert
from tfrecords_tools.errors import ConversionError

BOXLESS = ("deeplabcut", "sleap")


def converted(folder, data_dir, **options):
    options = {"test_share": 0.0} | options
    return convert("own", manual_dir=folder, data_dir=data_dir, progress=False, overwrite=True, **options)


def skeleton_in(conversion):
    import tensorflow_datasets as tfds

    return Skeleton.from_dict(tfds.builder_from_directory(conversion.path).info.metadata["skeleton"])


@pytest.mark.parametrize("form", WRITERS)
def test_every_form_gives_the_same_keypoints(tmp_path, form):
    photos = kites()
    WRITERS[form](tmp_path / "in", photos)
    conversion = converted(tmp_path / "in", tmp_path)
    skeleton = skeleton_in(conversion)
    order = skeleton.indices(NAMES)
    assert set(skeleton.keypoints) == set(NAMES) and skeleton.pairs == (("left_end", "right_end"),)
    records = sorted(read(conversion.path, "train").items())
    assert len(records) == len(photos) and conversion.counts["train"]["set_aside"] == 0
    for (_, record), (_, people) in zip(records, photos, strict=True):
        found = record["keypoints"][:, order]
        expected = np.array([points for points, _ in people])
        np.testing.assert_array_equal(found[..., 2], expected[..., 2])
        np.testing.assert_allclose(found[..., :2], expected[..., :2] * (expected[..., 2:] > 0), atol=0.01)
        if form not in BOXLESS:
            np.testing.assert_allclose(record["boxes"], [box for _, box in people], atol=0.01)
        assert record["image"].startswith(b"\xff\xd8\xff")
    assert f"Annotations read as {form} (train: 4 images)." in conversion.report()


def test_yolo_without_names_asks_for_them_and_takes_them_from_the_skeleton(tmp_path):
    WRITERS["yolo"](tmp_path / "in", kites(), kpt_names=None)
    with pytest.raises(ConversionError, match="data.yaml must name its 4 keypoints as `kpt_names`, or .*skeleton.json"):
        converted(tmp_path / "in", tmp_path)
    write_json(tmp_path / "in" / "skeleton.json", {"keypoints": NAMES})
    assert skeleton_in(converted(tmp_path / "in", tmp_path)).pairs == (("left_end", "right_end"),)
    write_json(tmp_path / "in" / "skeleton.json", {"keypoints": [*NAMES[:3], "right_tail"]})
    converted(tmp_path / "in", tmp_path)
    write_json(tmp_path / "in" / "skeleton.json", {"keypoints": ["left_end", "right_end", "tip", "tail"]})
    with pytest.raises(ConversionError, match=r"must pair the same keypoints. Received: \[1, 0, 2, 3\] by the names"):
        converted(tmp_path / "in", tmp_path)
    write_json(tmp_path / "in" / "skeleton.json", {"keypoints": NAMES[:3]})
    with pytest.raises(ConversionError, match="must name the 4 keypoints of data.yaml. Received: 3"):
        converted(tmp_path / "in", tmp_path)


def test_a_folder_that_is_not_understood_is_answered_with_what_was_looked_for(tmp_path):
    (tmp_path / "in" / "labels").mkdir(parents=True)
    (tmp_path / "in" / "labels" / "1.txt").write_text("0 0.5 0.5 1 1\n")
    with pytest.raises(ConversionError, match=r"Received: 1 × .txt. Looked for: coco: train.json, .*; sleap: .slp"):
        converted(tmp_path / "in", tmp_path)
    with pytest.raises(ConversionError, match="`format` must be a known one. Received: 'voc'. Known: auto, coco, yolo"):
        converted(tmp_path / "in", tmp_path, format="voc")


def test_two_forms_in_a_folder_need_to_be_told_apart(tmp_path):
    WRITERS["yolo"](tmp_path / "in", kites())
    WRITERS["cvat"](tmp_path / "in", kites())
    with pytest.raises(ConversionError, match="`--format` say which. Received: yolo: data.yaml; cvat: annotations.xml"):
        converted(tmp_path / "in", tmp_path)
    assert converted(tmp_path / "in", tmp_path, format="cvat").counts["train"]["images"] == 4
