import itertools

import numpy as np
import pytest

from tfpose import skeletons, visualize

SKELETON = skeletons.FLIC
IMAGE = np.full((120, 160, 3), 90, "uint8")


def somebody(score=1.0):
    angles = np.linspace(0, 2 * np.pi, len(SKELETON), endpoint=False)
    return np.stack([80 + 50 * np.cos(angles), 60 + 40 * np.sin(angles), np.full(len(SKELETON), score)], axis=-1)


def test_people_are_drawn_on_a_copy():
    image = IMAGE.copy()
    drawn = visualize.draw_people(image, somebody()[None], SKELETON)
    np.testing.assert_array_equal(image, IMAGE)
    assert (drawn.shape, drawn.dtype) == (IMAGE.shape, np.uint8)
    for (x, y, _), name in zip(somebody(), SKELETON.keypoints, strict=True):
        np.testing.assert_allclose(drawn[round(y), round(x)], visualize.colour(name), atol=40)


@pytest.mark.parametrize("score", [0.0, 0.29, np.nan])
def test_nothing_is_drawn_below_the_score(score):
    drawn = visualize.draw_people(IMAGE, somebody(score)[None], SKELETON, min_score=0.3)
    np.testing.assert_array_equal(drawn, IMAGE)


def test_what_is_not_annotated_is_not_drawn():
    np.testing.assert_array_equal(visualize.draw_people(IMAGE, somebody(0)[None], SKELETON), IMAGE)


def test_a_limb_needs_both_ends():
    person = somebody(0)
    person[SKELETON.indices(["left_shoulder", "right_elbow"]), 2] = 1
    drawn = visualize.draw_people(IMAGE, person[None], SKELETON)
    person[SKELETON.indices(["left_elbow"]), 2] = 1
    with_limb = visualize.draw_people(IMAGE, person[None], SKELETON)
    middle = person[SKELETON.indices(["left_shoulder", "left_elbow"]), :2].mean(axis=0).round().astype(int)
    np.testing.assert_array_equal(drawn[middle[1], middle[0]], IMAGE[0, 0])
    np.testing.assert_allclose(with_limb[middle[1], middle[0]], visualize.colour("left_elbow"), atol=60)


@pytest.mark.parametrize("people", [np.zeros((0, 11, 3)), np.full((1, 11, 3), 1e12), np.full((2, 11, 3), -1e12)])
def test_nobody_and_people_far_outside_leave_the_image(people):
    np.testing.assert_array_equal(visualize.draw_people(IMAGE, people, SKELETON), IMAGE)


def test_keypoints_have_distinct_colours_warm_on_the_left_cool_on_the_right():
    for skeleton in skeletons.SKELETONS.values():
        sided = [name for name in skeleton.keypoints if visualize.part(name) != name]
        for a, b in itertools.combinations(sided, 2):
            assert np.abs(np.subtract(visualize.colour(a), visualize.colour(b))).max() > 20, (a, b)
        for name in sided:
            red, _, blue = visualize.colour(name)
            assert red > blue if name.startswith("left_") else blue > red


def test_heatmaps_are_laid_over_the_image_where_they_are():
    maps = np.zeros((15, 20, len(SKELETON)))
    maps[7, 5] = np.arange(1, len(SKELETON) + 1) / 100  # Whatever their height.
    each, everything = visualize.draw_heatmaps(IMAGE, maps, SKELETON)
    assert (each.shape, each.dtype) == ((len(SKELETON), *IMAGE.shape), np.uint8)
    assert (everything.shape, everything.dtype) == (IMAGE.shape, np.uint8)
    for overlay, name in zip(each, SKELETON.keypoints, strict=True):
        lit = (overlay != overlay[0, 0]).any(axis=-1)
        assert [edge.tolist() for edge in np.argwhere(lit).mean(axis=0, keepdims=True)] == [[8 * 7 + 3.5, 8 * 5 + 3.5]]
        expected = np.array(visualize.HEATMAP_COLOURS[visualize.part(name)])
        np.testing.assert_allclose(overlay[59, 43], expected, atol=60)


def test_empty_heatmaps_colour_nothing():
    each, everything = visualize.draw_heatmaps(IMAGE, np.zeros((15, 20, 11)), SKELETON)
    assert (np.ptp(each), np.ptp(everything)) == (0, 0)


def test_a_sheet_holds_images_of_any_sizes():
    images = [np.full((h, w, 3), 200, "uint8") for h, w in ((10, 20), (30, 8), (1, 1))]
    sheet = visualize.grid(images, columns=2, gap=2)
    assert sheet.shape == (2 * 32 + 2, 2 * 22 + 2, 3)
    assert (sheet == 200).all(axis=-1).sum() == 10 * 20 + 30 * 8 + 1
    assert visualize.grid(images[:1] * 9).shape == (3 * 14 + 4, 3 * 24 + 4, 3)
