"""The network here is a known function of the picture, so that the right answer is known at any size."""

import functools

import numpy as np
import pytest

from tests.small_networks import SIZE, SKELETON, BarFinder, noise
from tests.small_people_networks import MIDDLES, BarsFinder, associative_embedding, bars, from_above
from tfpose.prediction.multi_person import MultiPersonPredictor, place
from tfpose.prediction.predictor import Predictor
from tfpose.prediction.single_person import SinglePersonPredictor
from tfpose.prediction.tasks import task_of

VIEWS = {
    "plain": {},
    "mirrored": {"mirror": True},
    "as in the paper": {"scales": (0.5, 1.0, 2.0), "mirror": True},
    "uneven": {"scales": (0.7, 1.3)},
}


@functools.cache
def finder(views):
    return MultiPersonPredictor(BarsFinder(), **VIEWS[views])


@pytest.mark.parametrize("views", VIEWS)
@pytest.mark.parametrize("size", [SIZE, (240, 320), (60, 80)])
def test_all_bars_are_found_to_a_pixel_of_the_input(views, size):
    image, expected = bars(size)
    people = from_above(finder(views)(image))
    assert people.shape == (4, 3, 3) and people.dtype == np.float32
    np.testing.assert_allclose(people[..., :2], expected, atol=1.5 * size[0] / SIZE[0])
    assert (people[..., 2] > 0.3).all()


def test_one_plain_view_is_what_the_codec_decodes_and_groups():
    image, _ = bars()
    model = finder("plain").model
    expected = model.codec.group(model.codec.decode(model(image[None])).numpy()[0])
    np.testing.assert_allclose(finder("plain")(image), expected, atol=1e-4)


@pytest.mark.parametrize("views", ["mirrored", "as in the paper"])
def test_a_mirrored_picture_has_the_mirrored_answer(views):
    image, _ = bars((192, 256))
    expected = finder(views)(image)[:, SKELETON.flip]
    expected[..., 0] = 255 - expected[..., 0]
    found = finder(views)(np.ascontiguousarray(image[:, ::-1]))
    np.testing.assert_allclose(from_above(found), from_above(expected), atol=1e-2)


def test_any_network_mirrors_with_mirrored_views():
    predictor = MultiPersonPredictor(associative_embedding(), mirror=True)
    image = noise((64, 96))
    there, back = (predictor.candidates(picture)[2] for picture in (image, image[:, ::-1]))
    flip = predictor.skeleton.flip
    np.testing.assert_allclose(back["heatmaps"], there["heatmaps"][:, ::-1, flip], atol=1e-5)
    tags, mirrored = (maps["tags"].reshape(16, 24, 17, 2) for maps in (there, back))
    np.testing.assert_allclose(mirrored, tags[:, ::-1, flip, ::-1], atol=1e-5)


def test_the_views_of_the_paper_have_the_sizes_of_the_paper():
    predictor = MultiPersonPredictor(associative_embedding(image_size=(64, 64)), scales=(0.5, 1.0, 2.0), mirror=True)
    assert predictor._sizes == [(128, 128), (64, 64), (32, 32)]
    maps = predictor.candidates(noise((64, 64)))[2]
    assert maps["heatmaps"].shape == (32, 32, 17) and maps["tags"].shape == (32, 32, 34)


def test_a_box_is_looked_at_alone():
    image, expected = bars((192, 256), MIDDLES[::2])
    (person,) = finder("mirrored")(image, box=(80, 90, 100, 60))
    np.testing.assert_allclose(person[:, :2], expected[1], atol=2)


def test_images_of_any_size_need_one_trace():
    predictor = finder("as in the paper")
    for size in ((96, 128), (31, 50), (1, 1)):
        assert predictor(np.zeros((*size, 3), np.uint8)).shape == (0, 3, 3)
    assert predictor._run.experimental_get_tracing_count() == 1


def test_a_second_look_finds_what_is_lacking():
    image, expected = bars()
    dark = image.copy()
    dark[:30, 36:] //= 2  # The right end of the topmost bar.
    lacking = MultiPersonPredictor(BarsFinder(min_score=0.3))
    assert (from_above(lacking(dark))[:, :, 2] == 0).sum() == 1
    people = from_above(MultiPersonPredictor(BarsFinder(min_score=0.3), complete=True)(dark))
    np.testing.assert_allclose(people[..., :2], expected, atol=2)
    assert 0 < people[0, 1, 2] < 0.3


def test_what_was_not_found_is_zeros():
    people = np.array([[[1, 2, 0.5], [3, 4, 0]]], np.float32)
    matrix = np.array([[2, 0, 10], [0, 2, 20]], np.float32)
    np.testing.assert_array_equal(place(people, matrix), [[[12, 24, 0.5], [0, 0, 0]]])


@pytest.mark.parametrize("options", [{"scales": ()}, {"scales": (0.0, 1.0)}])
def test_impossible_options_are_refused(options):
    with pytest.raises(ValueError, match="Received: "):
        MultiPersonPredictor(BarsFinder(), **options)


@pytest.mark.parametrize("options", [{"scales": (1.0, 2.0)}, {"mirror": True}, {"complete": True}])
def test_without_tags_there_is_one_plain_view(options):
    with pytest.raises(ValueError, match="tag keypoints"):
        MultiPersonPredictor(BarFinder(), **options)


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_only_pictures_are_looked_at(image):
    with pytest.raises(ValueError, match="Received: "):
        finder("plain")(image)


def test_a_file_loads_as_what_finds_its_people(tmp_path):
    BarsFinder().save(tmp_path / "best.keras")
    loaded = Predictor.load(tmp_path, mirror=True)
    assert isinstance(loaded, MultiPersonPredictor) and loaded.mirror
    image, _ = bars()
    np.testing.assert_allclose(loaded(image), finder("mirrored")(image), atol=1e-3)
    assert isinstance(task_of(BarFinder()).predictor(), SinglePersonPredictor)
