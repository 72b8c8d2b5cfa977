import numpy as np
import pytest
import tensorflow as tf

from tests.dot_records import PEOPLE, SKELETON
from tfpose.data import records


def ids(dataset):
    return [example["id"].decode() for example in dataset.as_numpy_iterator()]


def test_records_say_what_they_are(dots):
    train = records.load(dots, "train")
    assert train.skeleton == SKELETON
    assert train.framing == "image"
    assert train.metadata["converter"] == "dots"
    assert train.metadata["counts"]["test"] == {"images": 3, "people": 4, "set_aside": 0}


@pytest.mark.parametrize("split", PEOPLE)
def test_images_and_people_are_counted(dots, split):
    found = records.load(dots, split)
    assert (found.num_images, found.num_people) == (len(PEOPLE[split]), sum(PEOPLE[split]))


@pytest.mark.parametrize("split", ["train[:50%]", "train[3:5]", "train[-1:]", "train[50%:]"])
def test_people_of_slices_are_counted(dots, split):
    found = records.load(dots, split)
    examples = list(found.dataset().as_numpy_iterator())
    assert found.num_images == len(examples) > 0
    assert found.num_people == sum(len(example["head_sizes"]) for example in examples)


def test_slices_share_nobody_and_lose_nobody(dots):
    parts = [ids(records.load(dots, split).dataset()) for split in ("train[:70%]", "train[70%:]")]
    assert len(parts[0]) == 7
    assert sorted(parts[0] + parts[1]) == sorted(ids(records.load(dots, "train").dataset()))


def test_examples_hold_everyone_of_an_image_and_its_bytes(dots):
    for example in records.load(dots, "test").dataset().as_numpy_iterator():
        count = PEOPLE["test"][int(example["id"].split()[1])]
        shapes = {
            "keypoints": (count, len(SKELETON), 3), "boxes": (count, 4), "torso_boxes": (count, 4),
            "head_sizes": (count,), "areas": (count,),
        }  # fmt: skip
        assert {name: example[name].shape for name in shapes} == shapes
        assert example["image"].startswith(b"\xff\xd8") and example["image"].endswith(b"\xff\xd9")


def test_the_pixels_are_where_the_keypoints_say(dots):
    nose = SKELETON.keypoints.index("nose")
    for example in records.load(dots, "train").dataset().as_numpy_iterator():
        image = records.decode(example["image"]).numpy()
        for x, y, _ in np.rint(example["keypoints"][:, nose]).astype(int):
            red, green, blue = image[y, x].astype(int)
            assert green > 200 > 100 > max(red, blue)


def test_without_a_seed_the_order_is_that_of_the_files(dots):
    once, again = (ids(records.load(dots, "train").dataset()) for _ in range(2))
    assert once == again
    assert len(set(once)) == len(PEOPLE["train"])


def test_a_seed_orders_the_shards(dots):
    train = records.load(dots, "train")
    orders = [ids(train.images(train.serialized(seed))) for seed in range(6)]
    assert all(sorted(order) == sorted(orders[0]) for order in orders)
    assert len({tuple(order) for order in orders}) > 1
    assert ids(train.images(train.serialized(tf.constant(4, tf.int64)))) == orders[4]


@pytest.mark.parametrize("skeleton", [None, "coco"])
def test_everyone_of_many_images_at_once_is_everyone_of_each(dots, skeleton, monkeypatch):
    monkeypatch.setattr(records, "PARSED", 4)
    train = records.load(dots, "train", skeleton)
    found = list(train.people(train.serialized()).as_numpy_iterator())
    assert len(found) == 3
    found = {name: np.concatenate([people[name] for people in found]) for name in found[0]}
    examples = list(train.dataset().as_numpy_iterator())
    for name in records.PERSONAL:
        np.testing.assert_array_equal(found[name], np.concatenate([example[name] for example in examples]))
    images = [example["image"] for example in examples for _ in example["keypoints"]]
    assert list(found["image"]) == images
    np.testing.assert_array_equal(found["size"], [records.decode(image).shape[:2] for image in images])


def test_people_of_each_image_are_counted(dots):
    test = records.load(dots, "test")
    assert list(test.people_per_image) == [len(e["keypoints"]) for e in test.dataset().as_numpy_iterator()]


@pytest.mark.parametrize("folder", ["", "missing"])
def test_a_folder_without_records_is_refused(tmp_path, folder):
    with pytest.raises(ValueError, match=r"must be a folder that `python -m tfrecords_tools.convert` wrote.*Received"):
        records.load(tmp_path / folder, "train")


@pytest.mark.parametrize("split", ["validation", "validation[:10%]", "trai"])
def test_an_unknown_split_answers_with_the_known_ones(dots, split):
    with pytest.raises(ValueError, match=r"Received: .*\. Known: test, train|Received: .*\. Known: train, test"):
        records.load(dots, split)


@pytest.mark.parametrize(
    "split", ["train[", "train[:5", "train[a:b]", "train[:0]", "train[7:3]", "train[99:]", "train[:5%]x"]
)
def test_a_slice_that_is_none_is_refused(dots, split):
    with pytest.raises(ValueError, match=r"such as train\[:95%\].*Received: 'train\["):
        records.load(dots, split)
