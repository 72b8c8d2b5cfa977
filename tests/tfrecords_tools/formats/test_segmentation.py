"""Outlines: polygons and run lengths of both kinds draw the same mask; others are refused."""

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
        ([], "must be a list of polygons"),
        ([[10, 10, 30, 20]], "must be a list of polygons"),  # pycocotools would take it for a box
        ([[10, 10, 30, 20, 5]], "must be a list of polygons"),
        ([[10, 10, 30, 20, 5, None]], "must be a list of polygons"),
        ([10, 10, 30, 20, 5, 6], "must be a list of polygons"),
        ("text", "must be a list of polygons"),
        (PLAIN | {"size": [64, 48]}, r"must have the `size` of their image, \[48, 64\]. Received: \[64, 48\]"),
        ({"counts": [3072]}, "must have the `size` of their image"),
        (PLAIN | {"counts": [5, 5]}, "must add up to 3072 pixels. Received: 10"),
        ({"size": [48, 64]}, "must be in `counts`. Received: None"),
    ],
)
def test_other_outlines_are_refused(outline, message):
    with pytest.raises(ConversionError, match=message):
        segmentation.draw(outline, SIZE)
