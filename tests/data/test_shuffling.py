import shutil

import keras
import numpy as np
import pytest

from tests.data.pixel_checks import SIZE, batches, numbers
from tests.dot_records import FIRST, PEOPLE
from tfpose.data import records, single_person
from tfpose.data.augment import Augmentation


def same(a, b):
    return len(a) == len(b) and all(
        np.array_equal(x, y) and all(np.array_equal(p[name], q[name]) for name in p)
        for (x, p), (y, q) in zip(a, b, strict=True)
    )


@pytest.mark.parametrize("cached", [False, True])
def test_a_seed_decides_everything_and_another_differs(dots, cached):
    options = {"augmentation": Augmentation(), "cached": cached, "epochs": (0, 2)}
    keras.utils.set_random_seed(1)
    first = batches(dots, seed=5, **options)
    keras.utils.set_random_seed(2)
    assert same(first, batches(dots, seed=5, **options))
    other = batches(dots, seed=6, **options)
    assert numbers(first) != numbers(other)


@pytest.mark.parametrize("cached", [False, True])
def test_an_epoch_can_be_had_without_those_before_it(dots, cached):
    options = {"augmentation": Augmentation(), "seed": 7, "cached": cached}
    whole = batches(dots, epochs=(0, 4), **options)
    alone = batches(dots, epochs=(3, 4), **options)
    assert len(whole) == 4 * len(alone)
    assert same(whole[-len(alone) :], alone)
    assert numbers(whole[: len(alone)]) != numbers(alone)


@pytest.mark.parametrize("cached", [False, True])
def test_everyone_is_seen_once_per_epoch(dots, cached):
    found = numbers(batches(dots, batch_size=1, epochs=(2, 5), cached=cached, augmentation=Augmentation()))
    everyone = list(range(1, 14))
    epochs = [found[i : i + 13] for i in (0, 13, 26)]
    assert [sorted(epoch) for epoch in epochs] == [everyone] * 3
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_people_of_one_image_are_parted(dots):
    """Shuffling images would be cheaper, and would let neighbours follow each other."""
    found = numbers(batches(dots, batch_size=1, epochs=(0, 20)))
    together = sum(abs(a - b) == 1 and {a, b} <= {6, 7, 8} for a, b in zip(found, found[1:], strict=False))
    assert together < 20


def test_a_person_varies_from_epoch_to_epoch(dots):
    found = batches(dots, batch_size=1, epochs=(0, 3), augmentation=Augmentation())
    maps = [people["to_image"] for _, people in found if people["head_sizes"] == 5]
    assert len(maps) == 3
    assert not np.array_equal(maps[0], maps[1]) and not np.array_equal(maps[1], maps[2])


def test_cached_records_are_the_same_records(dots):
    assert same(batches(dots, "test", cached=True), batches(dots, "test", cached=False))
    assert same(batches(dots, training=False, cached=True), batches(dots, training=False, cached=False))


def test_cached_records_are_read_once(dots, tmp_path):
    folder = shutil.copytree(dots, tmp_path / "dots")
    train = records.load(folder, "train")
    found = iter(single_person.single_person(train, SIZE, 1, training=True, epochs=(0, 60), cached=True))
    for _ in range(13):
        next(found)
    for file in folder.glob("*.tfrecord*"):
        file.write_bytes(b"")
    assert len(list(found)) == 59 * 13


@pytest.mark.parametrize(("batch_size", "count"), [(4, 3), (13, 1), (6, 2)])
def test_the_incomplete_batch_is_dropped_in_training_only(dots, batch_size, count):
    for training in (True, False):
        dataset = single_person.single_person(
            records.load(dots, "train"), SIZE, batch_size, training=training, epochs=(0, 2)
        )
        sizes = [len(images) for images, _ in dataset.as_numpy_iterator()]
        epoch = [batch_size] * count + ([13 - batch_size * count] if 13 % batch_size and not training else [])
        assert sizes == epoch * 2
        assert int(dataset.cardinality()) == len(sizes)


def test_without_training_the_order_is_that_of_the_records(dots):
    order = [int(n) for e in records.load(dots, "test").dataset().as_numpy_iterator() for n in e["head_sizes"]]
    assert numbers(batches(dots, "test", batch_size=3)) == order
    assert sorted(order) == list(range(FIRST["test"], FIRST["test"] + sum(PEOPLE["test"])))


@pytest.mark.parametrize("split", ["train", "test"])  # The last batch of `test` is incomplete.
def test_the_shares_of_two_workers_are_the_halves_of_each_batch(dots, split):
    options = {"augmentation": Augmentation(), "seed": 5}
    whole = batches(dots, split, **options)
    halves = [batches(dots, split, shares=(i, 2), **options) for i in (0, 1)]
    assert all(len(images) <= 2 for half in halves for images, _ in half)
    assert same(whole, list(map(joined, *halves)))


def test_a_share_of_an_incomplete_batch_may_be_empty(dots):
    counts = [[len(images) for images, _ in batches(dots, "test", 6, shares=(i, 3))] for i in range(3)]
    assert counts == [[2], [2], [0]]  # Four people.


def joined(first, second):
    """Two parts of a batch as one."""
    images, people = zip(first, second, strict=True)
    return np.concatenate(images), {name: np.concatenate([part[name] for part in people]) for name in people[0]}
