import numpy as np
import pytest

from tests.data.pixel_checks import SIZE, batches
from tests.dot_records import COLOURS, SKELETON
from tfpose.data import crops, records, single_person
from tfpose.data.augment import Augmentation

STRONG = Augmentation(angle=40, scale=(0.6, 1.2), shift=0.1, brightness=0, contrast=(1, 1))
FRAMINGS = pytest.mark.parametrize("framing", ["dots", "dots_by_person"])


@pytest.fixture
def framed(framing, request):
    return request.getfixturevalue(framing)


def originals(folder, split="train"):
    """By number: keypoints and boxes of each person, in pixels of the image, and the image's size."""
    found = {}
    for example in records.load(folder, split).dataset().as_numpy_iterator():
        size = records.decode(example["image"]).shape[:2]
        for i, number in enumerate(example["head_sizes"]):
            found[int(number)] = {name: example[name][i] for name in ("keypoints", "boxes", "torso_boxes")}
            found[int(number)]["size"] = size
    return found


def move(points, matrix):
    return points @ matrix[:, :2].T + matrix[:, 2]


def test_batches_have_the_promised_shapes(dots):
    images, people = batches(dots, augmentation=Augmentation())[0]
    assert images.shape == (4, *SIZE, 3) and images.dtype == "uint8"
    assert {name: (value.shape, value.dtype) for name, value in people.items()} == {
        "keypoints": ((4, 1, 11, 3), "float32"),
        "torso": ((4, 1, 3), "float32"),
        "head_sizes": ((4, 1), "float32"),
        "to_image": ((4, 2, 3), "float32"),
    }


@FRAMINGS
@pytest.mark.parametrize("augmentation", [None, STRONG], ids=["plain", "varied"])
def test_to_image_leads_back_to_the_annotations(framed, augmentation):
    true = originals(framed)
    mirrored = 0
    for _, people in batches(framed, augmentation=augmentation, epochs=(0, 3)):
        for i, (number,) in enumerate(people["head_sizes"]):
            back = people["to_image"][i]
            mirror = np.linalg.det(back[:, :2]) < 0
            mirrored += mirror
            expected = true[int(number)]["keypoints"][SKELETON.flip if mirror else slice(None)]
            np.testing.assert_allclose(move(people["keypoints"][i, 0, :, :2], back), expected[:, :2], atol=2e-3)
            np.testing.assert_array_equal(people["keypoints"][i, 0, :, 2], 2)
    assert (mirrored > 5) == (augmentation is STRONG)


@FRAMINGS
def test_the_picture_shows_what_the_keypoints_say(framed):
    """Wrists keep their side's colour; where the picture is mirrored, that of the other side."""
    seen = 0
    for images, people in batches(framed, augmentation=STRONG, epochs=(0, 4)):
        for image, (keypoints,), back in zip(images, people["keypoints"], people["to_image"], strict=True):
            mirrored = np.linalg.det(back[:, :2]) < 0
            for name, colour in COLOURS.items():
                side = {"left": "right", "right": "left"} if mirrored else {}
                shown = "_".join(side.get(word, word) for word in name.split("_"))
                x, y = np.rint(keypoints[SKELETON.keypoints.index(shown), :2]).astype(int)
                if 3 <= x < SIZE[1] - 3 and 3 <= y < SIZE[0] - 3:
                    np.testing.assert_allclose(image[y, x], colour, atol=90)
                    assert image[y, x].argmax() == np.argmax(colour)
                    seen += 1
    assert seen > 60


def test_framed_by_image_the_whole_image_is_shown(dots):
    true = originals(dots)
    for _, people in batches(dots, training=False):
        for (number,), back in zip(people["head_sizes"], people["to_image"], strict=True):
            height, width = true[int(number)]["size"]
            np.testing.assert_allclose(
                move(np.array([63.5, 47.5]), back), [(width - 1) / 2, (height - 1) / 2], atol=1e-3
            )
            assert back[0, 0] == pytest.approx(max(width / 128, height / 96), rel=1e-5)


def test_framed_by_person_the_surroundings_are_shown(dots_by_person):
    true = originals(dots_by_person)
    for _, people in batches(dots_by_person, training=False):
        for (number,), back in zip(people["head_sizes"], people["to_image"], strict=True):
            x, y, width, height = true[int(number)]["boxes"]
            middle = [x + (width - 1) / 2, y + (height - 1) / 2]
            np.testing.assert_allclose(move(np.array([63.5, 47.5]), back), middle, atol=1e-3)
            assert back[0, 0] == pytest.approx(1.25 * max(width / 128, height / 96), rel=1e-5)


@FRAMINGS
def test_the_torso_is_the_middle_of_its_box(framed):
    true = originals(framed)
    for _, people in batches(framed, augmentation=STRONG):
        for (number,), (torso,), back in zip(people["head_sizes"], people["torso"], people["to_image"], strict=True):
            x, y, width, height = true[int(number)]["torso_boxes"]
            assert torso[2] == (0 if number % 4 == 0 else 2)
            if torso[2]:
                np.testing.assert_allclose(
                    move(torso[:2], back), [x + (width - 1) / 2, y + (height - 1) / 2], atol=2e-3
                )


@FRAMINGS
def test_everyone_without_image_is_as_in_batches(framed):
    everyone = single_person.people(records.load(framed, "train"), SIZE)
    found = batches(framed, training=False, batch_size=13)[0][1]
    assert set(everyone) == {"keypoints", "torso"}
    for name, values in everyone.items():
        np.testing.assert_allclose(values, found[name], atol=1e-4)


def test_a_crop_that_is_asked_for_is_shown_whatever_the_records_say(dots, dots_by_person):
    for folder in (dots, dots_by_person):
        true, numbers = originals(folder), []
        for crop in ("frame", "person", "torso"):
            for _, people in batches(folder, training=False, crop=crop):
                for (number,), back in zip(people["head_sizes"], people["to_image"], strict=True):
                    numbers.append((crop, int(number)))
                    person = true[int(number)]
                    boxes = {"person_box": person["boxes"], "torso_box": person["torso_boxes"]}
                    x, y, width, height = crops.box(crop, person["size"], **boxes).numpy()
                    middle = [x + (width - 1) / 2, y + (height - 1) / 2]
                    np.testing.assert_allclose(move(np.array([63.5, 47.5]), back), middle, atol=1e-3)
                    assert back[0, 0] == pytest.approx(max(width / 128, height / 96), rel=1e-5)
        assert [sum(crop == shown for shown, _ in numbers) for crop in ("frame", "person", "torso")] == [13, 13, 10]


@pytest.mark.parametrize("training", [False, True])
def test_people_without_the_box_are_left_out_and_counted(dots, training):
    found = records.load(dots, "train")
    assert [single_person.left_out(found, crop) for crop in ("", "frame", "person", "torso")] == [0, 0, 0, 3]
    shown = batches(dots, training=training, crop="torso", batch_size=2)
    numbers = [int(n) for _, people in shown for (n,) in people["head_sizes"]]
    assert sorted(numbers) == [n for n in range(1, 14) if n % 4]
    data = single_person.single_person(found, SIZE, 2, training=training, crop="torso")
    assert int(data.cardinality()) == len(shown) == 5
    everyone = single_person.people(found, SIZE, crop="torso")
    assert len(everyone["keypoints"]) == 10 and np.isfinite(everyone["keypoints"]).all()


def test_records_without_the_boxes_are_refused(dots):
    found = records.load(dots, "train")
    found.__dict__["people_by_crop"] = {"frame": 13, "person": 13, "torso": 0}
    with pytest.raises(ValueError, match="`crop=torso` needs records with torso boxes. Received: dots, where nobody"):
        single_person.single_person(found, SIZE, 2, crop="torso")
    with pytest.raises(ValueError, match="Unknown `crop`. Received: 'head'. Known: frame, person, torso."):
        single_person.single_person(found, SIZE, 2, crop="head")


def test_the_crop_is_resolved_by_the_framing_of_each_data_set(dots, dots_by_person):
    for folders, expected in ((dots, "frame"), (dots_by_person, "person"), (f"{dots},{dots_by_person}", "records")):
        found = records.load(folders, "train")
        assert [single_person.resolve(found, crop) for crop in ("", "records", "torso")] == [
            expected,
            expected,
            "torso",
        ]
        everyone = single_person.people(found, SIZE)["keypoints"]
        np.testing.assert_array_equal(everyone, single_person.people(found, SIZE, crop=expected)["keypoints"])
