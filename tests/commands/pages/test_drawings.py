import base64

import cv2
import numpy as np

from tfpose import skeletons
from tfpose.commands.pages import drawings

STICK = skeletons.Skeleton("stick", ("left_end", "right_end"), limbs=(("left_end", "right_end"),))


def read(uri):
    kind, _, content = uri.partition(",")
    assert kind == "data:image/jpeg;base64"
    return cv2.imdecode(np.frombuffer(base64.b64decode(content), np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(int)


def image(height=100, width=200):
    return np.full((height, width, 3), 60, "uint8")


def brightest(picture):
    """Middle of what is drawn in a strong colour."""
    coloured = np.ptp(picture, axis=-1) > 120
    return np.argwhere(coloured).mean(axis=0)[::-1]


def test_the_whole_image_is_scaled_to_the_side():
    assert read(drawings.picture(image(), [], STICK, side=100)).shape == (50, 100, 3)
    assert read(drawings.picture(image(10, 20), [], STICK, side=500)).shape == (40, 80, 3)  # At most 4 times.


def test_people_lie_where_they_were_annotated():
    people = [[[150, 30, 2], [150, 30, 0]]]
    np.testing.assert_allclose(brightest(read(drawings.picture(image(), people, STICK, side=400))), (300, 60), atol=3)


def test_a_region_shows_its_surroundings_up_to_the_frame():
    people = [[[40, 50, 2], [60, 50, 2]]]
    shown = read(drawings.picture(image(), people, STICK, region=(40, 40, 20, 20), side=136))
    assert shown.shape == (136, 136, 3)  # 20 and twice a margin of 7 pixels, 4 times.
    assert np.abs(shown[0, 0] - 60).max() < 6
    at_the_edge = read(drawings.picture(image(), people, STICK, region=(0, 40, 20, 20), side=136))
    assert at_the_edge.shape == (136, 108, 3)


def test_what_lies_outside_of_the_image_is_grey():
    shown = read(drawings.picture(image(), [], STICK, region=(-30, 20, 60, 60), side=200))
    assert np.abs(shown[len(shown) // 2, 2] - drawings.OUTSIDE).max() < 6
    assert np.abs(shown[len(shown) // 2, -3] - 60).max() < 6
    far = drawings.picture(image(), [], STICK, region=(-900, -900, 10, 10))
    assert min(read(far).shape[:2]) >= 1


def test_marks_and_boxes_are_drawn():
    plain = read(drawings.picture(image(), [], STICK, side=200))
    for options in ({"marks": [(100, 50)]}, {"boxes": [(20, 20, 60, 40)]}):
        drawn = read(drawings.picture(image(), [], STICK, side=200, **options))
        changed = np.argwhere(np.abs(drawn - plain).max(axis=-1) > 60)
        middle = (changed.min(axis=0) + changed.max(axis=0)) / 2
        np.testing.assert_allclose(middle[::-1], (100, 50) if "marks" in options else (50, 40), atol=2)


def test_around_people_is_what_is_annotated():
    assert drawings.around(np.zeros((2, 3))) is None
    people = [[10, 20, 2], [0, 0, 0]], [[40, 90, 0.5], [np.nan, 5, 1]]
    np.testing.assert_array_equal(drawings.around(*people), [10, 20, 30, 70])
