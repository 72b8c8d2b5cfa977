import cv2
import numpy as np
import pytest

from tests.data.crowd import AREAS, BOX_AREA, COUNTS, write
from tests.dot_records import COLOURS, SKELETON
from tfpose.data import records
from tfpose.data.augment import Augmentation
from tfpose.data.multi_person import crowded, several_people

SIZE = (128, 160)
CELLS = (32, 40)
STRONG = Augmentation(angle=30, scale=(0.75, 1.25), shift=40 / 512, brightness=0, contrast=(1, 1))


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    return write(tmp_path_factory.mktemp("crowd"))


def batches(folder, batch_size=3, max_people=3, split="train", **options):
    found = several_people(records.load(folder, split), SIZE, batch_size, max_people=max_people, stride=4, **options)
    return list(found.as_numpy_iterator())


def images(found):
    """By image: its picture, its people, and whether it is mirrored."""
    for pictures, people in found:
        for i, image in enumerate(pictures):
            one = {name: values[i] for name, values in people.items()}
            yield image, one, np.linalg.det(one["to_image"][:, :2]) < 0


def originals(folder):
    """By number: keypoints of each person in pixels of the image; by first number: the example."""
    examples = list(records.load(folder, "train").dataset().as_numpy_iterator())
    people = {int(n): points for e in examples for n, points in zip(e["head_sizes"], e["keypoints"], strict=True)}
    return people, {int(e["head_sizes"][0]): e for e in examples if len(e["head_sizes"])}


def test_batches_have_the_promised_shapes(crowd):
    pictures, people = batches(crowd, training=True, augmentation=STRONG)[0]
    assert pictures.shape == (3, *SIZE, 3) and pictures.dtype == "uint8"
    assert {name: (value.shape, value.dtype) for name, value in people.items()} == {
        "keypoints": ((3, 3, 11, 3), "float32"),
        "areas": ((3, 3), "float32"),
        "head_sizes": ((3, 3), "float32"),
        "ignore": ((3, *CELLS), "float32"),
        "to_image": ((3, 2, 3), "float32"),
    }


def test_everyone_of_an_image_is_there_and_the_rest_is_empty(crowd):
    found = list(images(batches(crowd, max_people=5)))
    order = records.load(crowd, "train").people_per_image
    assert sorted(order) == sorted(COUNTS)
    assert [int((one["head_sizes"] > 0).sum()) for _, one, _ in found] == list(order)
    for _, one, _ in found:
        there = one["head_sizes"] > 0
        assert (one["keypoints"][~there][..., 2] == 0).all() and (one["areas"][~there] == 0).all()
        assert ((one["keypoints"][there][..., 2] > 0).sum(axis=1) >= 10).all()


def test_of_too_many_the_largest_stay_and_the_rest_is_counted(crowd):
    people = [tuple(one["head_sizes"].astype(int)) for _, one, _ in images(batches(crowd, max_people=2))]
    assert sorted(people) == sorted([(1, 2), (0, 0), (3, 0), (5, 7), (9, 10), (0, 0), (11, 0), (13, 12)])
    train = records.load(crowd, "train")
    assert [crowded(train, n) for n in (1, 2, 3, 4)] == [(4, 7), (2, 3), (1, 1), (0, 0)]


def test_of_equal_areas_those_with_more_keypoints_come_first(crowd):
    """1 and 2 are of the same area; 2 lacks a keypoint."""
    (two,) = (one for _, one, _ in images(batches(crowd, max_people=1)) if one["head_sizes"][0] in (1, 2))
    assert two["head_sizes"][0] == 1


@pytest.mark.parametrize("augmentation", [None, STRONG], ids=["plain", "varied"])
def test_to_image_leads_back_to_the_annotations(crowd, augmentation):
    true, _ = originals(crowd)
    mirrors = 0
    for _, one, mirror in images(batches(crowd, 8, training=True, augmentation=augmentation, epochs=(0, 3))):
        mirrors += mirror
        back = one["to_image"]
        for number, keypoints in zip(one["head_sizes"].astype(int), one["keypoints"], strict=True):
            if number:
                expected = true[number][SKELETON.flip if mirror else slice(None)]
                moved = keypoints[:, :2] @ back[:, :2].T + back[:, 2]
                seen = expected[:, 2] > 0
                np.testing.assert_allclose(moved[seen], expected[seen, :2], atol=2e-3)
                np.testing.assert_array_equal(keypoints[:, 2], expected[:, 2])
    assert (mirrors > 5) == (augmentation is STRONG)


def test_the_picture_shows_what_the_keypoints_say(crowd):
    seen = 0
    for image, one, _ in images(batches(crowd, 8, training=True, augmentation=STRONG, epochs=(0, 3))):
        for keypoints in one["keypoints"]:
            x, y = np.rint(keypoints[SKELETON.keypoints.index("nose"), :2]).astype(int)
            if keypoints[:, 2].any() and 3 <= x < SIZE[1] - 3 and 3 <= y < SIZE[0] - 3:
                assert image[y, x].argmax() == np.argmax(COLOURS["nose"]) and image[y, x].max() > 150
                seen += 1
    assert seen > 30


def test_areas_are_of_the_input(crowd):
    for _, one, _ in images(batches(crowd, 8, training=True, augmentation=STRONG)):
        zoom = abs(np.linalg.det(one["to_image"][:, :2]))
        numbers = one["head_sizes"].astype(int)
        areas = np.where((AREAS[numbers] == 0) & (numbers > 0), BOX_AREA, AREAS[numbers])
        np.testing.assert_allclose(one["areas"] * zoom, areas, rtol=1e-4)


@pytest.mark.parametrize("augmentation", [None, STRONG], ids=["plain", "varied"])
def test_what_is_ignored_moves_with_the_picture(crowd, augmentation):
    """Each cell is looked up where its middle lies in the image; the borders may differ."""
    _, examples = originals(crowd)
    seen = 0
    found = images(batches(crowd, 8, max_people=4, training=True, augmentation=augmentation, epochs=(0, 2)))
    for _, one, _ in found:
        assert set(np.unique(one["ignore"])) <= {0.0, 1.0}
        numbers = one["head_sizes"][one["head_sizes"] > 0]
        if len(numbers) and int(numbers.min()) in examples:
            mask = cv2.imdecode(np.frombuffer(examples[int(numbers.min())]["ignore"], "uint8"), 0)
            expected, sure = looked_up(mask > 0, one["to_image"])
            np.testing.assert_array_equal(one["ignore"][sure], expected[sure])
            assert sure.mean() > 0.6
            seen += expected.any()
    assert seen > 2


def looked_up(mask, back):
    """The mask at the middles of the cells; and where it is the same all over a cell."""
    y, x = np.mgrid[: CELLS[0], : CELLS[1]]
    values = []
    for corner in ((0, 0), (-4, -4), (4, -4), (-4, 4), (4, 4)):
        points = np.stack([4 * x + 1.5, 4 * y + 1.5], axis=-1) + corner
        u, v = np.rint(points @ back[:, :2].T + back[:, 2]).astype(int).transpose(2, 0, 1)
        inside = (u >= 0) & (v >= 0) & (u < mask.shape[1]) & (v < mask.shape[0])
        small = mask.shape == (1, 1)
        values.append(np.zeros(CELLS) if small else inside & mask[v * inside, u * inside])
    return np.array(values[0], float), np.all(np.array(values) == values[0], axis=0)


def test_records_without_a_mask_ignore_nothing(crowd, monkeypatch):
    plain = records.Records.images
    names = ("image", "keypoints", "areas", "head_sizes")
    monkeypatch.setattr(
        records.Records, "images", lambda *args: plain(*args).map(lambda e: {name: e[name] for name in names})
    )
    assert not any(people["ignore"].any() for _, people in batches(crowd))


def test_images_without_people_stay_unless_told_otherwise(crowd):
    for only, count in ((False, 8), (True, 6)):
        found = batches(crowd, 4, only_with_people=only)
        assert sum(len(pictures) for pictures, _ in found) == count
        dataset = several_people(
            records.load(crowd, "train"), SIZE, 3, max_people=3, stride=4, only_with_people=only, training=True
        )
        assert int(dataset.cardinality()) == count // 3 == len(list(dataset))


def test_a_seed_decides_everything_and_another_differs(crowd):
    options = {"training": True, "augmentation": STRONG, "batch_size": 4}
    first, again, other = (batches(crowd, seed=seed, epochs=(0, 2), **options) for seed in (1, 1, 2))
    later = batches(crowd, seed=1, epochs=(1, 2), **options)
    for (a, p), (b, q) in zip(first + first[2:], again + later, strict=True):
        np.testing.assert_array_equal(a, b)
        assert all(np.array_equal(p[name], q[name]) for name in p)
    assert not np.array_equal(first[0][0], other[0][0])


def test_data_sets_are_mixed_by_images(crowd, dots):
    mixture = records.load(f"{crowd}:2,{dots}:0.5", "train")
    dataset = several_people(mixture, SIZE, 1, max_people=2, stride=4, training=True)
    numbers = [int(people["head_sizes"][0, 0]) for _, people in dataset.as_numpy_iterator()]
    assert len(numbers) == 21 and numbers.count(0) == 4
