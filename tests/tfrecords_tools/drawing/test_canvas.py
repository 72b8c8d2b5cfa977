"""Shapes on a small canvas."""

import numpy as np
import pytest

from tfrecords_tools.drawing.canvas import Canvas, mix, shade


@pytest.fixture
def canvas():
    return Canvas(np.zeros((20, 30, 3), np.uint8))


def test_a_rectangle_reaches_from_pixel_centre_to_pixel_centre(canvas):
    canvas.rectangle((10, 5, 4, 3), (200, 100, 50), 7)
    assert (canvas.labels[5:9, 10:15] == 7).all()
    assert (canvas.labels == 7).sum() == 20
    np.testing.assert_array_equal(canvas.image[6, 12], [200, 100, 50])


def test_a_pattern_leaves_the_things(canvas):
    canvas.ellipse((15, 10), (5, 4), (255, 255, 255))
    assert canvas.image.any() and not canvas.labels.any()


def test_edges_are_smooth_and_things_are_not(canvas):
    canvas.ellipse((15.3, 9.7), (6.5, 6.5), (255, 255, 255), 3)
    assert len(np.unique(canvas.image)) > 5
    assert set(np.unique(canvas.labels)) == {0, 3}


def test_a_limb_is_as_wide_as_its_ends(canvas):
    canvas.limb([(5, 10), (25, 10)], (4, 2), (255, 255, 255), 1)
    widths = canvas.labels.sum(axis=0)
    assert widths[5] == pytest.approx(9, abs=1) and widths[25] == pytest.approx(5, abs=1)
    assert widths[0] == 0 and widths[28] == 0


def test_a_limb_seen_end_on_is_its_larger_disc(canvas):
    canvas.limb([(15, 10), (15.5, 10)], (6, 2), (255, 255, 255), 1)
    assert canvas.labels.sum() == pytest.approx(np.pi * 6.5**2, rel=0.1)


def test_shapes_may_leave_the_image(canvas):
    canvas.limb([(-500, -300), (900, 400)], (50, 40), (9, 9, 9), 1)
    canvas.line([(-5, -5), (50, 50)], 0.2, (255, 255, 255))


def test_colours_mix_and_stay_colours():
    assert mix((0, 100, 200), (100, 100, 0), 0.25) == (25, 100, 150)
    assert shade((100, 200, 250), 2) == (200, 255, 255)
