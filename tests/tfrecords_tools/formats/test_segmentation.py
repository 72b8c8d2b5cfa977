"""Masks of people: polygons and run lengths of both kinds draw the same mask; others are refused."""

import re

import numpy as np
import pytest
from pycocotools import mask as coco

from tests.tfrecords_tools.coco_files import POLYGON
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import segmentation

SIZE = (48, 64)
EXPECTED = np.zeros(SIZE, np.uint8)
EXPECTED[10:20, 10:30] = 1
PLAIN = {"size": list(SIZE), "counts": [48 * 10 + 10, *[10, 38] * 19, 10, 48 * 34 + 28]}
COMPRESSED = coco.frPyObjects(PLAIN, *SIZE)


@pytest.mark.parametrize(
    "outline", [POLYGON, PLAIN, COMPRESSED, COMPRESSED | {"counts": COMPRESSED["counts"].decode()}]
)
def test_every_kind_of_outline_draws_the_same(outline):
    mask = segmentation.draw(outline, SIZE)
    assert mask.dtype == np.uint8
    np.testing.assert_array_equal(mask, EXPECTED)


def test_several_polygons_are_joined():
    below = [[10, 30, 30, 30, 30, 40, 10, 40]]
    np.testing.assert_array_equal(segmentation.draw(POLYGON + below, SIZE), EXPECTED + segmentation.draw(below, SIZE))


@pytest.mark.parametrize(
    ("outline", "message"),
    [
        ([], " must be a list of polygons"),
        ([[10, 10, 30, 20]], "[0] must be a polygon"),  # pycocotools would take it for a box
        ([[10, 10, 30, 20, 5]], "[0] must be a polygon"),
        ([[10, 10, 30, 20, 5, None]], "[0] must be a polygon"),
        ([10, 10, 30, 20, 5, 6], "[0] must be a polygon"),
        ("text", " must be a list of polygons"),
        ([POLYGON[0], [10, 10, 30, 2**63, 5, 5]], "[1][3] must be a coordinate near the image, 48 pixels long"),
        ([[10, 10, 30, float("nan"), 5, 5]], "[0][3] must be a coordinate"),
        (PLAIN | {"size": [64, 48]}, ".size must be that of the image, [48, 64]. Received: [64, 48]"),
        ({"counts": [3072]}, ".size must be that of the image"),
        (PLAIN | {"counts": [5, 5]}, ".counts must add up to 3072 pixels. Received: 10"),
        (PLAIN | {"counts": [3073, -1]}, ".counts must be run lengths"),
        (PLAIN | {"counts": [3072.0]}, ".counts must be run lengths"),
        ({"size": [48, 64]}, ".counts must be run lengths, whole numbers or their text. Received: null"),
        (PLAIN | {"counts": "\u00e4"}, ".counts must be COCO's compressed run lengths"),
        (PLAIN | {"counts": "o" * 99}, ".counts must be COCO's compressed run lengths"),
        (PLAIN | {"counts": "0"}, ".counts must add up to 3072 pixels. Received: 0"),
    ],
)
def test_other_outlines_are_refused(outline, message):
    with pytest.raises(ConversionError, match=re.escape(message)):
        segmentation.draw(outline, SIZE)
