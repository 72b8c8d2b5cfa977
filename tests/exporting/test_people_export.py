import json

import numpy as np
import pytest
import tensorflow as tf

from tests.small_networks import SIZE, noise
from tests.small_people_networks import MIDDLES, BarsFinder, associative_embedding, bars, from_above
from tfpose.data import records
from tfpose.exporting import verify
from tfpose.exporting.export import export
from tfpose.prediction.exported import ExportedPredictor
from tfpose.prediction.multi_person import MultiPersonPredictor
from tfpose.prediction.predictor import Predictor

IMAGES = [bars(size)[0] for size in (SIZE, (240, 320), (60, 80))]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    return export(BarsFinder(), tmp_path_factory.mktemp("exported") / "bars")


@pytest.fixture(scope="module")
def signatures(exported):
    return tf.saved_model.load(exported.path).signatures


def test_an_export_is_proved(exported):
    assert exported.difference <= 0.05 and exported.compared > 100
    assert any("people float32 [?, 8, 3, 3]" in line for line in exported.signatures)
    proof = json.loads((exported.path / "assets.extra" / "export.json").read_text())
    assert proof["compared"] == exported.compared


@pytest.mark.parametrize("image", IMAGES, ids=["of the size", "larger", "smaller"])
def test_the_saved_model_finds_people_by_itself(signatures, image):
    batch = np.stack([image, image[::-1]])
    found = signatures["serving_default"](images=tf.constant(batch))
    assert found["people"].shape == (2, 8, 3, 3) and found["candidates"].shape == (2, 3, 10, 4)
    python = MultiPersonPredictor(BarsFinder())
    for each, people in zip(batch, found["people"].numpy(), strict=True):
        people = people[people[..., 2].any(axis=1)]
        np.testing.assert_allclose(from_above(people), from_above(python(each)), atol=0.05)


def test_jpeg_files_of_several_sizes(signatures):
    files = [tf.io.encode_jpeg(image, quality=95) for image in IMAGES]
    found = signatures["serve_jpeg"](images=tf.stack(files))["people"].numpy()
    python = MultiPersonPredictor(BarsFinder())
    for file, people in zip(files, found, strict=True):
        expected = python(records.decode(file).numpy())
        np.testing.assert_allclose(from_above(people[people[..., 2].any(axis=1)]), from_above(expected), atol=0.05)


def test_places_of_nobody_are_zeros(signatures):
    people = signatures["serving_default"](images=tf.constant(IMAGES[1][None]))["people"].numpy()[0]
    assert people[..., 2].any(axis=1).sum() == 4
    np.testing.assert_array_equal(people[people[..., 2] == 0], 0)


def test_an_export_loads_as_a_predictor(exported):
    predictor, (image, expected) = Predictor.load(exported.path), bars((240, 320))
    assert isinstance(predictor, ExportedPredictor)
    np.testing.assert_allclose(from_above(predictor(image))[..., :2], expected, atol=4)
    (top,) = predictor(bars((240, 320), MIDDLES[::2])[0], box=(10, 0, 130, 75))
    np.testing.assert_allclose(top[:, :2], expected[0], atol=2)
    assert predictor(np.zeros((50, 60, 3), np.uint8)).shape == (0, 3, 3)


def test_a_network_with_random_weights_is_exported(tmp_path):
    done = export(associative_embedding(tag_dim=2), tmp_path / "random")
    assert done.compared > 1000 and done.ties < 0.05 * done.compared
    found = tf.saved_model.load(done.path).signatures["serving_default"](images=tf.constant(noise((50, 70))[None]))
    assert found["people"].shape == (1, 30, 17, 3) and found["candidates"].shape == (1, 17, 30, 5)


@pytest.mark.parametrize(("name", "match"), [("candidates", "Python's candidates"), ("people", "group as Python does")])
def test_an_export_that_answers_otherwise_is_refused(name, match):
    model = BarsFinder()
    candidates = model.codec.decode(model(IMAGES[0][None])).numpy()
    answers = {"candidates": candidates, "people": model.codec.people(candidates).numpy()}
    verify.compare_people(model, IMAGES[:1], {"good": answers})
    answers[name] = answers[name] + 1
    with pytest.raises(ValueError, match=match):
        verify.compare_people(model, IMAGES[:1], {"bad": answers})


@pytest.mark.slow
@pytest.mark.parametrize(("format", "package"), [("onnx", "onnxruntime"), ("litert", "ai_edge_litert")])
def test_other_runtimes_find_people(tmp_path, format, package):
    pytest.importorskip(package)
    done = export(associative_embedding(), tmp_path / format, format=format)
    assert done.difference <= 0.05
    assert "people float32 [B, 30, 17, 3]" in done.signatures[0]


@pytest.mark.slow
@pytest.mark.parametrize(("format", "package"), [("onnx", "onnxruntime"), ("litert", "ai_edge_litert")])
def test_an_export_to_another_runtime_loads_as_a_predictor(tmp_path, format, package):
    pytest.importorskip(package)
    predictor = Predictor.load(export(BarsFinder(), tmp_path / format, format=format).path)
    image, expected = bars((240, 320))
    assert isinstance(predictor, ExportedPredictor) and predictor.several
    np.testing.assert_allclose(from_above(predictor(image))[..., :2], expected, atol=4)
    assert predictor(np.zeros((50, 60, 3), np.uint8)).shape == (0, 3, 3)
