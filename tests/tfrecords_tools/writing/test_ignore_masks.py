"""Masks: drawn of boxes, written as a PNG, and of one pixel where there is nothing to ignore."""

import numpy as np
import pytest
import tensorflow as tf

from tfrecords_tools.writing.ignore_masks import check_ignored, draw_boxes, encode

ZERO = [[[0]]]


def decoded(png):
    return tf.io.decode_png(png).numpy()


def test_nothing_ignored_is_one_zero_pixel_and_empty_lists():
    checked = check_ignored({}, (48, 64))
    np.testing.assert_array_equal(decoded(checked["ignore"]), ZERO)
    shapes = {name: checked[name].shape for name in ("ignored_boxes", "ignored_areas", "ignored_crowds")}
    assert shapes == {"ignored_boxes": (0, 4), "ignored_areas": (0,), "ignored_crowds": (0,)}
    assert checked["ignored_boxes"].dtype == np.float32
    np.testing.assert_array_equal(decoded(encode(np.zeros((48, 64), np.uint8))), ZERO)


def test_without_a_mask_the_boxes_are_it():
    record = {"ignored_boxes": [[1, 2, 3, 1]], "ignored_areas": [3], "ignored_crowds": [True]}
    checked = check_ignored(record, (5, 6))
    expected = np.zeros((5, 6, 1))
    expected[2, 1:4] = 255
    np.testing.assert_array_equal(decoded(checked["ignore"]), expected)
    assert checked["ignored_crowds"].tolist() == [1] and checked["ignored_areas"].tolist() == [3]


def test_a_mask_is_kept_though_there_are_boxes_and_a_png_byte_for_byte():
    mask = np.eye(8, dtype=np.uint8)
    record = {"ignored_boxes": [[0, 0, 8, 8]], "ignored_areas": [64], "ignored_crowds": [0], "ignore": mask}
    np.testing.assert_array_equal(decoded(check_ignored(record, (8, 8))["ignore"])[..., 0], 255 * mask)
    png = encode(mask)
    assert check_ignored(record | {"ignore": png}, (8, 8))["ignore"] == png


@pytest.mark.parametrize(
    ("box", "columns"),
    [
        ([1.2, 0, 1.6, 2], [1, 2]), ([1, 0, 2, 2], [1, 2]), ([-9, 0, 10, 2], [0]), ([4, 0, 99, 2], [4, 5]),
        ([2, 0, 0, 2], [2]), ([9, 0, 5, 2], []),
    ],
)  # fmt: skip
def test_a_box_marks_the_pixels_it_touches(box, columns):
    mask = draw_boxes([box], (2, 6))
    assert np.flatnonzero(mask.any(axis=0)).tolist() == columns


def test_what_is_no_number_is_zero():
    checked = check_ignored({"ignored_boxes": [[np.nan] * 4], "ignored_areas": [np.nan]}, (8, 8))
    assert checked["ignored_boxes"].tolist() == [[0, 0, 0, 0]] and checked["ignored_areas"].tolist() == [0]
