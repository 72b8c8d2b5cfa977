import dataclasses

import numpy as np
import pytest

from tfpose.data import geometry
from tfpose.data.augment import Augmentation, Variation, _colours, sample

SIZE = (96, 128)
BOX = (0.0, 0.0, 128.0, 96.0)


def draw(augmentation, count=4000, seed=(0, 0)):
    drawn = sample(augmentation, np.tile(np.float32(BOX), (count, 1)), SIZE, np.int64(seed))
    return Variation(*(values.numpy() for values in drawn))


def measure(augmentation):
    """What maps and tones say that was drawn."""
    maps, mirror, tones, colours = draw(augmentation)
    middle = geometry.warp_keypoints(np.float32([[[63.5, 47.5]]] * len(maps)), maps).numpy()[:, 0]
    down = maps[:, :, 1]  # Where the picture's downward direction points to.
    return {
        "mirror": mirror.astype(float),
        "angle": np.degrees(np.arctan2(-down[:, 0], down[:, 1])),
        "scale": np.linalg.norm(down, axis=1),
        "shift": (middle - [63.5, 47.5]) / [128, 96],
        "contrast": tones[:, 0],
        "brightness": tones[:, 1],
        "colours": colours,
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
    maps, mirror, *_ = draw(Augmentation(mirror=chance))
    assert mirror.mean() == pytest.approx(chance, abs=0.0 if chance in (0, 1) else 0.03)
    np.testing.assert_array_equal(mirror, np.linalg.det(maps[:, :, :2]) < 0)


def test_everything_is_drawn_on_its_own():
    varied = measure(Augmentation(gain=(0.6, 1.4)))
    varied["colours"] = np.diagonal(varied["colours"], axis1=1, axis2=2)
    drawn = [values.reshape(len(values), -1) for values in varied.values()]
    correlation = np.corrcoef(np.concatenate(drawn, axis=1), rowvar=False)
    np.testing.assert_allclose(correlation, np.eye(len(correlation)), atol=0.07)


def test_other_ranges_are_heeded():
    found = measure(Augmentation(mirror=0, angle=5, scale=(0.5, 0.6), shift=0, brightness=0, contrast=(1, 1)))
    assert np.abs(found["angle"]).max() <= 5.001
    assert found["scale"].min() > 0.4999 and found["scale"].max() < 0.6001
    for name, value in (("shift", 0), ("brightness", 0), ("contrast", 1)):
        np.testing.assert_allclose(found[name], value, atol=1e-5)


def test_the_same_seed_draws_the_same_and_another_does_not():
    everything = Augmentation(gain=(0.6, 1.4), hue=40, saturation=(0.5, 1.5), turned=0.5, deviations=2)
    first, again, other, later = (draw(everything, 50, seed) for seed in ((3, 7), (3, 7), (4, 7), (3, 8)))
    for a, b, c, d in zip(first, again, other, later, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c) and not np.array_equal(a, d)


def test_without_augmentation_there_is_the_plain_crop():
    maps, mirror, tones, colours = draw(None, 3)
    np.testing.assert_array_equal(colours, [np.eye(3)] * 3)
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
    maps, *_ = sample(augmentation, boxes, SIZE, np.int64([1, 2]))
    middles = (boxes[:, :2] + (boxes[:, 2:] - 1) / 2)[:, None]
    np.testing.assert_allclose(geometry.warp_keypoints(middles, maps)[:, 0], [[63.5, 47.5]] * 2, atol=1e-3)


@pytest.mark.parametrize("chance", [0.0, 0.4, 1.0])
def test_turned_are_as_many_as_asked_for_and_by_as_much(chance):
    angles = measure(Augmentation(turned=chance))["angle"]
    turned = np.abs(angles) > 1e-3
    assert turned.mean() == pytest.approx(chance, abs=0.0 if chance == 0 else 0.03)
    if chance:
        assert np.abs(angles).max() > 19.5 and angles[turned].std() == pytest.approx(20 / 3**0.5, rel=0.05)


@pytest.mark.parametrize(("deviations", "at_the_ends"), [(1.0, 0.3173), (2.0, 0.0455)])
def test_angles_and_sizes_can_be_clipped_normals(deviations, at_the_ends):
    """As `hgpose` draws them: 2 ** clip(0.25 N, 0.5), and clip(30 N, 60) degrees."""
    found = measure(Augmentation(angle=60, scale=(2**-0.5, 2**0.5), deviations=deviations))
    for values in (found["angle"] / 60, np.log2(found["scale"]) / 0.5):
        ends = np.abs(values) > 0.9999
        assert np.abs(values).max() <= 1.0001
        assert ends.mean() == pytest.approx(at_the_ends, abs=0.03)
        assert np.mean(np.abs(values) < 0.6745 / deviations) == pytest.approx(0.5, abs=0.03)
        assert np.mean(values) == pytest.approx(0, abs=0.04)


def test_what_is_not_asked_for_changes_nothing_of_the_rest():
    plain, more = draw(Augmentation(), 50), draw(Augmentation(hue=40, saturation=(0.5, 1.5), gain=(0.6, 1.4)), 50)
    for name in ("maps", "mirror", "tones"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(more, name))
    np.testing.assert_array_equal(plain.colours, [np.eye(3)] * 50)  # So exactly that the pixels are left alone.


def test_gains_are_of_each_channel():
    colours = draw(Augmentation(gain=(0.6, 1.4))).colours
    gains = np.diagonal(colours, axis1=1, axis2=2)
    np.testing.assert_allclose(colours, gains[:, :, None] * np.eye(3), atol=1e-6)
    assert gains.min(axis=0) == pytest.approx([0.6] * 3, abs=0.01)
    assert gains.max(axis=0) == pytest.approx([1.4] * 3, abs=0.01)


def test_hues_turn_around_the_greys():
    colours = draw(Augmentation(hue=72)).colours.astype("float64")
    np.testing.assert_allclose(colours @ colours.transpose(0, 2, 1), [np.eye(3)] * len(colours), atol=1e-5)
    np.testing.assert_allclose(colours @ np.ones(3), np.ones((len(colours), 3)), atol=1e-5)
    turns = np.degrees(np.arccos(np.clip((np.trace(colours, axis1=1, axis2=2) - 1) / 2, -1, 1)))
    assert 71 < turns.max() <= 72.01 and turns.min() < 1


def test_saturation_stretches_what_is_not_grey():
    colours = draw(Augmentation(saturation=(0.5, 1.5))).colours
    stretch = colours @ np.float32([1, -1, 0])
    assert stretch[:, 0].min() == pytest.approx(0.5, abs=0.01) and stretch[:, 0].max() == pytest.approx(1.5, abs=0.01)
    np.testing.assert_allclose(stretch, stretch[:, :1] * [1, -1, 0], atol=1e-6)
    np.testing.assert_allclose(colours @ np.ones(3), np.ones((len(colours), 3)), atol=1e-5)


def test_a_third_of_the_circle_takes_red_to_green_and_green_to_blue():
    matrix = _colours(np.float32([2 * np.pi / 3]), np.ones(1, "float32"), np.ones((1, 3), "float32"))[0]
    np.testing.assert_allclose(matrix, [[0, 0, 1], [1, 0, 0], [0, 1, 0]], atol=1e-6)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"mirror": 1.5}, "`mirror` must be between 0 and 1. Received: 1.5"),
        ({"turned": -0.1}, "`turned` must be between 0 and 1"),
        ({"angle": -20}, "`angle` must be at least 0. Received: -20"),
        ({"deviations": float("nan")}, "`deviations` must be at least 0"),
        ({"scale": (1.25, 0.8)}, r"`scale` must be two factors, the smaller first. Received: \(1.25, 0.8\)"),
        ({"scale": (0, 1)}, "`scale` must be two factors"),
        ({"gain": (-1, 1)}, "`gain` must be two factors"),
    ],
)
def test_ranges_that_are_none_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(**fields)
