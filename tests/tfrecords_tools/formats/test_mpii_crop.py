"""The crop of MPII: 15 · scale lower, and a square of 250 · scale pixels in what the pipeline shows."""

import numpy as np
import pytest
import tensorflow as tf

from tfpose.data.crops import surroundings
from tfpose.data.geometry import crop_map, warp_keypoints
from tfrecords_tools.formats import mpii_crop

CENTER, SCALE = np.array([[300.0, 200.0], [10.5, 40.0]]), np.array([2.0, 0.4])


def test_a_box_is_as_high_as_the_person_and_lies_lower():
    np.testing.assert_allclose(mpii_crop.box(CENTER, SCALE), [[100.5, 30.5, 400, 400], [-29, 6.5, 80, 80]])


def test_the_pipeline_shows_the_square_of_the_convention():
    x, y, width, height = surroundings(tf.constant(mpii_crop.box(CENTER, SCALE), tf.float32)).numpy().T
    np.testing.assert_allclose([width, height], [200 * 1.25 * SCALE] * 2)
    np.testing.assert_allclose(np.stack([x + (width - 1) / 2, y + (height - 1) / 2]), CENTER.T + [[0, 0], 15 * SCALE])


@pytest.mark.parametrize("i", [0, 1])
def test_the_lowered_position_is_the_middle_of_the_input(i):
    shown = surroundings(tf.constant(mpii_crop.box(CENTER[i], SCALE[i]), tf.float32))
    down, right = CENTER[i] + [0, 15 * SCALE[i]], CENTER[i] + [125 * SCALE[i], 15 * SCALE[i]]
    points = tf.constant(np.insert([down, right], 2, 2, axis=1), tf.float32)
    points = warp_keypoints(points[None], crop_map(shown, (256, 256))[None])[0].numpy()
    np.testing.assert_allclose(points[:, :2], [[127.5, 127.5], [255.5, 127.5]], atol=1e-3)


def test_undoing_the_convention_gives_position_and_scale_back():
    moved = CENTER + np.stack([np.zeros(2), 15 * SCALE], axis=-1)
    center, scale = mpii_crop.undo(moved, 1.25 * SCALE)
    np.testing.assert_allclose(center, CENTER)
    np.testing.assert_allclose(scale, SCALE)
