"""The network here is a known function of the picture, so that the right answer is known at any size."""

import functools

import numpy as np
import pytest
import tensorflow as tf

import tfpose
from tests.small_networks import SIZE, SKELETON, BarFinder, bar, noise, part_detector
from tfpose.prediction.predictor import Predictor
from tfpose.prediction.single_person import SinglePersonPredictor

VIEWS = {
    "plain": {},
    "mirrored": {"mirror": True},
    "scaled": {"scales": (0.8, 1.0, 1.3)},
    "both": {"scales": (0.7, 1.0, 1.2), "mirror": True},
    "from afar": {"scales": (1.5,)},
}


@functools.cache
def finder(views):
    return SinglePersonPredictor(BarFinder(), **VIEWS[views])


@pytest.fixture(scope="module")
def spatial_detector():
    return part_detector(use_sm=True)


@pytest.mark.parametrize("views", VIEWS)
@pytest.mark.parametrize(
    ("size", "middle"), [((96, 128), (70.3, 40.8)), ((480, 300), (161.0, 222.5)), ((60, 200), (111.4, 26.0))]
)
def test_the_bar_is_found_to_a_pixel_of_the_input(views, size, middle):
    pixel = max(size[0] / SIZE[0], size[1] / SIZE[1])
    image, expected = bar(size, middle, 24 * pixel)
    (person,) = finder(views)(image)
    np.testing.assert_allclose(person[:, :2], expected, atol=pixel)
    assert np.all(person[:, 2] > 0) and np.all(person[:, 2] <= 1)


def test_one_plain_view_is_what_the_codec_decodes():
    image, _ = bar(SIZE, (70.3, 40.8), 24)
    model = finder("plain").model
    np.testing.assert_allclose(finder("plain")(image)[0], model.codec.decode(model(image[None]))[0, :, 0], atol=1e-4)


def test_equal_views_change_nothing():
    image, _ = bar((111, 77), (30, 60), 24)
    thrice = SinglePersonPredictor(BarFinder(), scales=(1.0, 1.0, 1.0))
    np.testing.assert_allclose(thrice(image), finder("plain")(image), atol=1e-2)


@pytest.mark.parametrize("views", ["plain", "both"])
def test_a_mirrored_picture_has_the_mirrored_answer(views):
    image, _ = bar((200, 300), (90.5, 120), 60)
    expected = finder(views)(image)[:, SKELETON.flip]
    expected[..., 0] = 299 - expected[..., 0]
    np.testing.assert_allclose(finder(views)(image[:, ::-1]), expected, atol=1e-2)


def test_any_network_mirrors_with_mirrored_views():
    predictor = SinglePersonPredictor(part_detector(), mirror=True)
    image = noise((120, 150))
    expected = predictor.maps(image)["heatmaps"][:, ::-1, predictor.skeleton.flip]
    np.testing.assert_allclose(predictor.maps(image[:, ::-1])["heatmaps"], expected, atol=1e-4)


def test_a_box_is_looked_at_alone():
    image, _ = bar((200, 600), (150, 90), 30)
    other, expected = bar((200, 600), (480, 110), 30)
    (person,) = finder("mirrored")(np.maximum(image, other), box=(420, 60, 120, 90))
    np.testing.assert_allclose(person[:, :2], expected, atol=1)


def test_images_of_any_size_need_one_trace():
    predictor = finder("scaled")
    for size in ((96, 128), (31, 50), (1, 1), (300, 200)):
        assert predictor(np.zeros((*size, 3), np.uint8)).shape == (1, 3, 3)
    assert predictor._run.experimental_get_tracing_count() == 1


def test_every_output_comes_from_one_run(spatial_detector):
    image = noise((90, 130))
    found = SinglePersonPredictor(spatial_detector).by_output(image)
    assert set(found) == {"heatmaps", "part_heatmaps"}
    assert not np.array_equal(found["heatmaps"], found["part_heatmaps"])
    np.testing.assert_array_equal(
        found["part_heatmaps"], SinglePersonPredictor(spatial_detector, output="part_heatmaps")(image)
    )


def test_the_torso_moves_with_the_views():
    seen = []

    class Listener(BarFinder):
        def __call__(self, inputs, **kwargs):
            seen.append(inputs["torso"])
            return super().__call__(inputs["images"], **kwargs)

        @property
        def input(self):
            return {"images": None, "torso": None}

    predictor = SinglePersonPredictor(Listener(), scales=(1.0, 2.0), mirror=True)
    tf.config.run_functions_eagerly(True)
    try:
        predictor(np.zeros((192, 256, 3), np.uint8), torso=(63.5, 95.5))
    finally:
        tf.config.run_functions_eagerly(False)
    np.testing.assert_allclose(seen[0], [[31.5, 47.5], [95.5, 47.5], [47.5, 47.5], [79.5, 47.5]], atol=1e-4)


def test_a_model_told_the_torso_asks_for_it():
    predictor = SinglePersonPredictor(part_detector(use_sm=True, torso="box"))
    with pytest.raises(ValueError, match="middle of the torso"):
        predictor(noise((64, 64)))
    answers = [predictor(noise((64, 64)), torso=point) for point in ((10, 10), (50, 50))]
    assert not np.array_equal(*answers)


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_only_pictures_are_looked_at(image):
    with pytest.raises(ValueError, match="Received: "):
        finder("plain")(image)


@pytest.mark.parametrize("box", [(0, np.nan, 9, 9), (0, 0, np.inf, 9), (0, 0, 0, 9), (0, 0, 9, -1), (1, 2, 3), "box"])
def test_boxes_without_extent_are_refused(box):
    with pytest.raises(ValueError, match="`box` must be .* Received: "):
        finder("plain")(noise((64, 64)), box)


def test_several_boxes_give_one_person_each():
    image, expected = bar((200, 600), (480, 110), 30)
    people = finder("plain").in_boxes(image, [(420, 60, 120, 90), (400, 50, 150, 110)])
    np.testing.assert_allclose(people[..., :2], [expected, expected], atol=2)
    assert finder("plain").in_boxes(image, []).shape == (0, 3, 3)


@pytest.mark.parametrize("options", [{"scales": ()}, {"scales": (0.0, 1.0)}, {"output": "tags"}])
def test_impossible_options_are_refused(options):
    with pytest.raises(ValueError, match="Received: "):
        SinglePersonPredictor(BarFinder(), **options)


def test_a_run_and_a_file_load_alike(spatial_detector, tmp_path):
    spatial_detector.save(tmp_path / "best.keras")
    for path in (tmp_path, tmp_path / "best.keras"):
        loaded = Predictor.load(path, output="part_heatmaps")
        assert loaded.output == "part_heatmaps" and loaded.skeleton == spatial_detector.skeleton
        for found, expected in zip(loaded.model.get_weights(), spatial_detector.get_weights(), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_a_model_can_be_opened_for_another_size_of_input(spatial_detector, tmp_path):
    spatial_detector.save(tmp_path / "best.keras")
    larger = Predictor.load(tmp_path, image_size=(96, 80))
    assert larger.codec.image_size == (96, 80) and larger.model.output["heatmaps"].shape[2:4] == (12, 10)
    assert np.isfinite(larger(bar((70, 90), (40, 30), 20)[0])).all()
    np.testing.assert_array_equal(larger.model.get_layer("parts").kernel, spatial_detector.get_layer("parts").kernel)


@pytest.mark.parametrize("name", ["missing", "", "notes.txt", "missing.keras"])
def test_a_path_without_a_model_is_refused(tmp_path, name):
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(ValueError, match="A model must be"):
        Predictor.load(tmp_path / name)


def test_the_package_offers_the_predictor():
    assert tfpose.Predictor is Predictor
    with pytest.raises(AttributeError, match="no attribute 'Predicter'"):
        tfpose.Predicter  # noqa: B018
