"""One's own data set: any keypoints, two files or a share, and every mistake named."""

import pathlib
import runpy

import numpy as np
import pytest
import tensorflow_datasets as tfds

from tests.tfrecords_tools.coco_files import annotation, document, write_images, write_json
from tests.tfrecords_tools.small_files import read
from tfpose.skeletons import Skeleton
from tfrecords_tools.convert import convert
from tfrecords_tools.datasets.own import share
from tfrecords_tools.errors import ConversionError

HAND = ["wrist", "left_tip", "right_tip"]
SKELETON = {"name": "hand", "keypoints": HAND, "limbs": [["wrist", "left_tip"]], "sigmas": {"wrist": 0.05}}
MARKED = [1, 2, 2, 30, 4, 1, 0, 0, 0]


def hands(*ids):
    return [{"id": 10 + id, "image_id": id, "category_id": 1, "keypoints": MARKED} for id in ids]


def write(folder, train=(1, 2, 3, 4, 5), test=(), skeleton=SKELETON, **fields):
    for name, ids in (("train", train), ("test", test)):
        if ids:
            whole = document(ids, hands(*ids), HAND, skeleton=[(1, 2), (1, 3)])
            write_json(folder / f"{name}.json", whole | fields)
    write_images(folder / "images", [*train, *test])
    if skeleton:
        write_json(folder / "skeleton.json", skeleton)
    return folder


def converted(folder, data_dir, **options):
    return convert("own", manual_dir=folder, data_dir=data_dir, progress=False, **options)


def counts(conversion):
    return {split: (count["images"], count["people"]) for split, count in conversion.counts.items()}


def skeleton_in(conversion):
    return Skeleton.from_dict(tfds.builder_from_directory(conversion.path).info.metadata["skeleton"])


def test_two_files_and_a_skeleton_convert(tmp_path):
    conversion = converted(write(tmp_path / "hands", train=(1, 2), test=(7,)), tmp_path)
    assert counts(conversion) == {"train": (2, 2), "test": (1, 1)}
    record = read(conversion.path, "test")["000000000007"]
    np.testing.assert_array_equal(record["keypoints"], [np.reshape(MARKED, (3, 3))])
    assert record["boxes"].tolist() == [[1, 2, 29, 2]] and record["areas"].tolist() == [58] and record["image_id"] == 7
    skeleton = skeleton_in(conversion)
    assert (skeleton.name, skeleton.keypoints, skeleton.limbs) == ("hand", tuple(HAND), (("wrist", "left_tip"),))
    assert skeleton.flip == [0, 2, 1] and skeleton.sigmas[0] == 0.05 and len(skeleton.sigmas) == 3


def test_without_a_skeleton_the_categories_say_it(tmp_path):
    skeleton = skeleton_in(converted(write(tmp_path / "hands", skeleton=None), tmp_path))
    assert skeleton.keypoints == tuple(HAND) and skeleton.limbs == (("wrist", "left_tip"), ("wrist", "right_tip"))


def test_annotations_need_no_categories_if_there_is_a_skeleton(tmp_path):
    conversion = converted(write(tmp_path / "hands", categories=[]), tmp_path)
    assert counts(conversion) == {"train": (4, 4), "test": (1, 1)}
    with pytest.raises(ConversionError, match="hold skeleton.json, or train.json have `categories` .* neither"):
        converted(write(tmp_path / "other", skeleton=None, categories=[]), tmp_path / "b")


def test_a_share_is_tested_on_and_nobody_is_lost(tmp_path):
    folder = write(tmp_path / "hands")
    conversion = converted(folder, tmp_path, test_share=0.4)
    assert counts(conversion) == {"train": (3, 3), "test": (2, 2)}
    assert len(read(conversion.path, "train") | read(conversion.path, "test")) == 5
    assert counts(converted(folder, tmp_path / "b", test_share=0.0)) == {"train": (5, 5)}
    with pytest.raises(ConversionError, match="`test_share` must be at least 0 and below 1. Received: 1.0"):
        converted(folder, tmp_path / "c", test_share=1.0)


def test_a_share_is_the_same_whatever_the_order():
    images = [{"file_name": f"{i}.jpg"} for i in range(20)]
    taken, rest = share(images, 0.25)
    again, _ = share(images[::-1], 0.25)
    assert len(taken) == 5 and again == taken[::-1] and [image for image in images if image not in taken] == rest


def test_other_names_of_files_are_options(tmp_path):
    folder = write(tmp_path / "hands", train=(1, 2), skeleton=None)
    (folder / "train.json").rename(folder / "labels.json")
    (folder / "images").rename(folder / "photos")
    write_json(folder / "points.json", {"keypoints": HAND, "name": "palm"})
    options = {"train": "labels.json", "images": "photos", "skeleton": "points.json", "test_share": 0.5}
    conversion = converted(folder, tmp_path, **options)
    assert counts(conversion) == {"train": (1, 1), "test": (1, 1)} and skeleton_in(conversion).name == "palm"
    with pytest.raises(ConversionError, match="`test` must be a file in .* Received: more.json"):
        converted(folder, tmp_path / "b", **options, test="more.json")


def test_images_without_people_stay_on_demand(tmp_path):
    folder = write(tmp_path / "hands", train=(1, 2), annotations=hands(1))
    assert counts(converted(folder, tmp_path, test_share=0.0)) == {"train": (1, 1)}
    conversion = converted(folder, tmp_path / "b", test_share=0.0, images_with_people=False)
    assert counts(conversion) == {"train": (2, 1)}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"annotations": [annotation(10, 1)]}, r"train.json: `annotations\[0\].keypoints` \(id 10\) must be 3 times"),
        ({"annotations": 3}, "train.json must be in COCO's format and have a list `annotations`"),
        (
            {"skeleton": SKELETON | {"mirror": []}},
            "Unknown field of .*skeleton.json. Received: mirror. Known: name, key",
        ),
        (
            {"skeleton": {"keypoints": ["palm", "left_tip", "right_tip"]}},
            "train.json must name the same keypoints as .* Received: wrist, left_tip, right_tip. Known: palm, left_tip",
        ),
    ],
)
def test_mistakes_are_named(tmp_path, fields, message):
    with pytest.raises(ConversionError, match=message):
        converted(write(tmp_path / "hands", **fields), tmp_path)


def test_the_example_of_the_readme_converts(tmp_path, monkeypatch):
    script = pathlib.Path(__file__).parents[3] / "examples" / "kites.py"
    monkeypatch.setattr("sys.argv", [str(script), str(tmp_path / "kites")])
    runpy.run_path(str(script))
    conversion = converted(tmp_path / "kites", tmp_path)
    assert {split: images for split, (images, _) in counts(conversion).items()} == {"train": 320, "test": 80}
    record = next(iter(read(tmp_path / "own", "test").values()))
    assert record["keypoints"].shape[1:] == (4, 3) and (record["keypoints"][..., 2] == 2).all()
    metadata = tfds.builder_from_directory(tmp_path / "own").info.metadata
    assert tuple(metadata["skeleton"]["keypoints"]) == ("tip", "left_end", "right_end", "tail")
