"""FLIC: frames with everyone in them, sides as the observer sees them, MATLAB's counting mended."""

import numpy as np
import pytest
import scipy.io
import tensorflow_datasets as tfds

from tests.tfrecords_tools.small_files import example, from_behind, jpeg, read, upright, write_flic
from tfpose.skeletons import FLIC
from tfrecords_tools.convert import convert
from tfrecords_tools.datasets import flic
from tfrecords_tools.errors import ConversionError

NAMES = ["a-1.jpg", "a-1.jpg", "b-2.jpg", "a-1.jpg"]


@pytest.fixture
def folder(tmp_path):
    """Two people in one training frame, one in another, and a third person of the first frame in the test split."""
    people = [upright(), upright(30, 12), from_behind(), upright(5, 5)]
    examples = [example(name, person) for name, person in zip(NAMES, people, strict=True)]
    examples[3] = example("a-1.jpg", people[3], split="test", torsobox=(5, 9, 15, 26))
    return write_flic(tmp_path / "FLIC", examples)


@pytest.fixture
def to_data(tmp_path):
    return {"data_dir": tmp_path / "data", "progress": False}


def test_everyone_of_a_split_in_a_frame_is_in_its_one_record_counted_from_zero(folder, to_data):
    path = convert("flic", manual_dir=folder, **to_data).path
    train, test = read(path, "train"), read(path, "test")
    assert set(train) == {"a-1", "b-2"} and set(test) == {"a-1"}
    visible = np.full((11, 1), 2)
    expected = np.stack([np.hstack([upright() - 1, visible]), np.hstack([upright(30, 12) - 1, visible])])
    np.testing.assert_array_equal(train["a-1"]["keypoints"], expected.astype(np.float32))
    np.testing.assert_array_equal(test["a-1"]["keypoints"][0, :, :2], (upright(5, 5) - 1).astype(np.float32))
    np.testing.assert_array_equal(test["a-1"]["torso_boxes"], [[4, 8, 10, 17]])
    np.testing.assert_array_equal(train["a-1"]["boxes"], [[15, 9, 18, 20], [25, 11, 18, 20]])
    np.testing.assert_array_equal(train["a-1"]["head_sizes"], [0, 0])
    assert train["a-1"]["image"] == jpeg()


def test_left_and_right_of_people_seen_from_behind_are_truly_exchanged(folder, to_data):
    path = convert("flic", manual_dir=folder, **to_data).path
    kept = convert("flic", manual_dir=folder, overwrite=True, observer_centric=False, **to_data)
    assert tfds.builder_from_directory(path).info.metadata["options"] == {"observer_centric": False}
    person_centric = read(kept.path, "train")["b-2"]["keypoints"][0]
    convert("flic", manual_dir=folder, overwrite=True, **to_data)
    observer_centric = read(path, "train")["b-2"]["keypoints"][0]
    np.testing.assert_array_equal(person_centric[:, :2], (from_behind() - 1).astype(np.float32))
    np.testing.assert_array_equal(observer_centric, person_centric[FLIC.flip])
    assert (observer_centric != person_centric).any(axis=-1).sum() == 10  # all but the nose
    assert tfds.builder_from_directory(path).info.metadata["options"] == {"observer_centric": True}


def test_a_keypoint_that_is_nan_is_not_annotated(tmp_path, to_data):
    person = upright()
    person[FLIC.keypoints.index("left_wrist")] = np.nan
    folder = write_flic(tmp_path / "FLIC", [example("a.jpg", person)])
    keypoints = read(convert("flic", manual_dir=folder, **to_data).path, "train")["a"]["keypoints"][0]
    np.testing.assert_array_equal(keypoints[2], [0, 0, 0])
    assert (np.delete(keypoints, 2, axis=0)[:, 2] == 2).all()


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_folder_with_one_split_only_converts(tmp_path, to_data, split):
    folder = write_flic(tmp_path / "FLIC", [example("a.jpg", upright(), split)])
    conversion = convert("flic", manual_dir=folder, **to_data)
    assert conversion.counts == {split: {"images": 1, "people": 1, "set_aside": 0}}
    assert list(tfds.builder_from_directory(conversion.path).info.splits) == [split]


def test_a_frame_of_another_size_than_annotated_is_set_aside(tmp_path, to_data):
    folder = write_flic(tmp_path / "FLIC", [example("a.jpg", upright(), imgdims=(480, 720, 3))])
    with pytest.raises(
        ConversionError, match="of another size than the annotations say: 64 x 48 pixels, not 720 x 480"
    ):
        convert("flic", manual_dir=folder, **to_data)


def test_no_examples_is_one_clear_sentence(tmp_path, to_data):
    with pytest.raises(ConversionError, match=r"examples.mat must hold examples\. Received: none"):
        convert("flic", manual_dir=write_flic(tmp_path / "FLIC", []), **to_data)


def test_a_folder_without_its_files_is_one_clear_sentence(tmp_path, to_data):
    with pytest.raises(ConversionError, match="must hold examples.mat"):
        convert("flic", manual_dir=tmp_path, **to_data)
    (tmp_path / "examples.mat").write_bytes(b"no MATLAB file" * 20)
    with pytest.raises(ConversionError, match="examples.mat must be a whole MATLAB file"):
        convert("flic", manual_dir=tmp_path, **to_data)
    scipy.io.savemat(tmp_path / "examples.mat", {"examples": {"coords": [1, 2]}})
    with pytest.raises(ConversionError, match="must have filepath, imgdims, torsobox"):
        convert("flic", manual_dir=tmp_path, **to_data)


def test_exactly_199_training_examples_of_the_real_flic_are_exchanged(real_data):
    root = real_data("FLIC")
    found = {}
    for split in ("train", "test"):
        seen, shown = (
            [frame["keypoints"] for frame in flic.Flic(options={"observer_centric": centric}).annotations(root, split)]
            for centric in (False, True)
        )
        seen, shown = np.concatenate(seen), np.concatenate(shown)
        exchanged = (seen != shown).any(axis=(1, 2))
        np.testing.assert_array_equal(shown[exchanged], seen[exchanged][:, FLIC.flip])
        assert not flic.from_behind(shown).any()
        found[split] = (len(seen), int(exchanged.sum()))
    assert found["train"] == (3987, 199)
    assert found["test"][0] == 801


def test_the_official_sample_converts_as_distributed(real_data, to_data):
    root = real_data("FLIC_official_sample")
    conversion = convert("flic", manual_dir=root, **to_data)
    assert sum(count["images"] for count in conversion.counts.values()) == 12
    assert conversion.found == []
    for split in conversion.counts:
        for name, record in read(conversion.path, split).items():
            assert record["image"] == (root / "images" / f"{name}.jpg").read_bytes()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"imgdims": np.array([np.nan, 64, 3])}, "imgdims of example 1 of .*examples.mat must be 3 numbers"),
        ({"torsobox": np.zeros(3)}, "torsobox of example 1 of .* must be 4 numbers. Received: 3 of float64"),
        ({"coords": np.zeros((2, 28))}, "coords of example 1 of .* must be 2 x 29 numbers. Received: 2 x 28"),
        ({"filepath": ""}, "filepath of example 1 of .* must be a file name"),
    ],
)
def test_fields_that_are_not_as_published_are_named(tmp_path, to_data, fields, message):
    folder = write_flic(
        tmp_path / "FLIC", [example("a.jpg", upright()) | fields, example("b.jpg", upright())], missing=[""]
    )
    with pytest.raises(ConversionError, match=message):
        convert("flic", manual_dir=folder, **to_data)
