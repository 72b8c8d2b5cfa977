import dataclasses

import numpy as np
import pytest

from tfpose.data import geometry
from tfpose.data.augment import Augmentation, sample

SIZE = (96, 128)
BOX = (0.0, 0.0, 128.0, 96.0)


def draw(augmentation, count=4000, seed=(0, 0)):
    maps, mirror, tones = sample(augmentation, np.tile(np.float32(BOX), (count, 1)), SIZE, np.int64(seed))
    return maps.numpy(), mirror.numpy(), tones.numpy()


def measure(augmentation):
    """What maps and tones say that was drawn."""
    maps, mirror, tones = draw(augmentation)
    middle = geometry.warp_keypoints(np.float32([[[63.5, 47.5]]] * len(maps)), maps).numpy()[:, 0]
    down = maps[:, :, 1]  # Where the picture's downward direction points to.
    return {
        "mirror": mirror.astype(float),
        "angle": np.degrees(np.arctan2(-down[:, 0], down[:, 1])),
        "scale": np.linalg.norm(down, axis=1),
        "shift": (middle - [63.5, 47.5]) / [128, 96],
        "contrast": tones[:, 0],
        "brightness": tones[:, 1],
    }


RANGES = {
    "angle": (-20, 20),
    "scale": (0.8, 1.25),
    "shift": (-0.05, 0.05),
    "brightness": (-32, 32),
    "contrast": (0.8, 1.2),
}


@pytest.mark.parametrize("name", RANGES)
def test_ranges_are_kept_and_used(name):
    low, high = RANGES[name]
    found = measure(Augmentation())[name]
    tolerance = 1e-3 * (high - low)
    assert low - tolerance <= found.min() < low + 0.01 * (high - low)
    assert high + tolerance >= found.max() > high - 0.01 * (high - low)


def test_as_many_grow_as_shrink():
    assert np.mean(measure(Augmentation())["scale"] > 1) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("chance", [0.0, 0.3, 0.5, 1.0])
def test_mirrored_are_as_many_as_asked_for(chance):
    maps, mirror, _ = draw(Augmentation(mirror=chance))
    assert mirror.mean() == pytest.approx(chance, abs=0.0 if chance in (0, 1) else 0.03)
    np.testing.assert_array_equal(mirror, np.linalg.det(maps[:, :, :2]) < 0)


def test_everything_is_drawn_on_its_own():
    drawn = [values.reshape(len(values), -1) for values in measure(Augmentation()).values()]
    correlation = np.corrcoef(np.concatenate(drawn, axis=1), rowvar=False)
    np.testing.assert_allclose(correlation, np.eye(len(correlation)), atol=0.07)


def test_other_ranges_are_heeded():
    found = measure(Augmentation(mirror=0, angle=5, scale=(0.5, 0.6), shift=0, brightness=0, contrast=(1, 1)))
    assert np.abs(found["angle"]).max() <= 5.001
    assert found["scale"].min() > 0.4999 and found["scale"].max() < 0.6001
    for name, value in (("shift", 0), ("brightness", 0), ("contrast", 1)):
        np.testing.assert_allclose(found[name], value, atol=1e-5)


def test_the_same_seed_draws_the_same_and_another_does_not():
    first, again, other, later = (draw(Augmentation(), 50, seed) for seed in ((3, 7), (3, 7), (4, 7), (3, 8)))
    for a, b, c, d in zip(first, again, other, later, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c) and not np.array_equal(a, d)


def test_without_augmentation_there_is_the_plain_crop():
    maps, mirror, tones = draw(None, 3)
    np.testing.assert_allclose(maps, np.tile(np.eye(2, 3), (3, 1, 1)), atol=1e-5)
    assert not mirror.any()
    np.testing.assert_array_equal(tones, [[1, 0]] * 3)


def test_an_augmentation_of_nothing_is_none():
    nothing = Augmentation(mirror=0, angle=0, scale=(1, 1), shift=0, brightness=0, contrast=(1, 1))
    for a, b in zip(draw(nothing, 3), draw(None, 3), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_boxes_are_varied_around_their_own_middle():
    boxes = np.float32([[10, 20, 30, 40], [200, 100, 60, 20]])
    augmentation = dataclasses.replace(Augmentation(), shift=0.0)
    maps, _, _ = sample(augmentation, boxes, SIZE, np.int64([1, 2]))
    middles = (boxes[:, :2] + (boxes[:, 2:] - 1) / 2)[:, None]
    np.testing.assert_allclose(geometry.warp_keypoints(middles, maps)[:, 0], [[63.5, 47.5]] * 2, atol=1e-3)
