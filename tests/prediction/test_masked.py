import json

import numpy as np
import pytest

from tests.codecs.crowd import codec, outputs, standing, terms
from tests.small_people_networks import BarsFinder
from tfpose import skeletons
from tfpose.evaluation.people_masks import PeopleMasks
from tfpose.prediction.masked import MaskedPredictor
from tfpose.skeletons import Skeleton

SIZE = (96, 160)
PLACES = [(20, 8), (70, 12), (120, 4)]


class Knowing:
    """A network that knows where people stand, whatever it is shown."""

    def __init__(self, people):
        self.codec = codec(SIZE, terms(people))
        self.skeleton = Skeleton("four", ("a", "b", "c", "d"))
        self.answer = outputs(self.codec, people)

    def __call__(self, images, training):
        return self.answer


def boxes(places, size=SIZE):
    """A file of annotations: boxes around people."""
    masks = np.zeros((len(places), *size), bool)
    for mask, (x, y) in zip(masks, places, strict=True):
        mask[max(y - 8, 0) : y + 84, x - 8 : x + 20] = True
    return masks


def test_everyone_is_found_inside_their_outline_in_the_order_of_these():
    people = standing(PLACES)
    predictor = MaskedPredictor(Knowing(people))
    image = np.zeros((*SIZE, 3), "uint8")
    found = predictor(image, masks=boxes(PLACES)[::-1])
    np.testing.assert_allclose(found[::-1, :, :2], people["keypoints"][0, :, :, :2], atol=0.5)
    assert (found[..., 2] > 0.9).all() and found.dtype == np.float32
    assert predictor(image, masks=boxes([])).shape == (0, 4, 3)


def test_answers_are_in_the_pixels_of_the_image():
    people = standing(PLACES)
    masks = boxes(PLACES).repeat(2, axis=1).repeat(2, axis=2)
    found = MaskedPredictor(Knowing(people))(np.zeros((192, 320, 3), "uint8"), masks=masks)
    np.testing.assert_allclose(found[:, :, :2], 2 * people["keypoints"][0, :, :, :2] + 0.5, atol=1.0)


def test_what_is_not_inside_is_not_found():
    mask = boxes(PLACES[:1])
    mask[:, 40:] = False
    found = MaskedPredictor(Knowing(standing(PLACES)))(np.zeros((*SIZE, 3), "uint8"), masks=mask)
    assert (found[0, :, 2] > 0.5).tolist() == [True, True, False, False]
    empty = MaskedPredictor(Knowing(standing(PLACES)))(np.zeros((*SIZE, 3), "uint8"), masks=np.zeros((1, *SIZE), bool))
    assert not empty.any()


def test_the_whole_image_is_the_mask_by_default():
    people = standing(PLACES[:1])
    (found,) = MaskedPredictor(Knowing(people))(np.zeros((*SIZE, 3), "uint8"))
    np.testing.assert_allclose(found[:, :2], people["keypoints"][0, 0, :, :2], atol=0.5)


def test_only_part_fields_are_looked_at_so():
    with pytest.raises(ValueError, match="networks with part fields"):
        MaskedPredictor(BarsFinder())


def test_outlines_are_of_people_with_keypoints(tmp_path):
    square = [10, 10, 20, 10, 20, 30, 10, 30]
    keypoints = [0] * 48 + [15, 15, 2]
    document = {
        "images": [{"id": 7, "height": 40, "width": 60}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 1, "iscrowd": 0, "keypoints": keypoints, "segmentation": [square]},
            {"id": 2, "image_id": 7, "category_id": 1, "iscrowd": 0, "keypoints": [0] * 51, "segmentation": [square]},
            {"id": 3, "image_id": 7, "category_id": 1, "iscrowd": 1, "keypoints": keypoints, "segmentation": [square]},
        ],
        "categories": [{"id": 1, "keypoints": list(skeletons.COCO.keypoints)}],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    (mask,) = PeopleMasks(path)({"image_id": np.int64(7)})
    assert mask.shape == (40, 60) and mask[20, 15] and not mask[5, 5] and 180 <= mask.sum() <= 240
    with pytest.raises(ValueError, match="no image 8"):
        PeopleMasks(path)({"image_id": np.int64(8)})
    with pytest.raises(ValueError, match="must be annotations in COCO's form"):
        PeopleMasks(tmp_path / "b.json")
