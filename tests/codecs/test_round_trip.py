"""Every codec gives back the keypoints that it encoded, and mirroring twice changes nothing."""

import numpy as np
import pytest

from tests.codecs.crowd import codec, outputs, standing, terms
from tests.codecs.points import anywhere, logits, people
from tfpose import skeletons
from tfpose.codecs import DistributionCodec, HeatmapCodec, TagCodec, cells

SIZE = (160, 240)


@pytest.mark.parametrize("refinement", ["parabola", "blurred_parabola"])
@pytest.mark.parametrize("cls", [DistributionCodec, HeatmapCodec])
@pytest.mark.parametrize("stride", [4, 8])
def test_maps_of_one_person_give_back_every_point_of_the_image(cls, refinement, stride):
    one = cls(SIZE, stride, refinement=refinement)
    points = anywhere(SIZE)
    targets, _ = one.encode(people(points))
    given = {name: logits(maps) if cls is DistributionCodec else maps for name, maps in targets.items()}
    np.testing.assert_allclose(np.array(one.decode(given))[:, :, 0, :2], points, atol=0.1)


@pytest.mark.parametrize("places", [[(60, 8)], [(20, 8), (60.3, 9.7), (100, 7)]])
def test_location_refinement_gives_back_every_person(places):
    true = standing(places)
    fields = codec(known=terms(true))
    found = fields.group(np.array(fields.decode(outputs(fields, true)))[0])
    found = found[np.argsort(found[:, 0, 0])]
    np.testing.assert_allclose(found[..., :2], true["keypoints"][0, :, :, :2], atol=0.1)


def test_tags_give_back_every_person_to_a_quarter_of_a_cell():
    true = standing([(20, 8), (60.3, 9.7), (100, 7)])
    tagged = TagCodec((96, 160), 4, order=range(4), sigma=1.0)
    targets, _ = tagged.encode(true)
    tags = np.broadcast_to(np.arange(40)[:, None], (1, 1, 24, 40, 4)) / 5  # People stand side by side.
    found = tagged.group(np.array(tagged.decode({"heatmaps": targets["heatmaps"], "tags": tags.astype("float32")}))[0])
    found = found[np.argsort(found[:, 0, 0])]
    np.testing.assert_allclose(found[..., :2], true["keypoints"][0, :, :, :2], atol=1.01)


@pytest.mark.parametrize("skeleton", skeletons.SKELETONS.values(), ids=lambda skeleton: skeleton.name)
def test_mirroring_twice_changes_nothing(skeleton):
    assert [skeleton.flip[i] for i in skeleton.flip] == list(range(len(skeleton)))


@pytest.mark.parametrize("stride", [1, 4, 8])
def test_pixels_and_cells_are_inverse_and_every_pixel_is_in_its_cell(stride):
    pixels = np.arange(-3, 100) + 0.25
    np.testing.assert_allclose(cells.to_pixels(cells.from_pixels(pixels, stride), stride), pixels)
    np.testing.assert_array_equal(cells.containing(np.arange(5 * stride), stride), np.repeat(np.arange(5), stride))
    assert cells.to_pixels(2, stride) == stride * 2 + (stride - 1) / 2
