"""The built-in data set: the same for a seed, exact, and like the data sets whose skeletons it has."""

import json
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
import tensorflow_datasets as tfds

from tfpose import skeletons
from tfrecords_tools.datasets.figures import Drawings, Figures
from tfrecords_tools.drawing import scene
from tfrecords_tools.errors import ConversionError

SKELETONS = ["flic", "lsp", "coco"]
SIZE = (96, 144)
DEFAULTS = {name: default for name, (default, _) in Figures.OPTIONS.items()}


def drawings(split="train", num_images=12, **options):
    options = DEFAULTS | {"height": SIZE[0], "width": SIZE[1]} | options
    return Drawings(split=split, num_images=num_images, options=options)


def decoded(drawing):
    return cv2.imdecode(np.frombuffer(drawing["image"], np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


@pytest.fixture(scope="module")
def flic():
    return list(drawings(num_images=60))


def equal(first, second):
    return all(np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_the_same_seed_draws_the_same_images(skeleton):
    for first, second in zip(drawings(skeleton=skeleton, people=3), drawings(skeleton=skeleton, people=3), strict=True):
        assert equal(first, second)


def test_another_process_draws_the_same_image():
    code = (
        "import numpy, zlib; from tfpose import skeletons; from tfrecords_tools.drawing import scene;"
        "print(zlib.crc32(scene.draw(numpy.random.default_rng(3), skeletons.COCO, (96, 144), 3)['image'].tobytes()))"
    )
    image = scene.draw(np.random.default_rng(3), skeletons.COCO, SIZE, 3)["image"]
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(there) == zlib.crc32(image.tobytes())


def test_an_image_depends_on_seed_split_and_index_only():
    image = drawings()[5]["image"]
    assert drawings(num_images=6)[5]["image"] == image
    others = drawings(seed=1)[5], drawings("test")[5], drawings()[6]
    assert all(other["image"] != image for other in others)


def test_drawings_end():
    assert len(drawings(num_images=3)) == len(list(drawings(num_images=3))) == 3
    with pytest.raises(IndexError):
        drawings(num_images=3)[3]


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_each_skeleton_has_its_shapes_and_its_keypoints_in_the_frame(skeleton):
    for drawing in drawings(skeleton=skeleton, people=3):
        n = len(drawing["keypoints"])
        assert drawing["keypoints"].shape == (n, len(skeletons.get(skeleton)), 3)
        assert drawing["boxes"].shape == drawing["torso_boxes"].shape == (n, 4)
        assert drawing["areas"].shape == drawing["head_sizes"].shape == (n,)
        assert decoded(drawing).shape == (*SIZE, 3) == (*drawing["size"], 3)
        x, y, v = np.moveaxis(drawing["keypoints"], -1, 0)
        assert set(np.unique(v)) <= {0, 1, 2}
        inside = (x >= -0.5) & (x <= SIZE[1] - 0.5) & (y >= -0.5) & (y <= SIZE[0] - 0.5)
        assert inside[v > 0].all()
        assert not drawing["keypoints"][v == 0].any()


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_visible_keypoints_lie_in_the_box_of_the_silhouette(skeleton):
    for drawing in drawings(skeleton=skeleton, people=3):
        for keypoints, (x, y, w, h) in zip(drawing["keypoints"], drawing["boxes"], strict=True):
            seen = keypoints[keypoints[:, 2] == 2]
            assert ((seen[:, :2] >= [x, y]) & (seen[:, :2] <= [x + w, y + h])).all()


def test_areas_count_pixels_within_the_boxes():
    for drawing in drawings(skeleton="coco", people=4):
        assert (drawing["areas"] > 0).all()
        assert (drawing["areas"] < drawing["boxes"][:, 2] * drawing["boxes"][:, 3]).all()


def test_one_person_is_one_and_several_are_up_to_as_many(flic):
    assert {len(drawing["keypoints"]) for drawing in flic} == {1}
    counts = {len(drawing["keypoints"]) for drawing in drawings(skeleton="coco", people=4, num_images=30)}
    assert {1, 2, 3} <= counts <= {1, 2, 3, 4}


def test_flic_shows_upper_bodies_with_a_torso_box_as_a_detector_would(flic):
    shoulder, hip = skeletons.FLIC.indices(skeletons.FLIC.reference)
    lengths, misses = [], []
    for drawing in flic:
        keypoints, (x, y, w, h) = drawing["keypoints"][0], drawing["torso_boxes"][0]
        assert (keypoints[skeletons.FLIC.torso, 2] > 0).all()
        lengths.append(np.hypot(*(keypoints[shoulder] - keypoints[hip])[:2]))
        middle = keypoints[skeletons.FLIC.torso, :2].mean(axis=0)
        misses.append(np.hypot(*(middle - [x + w / 2, y + h / 2])) / lengths[-1])
    assert 0.19 < np.median(lengths) / SIZE[1] < 0.28
    assert 0.05 < np.median(misses) < 0.2 and max(misses) < 0.6


def test_lsp_shows_whole_bodies():
    for drawing in drawings(skeleton="lsp", num_images=20):
        assert (drawing["keypoints"][..., 2] > 0).all()


def test_all_three_visibilities_happen():
    values = np.concatenate([drawing["keypoints"].reshape(-1, 3) for drawing in drawings(skeleton="coco", people=3)])
    assert set(values[:, 2]) == {0, 1, 2}


def test_left_is_on_the_right_of_whoever_looks_at_us(flic):
    left, right = skeletons.FLIC.indices(["left_shoulder", "right_shoulder"])
    shoulders = np.concatenate([drawing["keypoints"][:, [left, right], 0] for drawing in flic])
    assert 0 < np.mean(shoulders[:, 0] < shoulders[:, 1]) < 0.2  # the rest is seen from behind


def test_the_pixels_of_a_keypoint_differ_from_the_place_without_the_person(monkeypatch):
    skeleton = skeletons.LSP
    drawn = scene.draw(np.random.default_rng(3), skeleton, SIZE)
    monkeypatch.setattr(scene.people, "paint", lambda *_: None)
    monkeypatch.setattr(scene, "_annotate", lambda *_: {"areas": 1, "keypoints": np.ones((1, 3))})
    empty = scene.draw(np.random.default_rng(3), skeleton, SIZE)
    x, y = np.rint(drawn["keypoints"][0, :, :2]).astype(int).T
    difference = np.abs(drawn["image"][y, x].astype(int) - empty["image"][y, x]).sum(axis=-1)
    assert np.mean(difference > 40) > 0.7


@pytest.mark.parametrize("skeleton, framing", [("flic", "image"), ("lsp", "person"), ("coco", "person")])
def test_it_converts_to_records(tmp_path, skeleton, framing):
    options = {"skeleton": skeleton, "people": 2, "num_train": 4, "num_test": 2, "height": 96, "width": 144}
    builder = Figures(data_dir=tmp_path, options=options)
    tfds.disable_progress_bar()
    builder.download_and_prepare()
    records = list(tfds.as_numpy(builder.as_dataset(split="train", decoders={"image": tfds.decode.SkipDecoding()})))
    wanted = {drawing["id"]: drawing for drawing in Drawings("train", 4, DEFAULTS | options)}
    assert {record["id"].decode() for record in records} == set(wanted) and len(records) == 4
    for record in records:
        drawing = wanted[record["id"].decode()]
        assert record["image"] == drawing["image"]
        for name in ("keypoints", "boxes", "torso_boxes", "areas", "head_sizes"):
            np.testing.assert_array_equal(record[name], drawing[name])
    assert builder.info.splits["test"].num_examples == 2
    metadata = json.loads((builder.data_path / "metadata.json").read_text())
    assert (metadata["skeleton"]["name"], metadata["framing"]) == (skeleton, framing)
    assert metadata["options"] == DEFAULTS | options


@pytest.mark.parametrize(
    "options, message",
    [
        ({"skeleton": "horse"}, "Received: 'horse'. Known: flic, lsp, coco"),
        ({"people": 0}, "`people` must be at least 1. Received: 0"),
        ({"people": 16}, "`people` must be at most 15. Received: 16"),
        ({"num_test": 0}, "`num_test` must be at least 1"),
        ({"height": 20}, "`height` must be at least 64"),
        ({"seed": -1}, "`seed` must be at least 0"),
        ({"size": 3}, "Unknown option of figures. Received: size"),
    ],
)
def test_wrong_options_are_told(tmp_path, options, message):
    with pytest.raises(ConversionError, match=message):
        Figures(data_dir=tmp_path, options=options)
