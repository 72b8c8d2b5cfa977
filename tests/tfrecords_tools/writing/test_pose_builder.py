"""The record format: what `annotations` yields is what is read back, on one machine and through Beam."""

import json

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from tests.tfrecords_tools.small_files import jpeg, pixels, read, set_aside
from tfpose.skeletons import COCO, Skeleton
from tfrecords_tools import convert as command
from tfrecords_tools.writing.pose_builder import Option, PoseBuilder

IGNORED = {
    "ignored_boxes": np.array([[5, 6, 10, 4], [40, 30, 20, 10]], np.float32),
    "ignored_areas": np.array([40, 170.5], np.float32),
    "ignored_crowds": np.array([0, 1], np.float32),
    "ignore": (pixels()[..., 0] > 90).astype(np.uint8),
}


class Toy(PoseBuilder):
    """Needs no files: two splits of seeded people, the fifth image of each broken, the third and seventh with nobody.

    The seventh is kept, and has something to ignore.
    """

    SKELETON = COCO
    FRAMING = "person"
    OPTIONS = {"number": Option(7, "Images per split.")}

    def annotations(self, root, split):
        for i in range(self.options["number"]):
            rng = np.random.default_rng((i, split == "test"))
            n = (1, 2, 0, 3)[i % 4]
            keypoints = np.concatenate([rng.uniform(0, 48, (n, 17, 2)), rng.integers(1, 3, (n, 17, 1))], axis=-1)
            yield {
                "id": f"{split}-{i}",
                "image": jpeg()[: 50 if i == 4 else None],
                "keypoints": keypoints.astype(np.float32),
                "boxes": rng.uniform(0, 48, (n, 4)).astype(np.float32),
                "areas": rng.uniform(0, 999, n).astype(np.float32),
                **({"may_be_empty": True, "image_id": 2**40, **IGNORED} if i == 6 else {}),
            }


@pytest.fixture
def toy(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "lookup", lambda name: Toy)

    def convert(folder, **flags):
        return command.convert("toy", data_dir=tmp_path / folder, progress=False, max_set_aside=1.0, **flags)

    return convert


def equal(records, others):
    assert set(records) == set(others)
    for name, record in records.items():
        assert set(record) == set(others[name])
        for key, value in record.items():
            np.testing.assert_array_equal(value, others[name][key], err_msg=f"{name} {key}")


def test_records_read_back_equal_the_annotations(toy):
    path = toy("data").path
    for split in ("train", "test"):
        records = read(path, split)
        annotations = {record["id"]: record for record in Toy().annotations(None, split)}
        assert set(records) == {f"{split}-{i}" for i in (0, 1, 3, 5, 6)}
        for name, record in records.items():
            n = len(annotations[name]["keypoints"])
            for key in ("image", "keypoints", "boxes", "areas"):
                np.testing.assert_array_equal(record[key], annotations[name][key])
            np.testing.assert_array_equal(record["torso_boxes"], np.zeros((n, 4)))
            np.testing.assert_array_equal(record["head_sizes"], np.zeros(n))
            assert {key: value.dtype for key, value in record.items() if key not in ("id", "image", "ignore")} == {
                "image_id": np.int64,
                **dict.fromkeys(("keypoints", "boxes", "torso_boxes", "head_sizes", "areas"), np.float32),
                **dict.fromkeys(("ignored_boxes", "ignored_areas", "ignored_crowds"), np.float32),
            }


def test_what_is_ignored_and_the_number_of_the_image_are_read_back(toy):
    records = read(toy("data").path, "test")
    record = records.pop("test-6")
    mask = tf.io.decode_png(record["ignore"], channels=1)[..., 0].numpy()
    np.testing.assert_array_equal(mask > 0, IGNORED["ignore"] > 0)
    for name in ("ignored_boxes", "ignored_areas", "ignored_crowds"):
        np.testing.assert_array_equal(record[name], IGNORED[name])
    assert record["image_id"] == 2**40 and record["keypoints"].shape == (0, 17, 3)
    for record in records.values():
        assert record["image_id"] == -1 and record["ignored_boxes"].shape == (0, 4)
        assert record["ignored_areas"].shape == record["ignored_crowds"].shape == (0,)
        np.testing.assert_array_equal(tf.io.decode_png(record["ignore"]), [[[0]]])


def test_two_conversions_hold_the_same_records_in_the_same_order(toy):
    first, second = read(toy("a").path, "train"), read(toy("b", num_shards=2).path, "train")
    equal(first, second)
    assert list(first) == list(read(toy("c").path, "train"))


def test_the_metadata_tells_all_a_reader_needs(toy):
    metadata = tfds.builder_from_directory(toy("data", number=3).path).info.metadata
    assert Skeleton.from_dict(json.loads(json.dumps(metadata["skeleton"]))) == COCO
    assert metadata["framing"] == "person" and metadata["options"] == {"number": 3}
    assert metadata["counts"]["train"] == {"images": 2, "people": 3, "set_aside": 1}


@pytest.mark.parametrize(
    "flags",
    [
        {"beam_runner": "DirectRunner"},
        pytest.param(
            {
                "beam_runner": "DirectRunner",
                "beam_options": "--direct_running_mode=multi_processing --direct_num_workers=2",
            },
            marks=pytest.mark.slow,
            id="two processes",
        ),
        pytest.param(
            {"beam_runner": "PortableRunner", "beam_options": "--job_endpoint=embed --environment_type=LOOPBACK"},
            marks=pytest.mark.slow,
            id="portable",
        ),
    ],
)
def test_beam_writes_the_same_records_and_sets_the_same_aside(toy, flags):
    pytest.importorskip("apache_beam", reason="needs the extra beam")
    loop, beam = toy("loop"), toy("beam", **flags)
    for split in ("train", "test"):
        equal(read(loop.path, split), read(beam.path, split))
    assert loop.counts == beam.counts and loop.found == beam.found
    assert set_aside(loop.path) == set_aside(beam.path) == loop.found
