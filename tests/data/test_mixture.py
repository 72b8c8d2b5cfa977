import dataclasses
import json
import shutil

import numpy as np
import pytest

from tests.data.pixel_checks import SIZE
from tests.dot_records import PEOPLE
from tfpose import skeletons
from tfpose.data import records, single_person
from tfpose.data.mixture import weighted
from tfpose.data.multi_person import several_people

HALF = ("left_wrist", "nose", "right_wrist")  # Of the keypoints of the second data set, which has another order.


@pytest.fixture(scope="module")
def other(dots, tmp_path_factory):
    """The dots under other names: of a skeleton that has three of theirs, framed by person; no test split."""
    folder = shutil.copytree(dots, tmp_path_factory.mktemp("other"), dirs_exist_ok=True)
    change(folder, framing="person", converter="other", skeleton=renamed())
    info = json.loads((folder / "dataset_info.json").read_text())
    info["splits"] = [split for split in info["splits"] if split["name"] == "train"]
    (folder / "dataset_info.json").write_text(json.dumps(info))
    return folder


def renamed():
    names = [name if name in HALF else f"thing_{i}" for i, name in enumerate(skeletons.FLIC.keypoints)]
    return dataclasses.asdict(skeletons.Skeleton("things", tuple(names)))


def change(folder, **fields):
    metadata = json.loads((folder / "metadata.json").read_text())
    (folder / "metadata.json").write_text(json.dumps({**metadata, **fields}))


def both(dots, other, weights=("", ""), split="train", skeleton="flic"):
    return records.load(f"{dots}{weights[0]},{other}{weights[1]}", split, skeleton)


def seen(mixture, batch_size=1, training=True, **options):
    """By batch: numbers of people, and whether each is of the second data set: its nose alone is annotated there."""
    dataset = single_person.single_person(mixture, SIZE, batch_size, training=training, **options)
    eye = mixture.skeleton.keypoints.index("left_eye")
    return [
        [(int(n), not v) for (n,), ((v,),) in zip(p["head_sizes"], p["keypoints"][:, :, [eye], 2], strict=True)]
        for _, p in dataset.as_numpy_iterator()
    ]


def people(mixture, **options):
    return [person for batch in seen(mixture, **options) for person in batch]


def test_texts_name_folders_and_weights():
    assert weighted("data/lsp") == [("data/lsp", 1.0)]
    assert weighted("data/lsp, data/mpii:2,data/x:0.25") == [("data/lsp", 1.0), ("data/mpii", 2.0), ("data/x", 0.25)]
    assert weighted("C:\\data\\lsp") == [("C:\\data\\lsp", 1.0)]


@pytest.mark.parametrize("weight", ["0", "-1", "nan", "inf"])
def test_a_weight_that_is_not_above_0_is_refused(weight):
    with pytest.raises(ValueError, match=f"must be above 0. Received: 'data/lsp:{weight}'"):
        weighted(f"data/lsp:{weight}")


def test_everyone_of_all_data_sets_is_counted(dots, other):
    mixture = both(dots, other, ("", ":3"))
    assert (mixture.num_images, mixture.num_people) == (20, 26)
    assert mixture.skeleton == skeletons.FLIC
    assert mixture.metadata["converter"] == "dots, other"


def test_one_epoch_shows_everyone_of_all_once(dots, other):
    expected = sorted((n, second) for n in range(1, 14) for second in (False, True))
    found = people(both(dots, other), epochs=(0, 2))
    assert [sorted(found[:26]), sorted(found[26:])] == [expected] * 2


@pytest.mark.parametrize(("weight", "times"), [("2", 2), ("3", 3), ("1.0", 1)])
def test_whole_weights_repeat(dots, other, weight, times):
    found = people(both(dots, other, ("", f":{weight}")))
    assert sorted(n for n, second in found if second) == sorted(list(range(1, 14)) * times)
    assert sorted(n for n, second in found if not second) == list(range(1, 14))


@pytest.mark.parametrize(("weight", "count"), [("0.5", 6), ("0.25", 3), ("1.5", 20), ("0.001", 1)])
def test_parts_of_a_weight_take_a_share_and_another_each_epoch(dots, other, weight, count):
    found = people(both(dots, other, ("", f":{weight}")), epochs=(0, 12))
    epochs = [[n for n, second in found[i : i + 13 + count] if second] for i in range(0, len(found), 13 + count)]
    assert [len(epoch) for epoch in epochs] == [count] * 12
    times = np.array([[epoch.count(n) for n in range(1, 14)] for epoch in epochs])
    assert times.min() >= float(weight) // 1 and times.max() <= float(weight) // 1 + 1
    assert len({tuple(sorted(epoch)) for epoch in epochs}) > 1


def test_a_share_is_fair(dots):
    half = records.load(f"{dots}:0.5", "train")
    found = [n for n, _ in people(half, epochs=(0, 60), batch_size=2)]
    assert len(found) == 60 * 6
    assert np.bincount(found, minlength=14)[1:] == pytest.approx(60 * 6 / 13, rel=0.5)


def test_data_sets_take_turns_evenly(dots, other, monkeypatch):
    monkeypatch.setattr("tfpose.data.shuffling.SHUFFLED", 1)
    for weights, count in ((("", ""), 13), (("", ":3"), 39), (("", ":0.5"), 6)):
        found = np.array([second for _, second in people(both(dots, other, weights))])
        passed = np.cumsum(found) / count, np.cumsum(~found) / 13
        assert np.abs(passed[0] - passed[1]).max() <= 1 / count + 1 / 13


@pytest.mark.parametrize("cached", [False, True])
def test_a_seed_decides_the_mixture(dots, other, cached):
    mixture, options = both(dots, other, (":0.5", ":2")), {"cached": cached, "batch_size": 4}
    first = seen(mixture, seed=3, epochs=(0, 3), **options)
    assert len(first) == 3 * 8
    assert first == seen(mixture, seed=3, epochs=(0, 3), **options)
    assert first[16:] == seen(mixture, seed=3, epochs=(2, 3), **options)
    assert first != seen(mixture, seed=4, epochs=(0, 3), **options)


def test_without_training_everyone_is_shown_once_whatever_the_weight(dots, other):
    found = seen(both(dots, other, (":0.1", ":5")), batch_size=8, training=False)
    assert [len(batch) for batch in found] == [8, 8, 8, 2]
    assert [second for batch in found for _, second in batch] == [False] * 13 + [True] * 13


def test_keypoints_are_matched_by_name(dots, other):
    (plain,) = (e["keypoints"] for e in records.load(dots, "train[:1]").dataset().as_numpy_iterator())
    (found,) = (e["keypoints"] for e in records.load(other, "train[:1]", "flic").dataset().as_numpy_iterator())
    for k, name in enumerate(skeletons.FLIC.keypoints):
        np.testing.assert_array_equal(found[:, k], plain[:, k] if name in HALF else 0)


def test_keypoints_that_the_skeleton_lacks_are_dropped_and_their_order_is_its_own(dots):
    (plain,) = (e["keypoints"] for e in records.load(dots, "train[:1]").dataset().as_numpy_iterator())
    coco = records.load(dots, "train[:1]", skeletons.COCO)
    (found,) = (e["keypoints"] for e in coco.dataset().as_numpy_iterator())
    assert coco.skeleton == skeletons.COCO and found.shape[1] == 17
    for name in skeletons.COCO.keypoints:
        own = skeletons.FLIC.keypoints.index(name) if name in skeletons.FLIC.keypoints else None
        expected = 0 if own is None else plain[:, own]
        np.testing.assert_array_equal(found[:, skeletons.COCO.keypoints.index(name)], expected)


def test_each_is_framed_as_its_own_records_say(dots, other):
    mixture = both(dots, other)
    alone = [single_person.people(part, SIZE) for part in mixture.parts]
    together = single_person.people(mixture, SIZE)
    batches = single_person.single_person(mixture, SIZE, 26).as_numpy_iterator()
    for name in ("keypoints", "torso"):
        np.testing.assert_array_equal(together[name], np.concatenate([each[name] for each in alone]))
    np.testing.assert_allclose(next(batches)[1]["keypoints"], together["keypoints"], atol=1e-4)
    assert not np.allclose(alone[0]["torso"], alone[1]["torso"])
    with pytest.raises(ValueError, match="one at a time. Received: dots: image, other: person"):
        mixture.framing  # noqa: B018


def test_examples_of_all_follow_each_other(dots, other):
    found = list(both(dots, other).dataset().as_numpy_iterator())
    assert len(found) == 20 and sum(len(example["keypoints"]) for example in found) == 26
    assert not found[-1]["keypoints"][:, 0].any() and found[0]["keypoints"][:, 0].all()


def test_a_data_set_without_the_split_is_left_out_and_that_is_said(dots, other, capsys):
    test = both(dots, other, ("", ":2"), split="test")
    assert test.num_people == sum(PEOPLE["test"]) and isinstance(test, records.Records)
    assert capsys.readouterr().out == f"{other} has no 'test': left out of 'test'.\n"
    with pytest.raises(ValueError, match="Unknown split. Received: 'val'. Known: test, train|Known: train, test"):
        both(dots, other, split="val")


def test_slices_are_of_each(dots, other):
    assert [part.num_images for part in both(dots, other, split="train[:70%]").parts] == [7, 7]


def test_different_keypoints_need_a_common_skeleton(dots, other):
    with pytest.raises(ValueError, match=r"common skeleton: `--skeleton`. Received: flic, things. Known: flic, lsp"):
        both(dots, other, skeleton=None)
    assert both(dots, dots, skeleton=None).skeleton == skeletons.FLIC


def test_a_skeleton_must_have_something_in_common(dots):
    with pytest.raises(ValueError, match="in common with each data set. Received: nothing, for records of flic: left_"):
        records.load(dots, "train", skeletons.Skeleton("nothing", ("tail",)))
    with pytest.raises(ValueError, match="Unknown skeleton. Received: 'dog'. Known: flic"):
        records.load(dots, "train", "dog")


def test_every_folder_must_hold_records(dots, tmp_path):
    with pytest.raises(ValueError, match=f"must be a folder that .*Received: '{tmp_path}/b'"):
        records.load(f"{dots},{tmp_path}/b:2", "train")


def test_images_of_several_people_say_which_keypoints_their_data_set_annotates(dots, other):
    batches = several_people(both(dots, other), (64, 64), 4, max_people=2, stride=4)
    known = np.concatenate([people["annotated"] for _, people in batches.as_numpy_iterator()])
    half = [float(name in HALF) for name in skeletons.FLIC.keypoints]
    counts = [records.load(folder, "train").num_images for folder in (dots, other)]
    np.testing.assert_array_equal(known, np.repeat([np.ones(11), half], counts, axis=0))


def test_data_sets_that_annotate_all_keypoints_need_not_say_so(dots):
    batches = several_people(both(dots, dots), (64, 64), 4, max_people=2, stride=4)
    assert "annotated" not in batches.element_spec[1]
