import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests.small_networks import SIZE, BarFinder, bar, noise, part_detector
from tests.small_people_networks import BarsFinder
from tfpose.commands import runs
from tfpose.data import records
from tfpose.exporting import cli, onnx_litert, verify
from tfpose.exporting.export import FORMATS, export
from tfpose.prediction.calibration import Calibration
from tfpose.prediction.exported import ExportedPredictor
from tfpose.prediction.predictor import Predictor
from tfpose.prediction.single_person import SinglePersonPredictor

IMAGES = [noise((48, 64), 1), noise((31, 50), 2), noise((200, 90), 3)]


def test_the_formats_in_the_help_are_those_that_can_be_written():
    assert tuple(FORMATS) == cli.FORMATS


@pytest.fixture(scope="module")
def detector():
    return part_detector(use_sm=True)


@pytest.fixture(scope="module")
def python(detector):
    return SinglePersonPredictor(detector)


@pytest.fixture(scope="module")
def exported(detector, tmp_path_factory):
    detector.crop = "person"
    return export(detector, tmp_path_factory.mktemp("exported") / "run")


@pytest.fixture(scope="module")
def signatures(exported):
    return tf.saved_model.load(exported.path).signatures


def test_an_export_is_proved(exported):
    assert exported.difference <= 0.05
    assert exported.compared > exported.ties
    proof = json.loads((exported.path / "assets.extra" / "export.json").read_text())
    assert proof["difference"] == exported.difference and "keras" in proof["versions"]
    assert proof["crop"] == Predictor.load(exported.path).crop == "person"


@pytest.mark.parametrize("image", IMAGES, ids=["of the size", "smaller", "larger"])
def test_images_of_any_size_have_pythons_keypoints(python, signatures, image):
    batch = np.stack([image, image[::-1], image[:, ::-1]])
    found = signatures["serving_default"](images=tf.constant(batch))["keypoints"]
    expected = np.concatenate([python(each) for each in batch])
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.05)


def test_jpeg_files_of_several_sizes_have_pythons_keypoints(python, signatures):
    files = [tf.io.encode_jpeg(image) for image in IMAGES]
    found = signatures["serve_jpeg"](images=tf.stack(files))["keypoints"]
    expected = np.concatenate([python(records.decode(file)) for file in files])
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.05)


def test_an_export_loads_as_a_predictor(python, exported):
    predictor = Predictor.load(exported.path, scales=[1.0], mirror=False)
    assert isinstance(predictor, ExportedPredictor)
    assert predictor.skeleton == python.skeleton
    for box in (None, (10, 20, 30, 25.5)):
        np.testing.assert_allclose(predictor(IMAGES[2], box), python(IMAGES[2], box), rtol=0, atol=0.05)


@pytest.mark.parametrize("options", [{"scales": (1.0, 1.2)}, {"mirror": True}, {"output": "part_heatmaps"}])
def test_an_export_refuses_what_it_cannot(exported, options):
    with pytest.raises(ValueError, match="one plain view"):
        Predictor.load(exported.path, **options)


def test_a_told_torso_is_an_input(tmp_path):
    model = part_detector(use_sm=True, torso="truth")
    predictor, python = Predictor.load(export(model, tmp_path / "told").path), SinglePersonPredictor(model)
    for point in ((10, 20), (40, 12.5)):
        np.testing.assert_allclose(predictor(IMAGES[1], torso=point), python(IMAGES[1], torso=point), rtol=0, atol=0.05)
    with pytest.raises(ValueError, match="middle of the torso"):
        predictor(IMAGES[1])


def test_the_answer_lies_in_the_picture_given(tmp_path):
    image, expected = bar((300, 500), (260, 140.5), 90)
    path = export(BarFinder(), tmp_path / "bar", images=[image]).path
    (person,) = Predictor.load(path)(image)
    np.testing.assert_allclose(person[:, :2], expected, atol=500 / SIZE[1])


def test_nothing_is_overwritten_unless_asked(exported):
    before = (exported.path / "saved_model.pb").stat().st_mtime_ns
    with pytest.raises(ValueError, match="must be new"):
        export(BarFinder(), exported.path)
    assert (exported.path / "saved_model.pb").stat().st_mtime_ns == before


def test_an_export_is_replaced_when_asked(tmp_path):
    (tmp_path / "bar" / "assets.extra").mkdir(parents=True)
    (tmp_path / "bar" / "old").touch()
    export(BarFinder(), tmp_path / "bar", overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["bar"]
    assert not (tmp_path / "bar" / "old").exists() and (tmp_path / "bar" / "saved_model.pb").exists()


def test_only_an_export_is_replaced(tmp_path):
    (tmp_path / "thesis").mkdir()
    with pytest.raises(ValueError, match="must be new"):
        export(BarFinder(), tmp_path / "thesis", overwrite=True)
    assert (tmp_path / "thesis").is_dir()


def test_an_export_that_answers_otherwise_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(verify, "TOLERANCE", -1.0)
    with pytest.raises(ValueError, match=r"to -1.0 px. Received: .* px"):
        export(BarFinder(), tmp_path / "wrong")
    assert not list(tmp_path.iterdir())


def test_a_network_of_ties_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="ties only"):
        export(BarFinder(), tmp_path / "dark", images=[np.zeros((20, 20, 3), np.uint8)])


def test_a_run_is_exported_for_another_size_of_input(tmp_path):
    part_detector().save(tmp_path / "best.keras")
    (tmp_path / "config.json").write_text("{}")
    flags = [f"--run={tmp_path}", f"--out={tmp_path / 'exported'}", "--image_size", "64", "80"]
    cli.main(flags)
    image = noise((50, 70))
    python = Predictor.load(tmp_path, image_size=(64, 80))
    np.testing.assert_allclose(Predictor.load(tmp_path / "exported")(image), python(image), atol=0.05)


@pytest.mark.slow
def test_an_export_carries_the_calibration_of_its_run(tmp_path):
    BarFinder().save(tmp_path / "best.keras")
    one = (1.0, 1.0, 1.0)
    fitted = Calibration(BarFinder().skeleton.keypoints, one, one, 0.5, {}, {}, runs.digest(tmp_path / "best.keras"))
    fitted.write(tmp_path)
    cli.main([f"--run={tmp_path}", f"--out={tmp_path / 'exported'}"])
    assert Predictor.load(tmp_path / "exported").calibration == fitted == Predictor.load(tmp_path).calibration


def test_the_command_offers_every_format():
    assert tuple(FORMATS) == cli.FORMATS


@pytest.mark.parametrize("name", ["bars", "bar"])
def test_nothing_is_printed_when_a_saved_model_is_run(tmp_path, name):
    # Grappler prints errors on graphs that it cannot optimise; only a fresh process shows them.
    path = export(BarsFinder() if name == "bars" else BarFinder(), tmp_path / name).path
    code = (
        "import sys, numpy as np, tensorflow as tf\n"
        "tf.zeros(1)\n"  # Looks for devices: with CUDA but no driver, TensorFlow itself prints an error.
        "print('ready', file=sys.stderr, flush=True)\n"
        "signatures = tf.saved_model.load(sys.argv[1]).signatures\n"
        "images = [np.zeros((50 + i, 70, 3), np.uint8) for i in range(2)]\n"
        "signatures['serve_jpeg'](images=tf.stack([tf.io.encode_jpeg(image) for image in images]))\n"
        "signatures['serving_default'](images=tf.constant(images[0][None]))\n"
    )
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "1"}  # Errors and warnings.
    run = subprocess.run([sys.executable, "-c", code, str(path)], env=environment, capture_output=True, text=True)
    _, ready, printed = run.stderr.partition("ready\n")
    errors = [line for line in printed.splitlines() if line.startswith(("E0", "E1"))]
    assert run.returncode == 0 and ready and not errors, run.stderr


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Known: saved_model, onnx, litert"):
        export(None, tmp_path / "other", format="pickle")


@pytest.mark.parametrize(("difference", "clear"), [(0.1, True), (1e-5, False)])
def test_two_equal_places_are_a_tie(difference, clear):
    maps = np.zeros((5, 6, 1))
    maps[1, 1], maps[1, 2], maps[4, 4] = 1, 1, 1 - difference
    assert verify._is_clear(maps) == clear


def test_the_twin_has_the_same_maps(detector):
    assert onnx_litert.with_direct_convolutions(detector) is not detector
    outputs = [model(IMAGES[0][None]) for model in (detector, onnx_litert.with_direct_convolutions(detector))]
    for name in outputs[0]:
        np.testing.assert_allclose(*(each[name] for each in outputs), rtol=1e-3, atol=1e-3)


def test_a_model_without_twin_is_its_own():
    model = BarFinder()
    assert onnx_litert.with_direct_convolutions(model) is model


@pytest.mark.slow
@pytest.mark.parametrize("torso", ["predicted", "box"])
@pytest.mark.parametrize(("format", "package"), [("onnx", "onnxruntime"), ("litert", "ai_edge_litert")])
def test_other_runtimes_have_pythons_keypoints(tmp_path, format, package, torso):
    pytest.importorskip(package)
    model = part_detector(use_sm=True, torso=torso)
    done = export(model, tmp_path / format, format=format)
    assert done.difference <= 0.05
    assert ("torso" in done.signatures[0]) == (torso == "box")
    predictor, python = Predictor.load(done.path), SinglePersonPredictor(model)
    assert isinstance(predictor, ExportedPredictor) and not predictor.several
    given = {"torso": (40, 60)} if torso == "box" else {}
    for box in (None, (10, 20, 30, 25.5)):
        expected = python(IMAGES[2], box, **given)
        np.testing.assert_allclose(predictor(IMAGES[2], box, **given), expected, rtol=0, atol=0.05)
    assert {"codec.json", "skeleton.json"} <= {path.name for path in (done.path / "assets.extra").iterdir()}


@pytest.mark.parametrize(("format", "package"), [("onnx", "tf2onnx"), ("litert", "ai_edge_litert")])
def test_a_missing_extra_is_named(tmp_path, monkeypatch, format, package):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=rf"tfpose\[{format}\].*{package}"):
        export(BarFinder(), tmp_path / format, format=format)


def test_the_command_says_where_and_what(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models_ex" / "one").mkdir(parents=True)
    (tmp_path / "models_ex" / "one" / "config.json").write_text("{}")
    BarFinder().save(tmp_path / "models_ex" / "one" / "best.keras")
    cli.main([])
    shown = capsys.readouterr().out
    assert "exported/one" in shown and "px" in shown and "serve_jpeg(images string [?])" in shown
    with pytest.raises(ValueError, match="must be new"):
        cli.main(["--run=models_ex/one"])


@pytest.mark.parametrize("flags", [[], ["--run=nowhere"]])
def test_the_command_names_a_missing_run(tmp_path, monkeypatch, flags):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="Received: "):
        cli.main(flags)


def test_an_export_is_written_to_a_local_path(detector, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="`path` must be a local path"):
        export(detector, "gs://nobody/x")
    assert not list(tmp_path.iterdir())
