"""`python -m tfpose`, in this process, on drawn bars and the network that finds them."""

import json
import os
import subprocess
import sys

import cv2
import keras
import numpy as np
import pytest

from tests.prediction.bar_photos import EXPECTED, PICTURE, PIXEL, run, write
from tests.small_networks import part_detector
from tfpose import pictures
from tfpose.prediction import flags, label_files, smoothing, tracking
from tfpose.prediction.cli import main, newest_model
from tfpose.prediction.cropping import CHOICES
from tfpose.prediction.people_files import describe
from tfpose.prediction.predictor import Predictor
from tfpose.pretrained import catalogue
from tfpose.skeletons import Skeleton


def test_a_photo_gives_json_and_a_drawing(here, capsys):
    write(here / "photo.png")
    assert run("photo.png") == 0
    (entry,) = json.loads((here / "found" / "people.json").read_text())
    (person,) = entry["people"]
    assert entry["image"] == "photo.png" and entry["crop"] == "frame" and set(entry) == {"image", "crop", "people"}
    assert set(person) == {"score", "keypoints"} and list(person["keypoints"]) == ["left_end", "right_end", "middle"]
    np.testing.assert_allclose([xy for *xy, _ in person["keypoints"].values()], EXPECTED, atol=PIXEL)
    drawn = cv2.imread(str(here / "found" / "photo.png"))[..., ::-1]
    assert drawn.shape == PICTURE.shape and not np.array_equal(drawn, PICTURE)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("photo.png: 1 person of score ") and lines[0].endswith("found/photo.png")


def test_people_are_described_by_the_names_of_keypoints():
    skeleton = Skeleton(name="two", keypoints=("nose", "neck"))
    people = np.array([[[1.23456, 2, 0.5], [3, 4, 0.25]]], np.float32)
    assert describe(people, skeleton) == [
        {"score": 0.375, "keypoints": {"nose": [1.235, 2.0, 0.5], "neck": [3.0, 4.0, 0.25]}}
    ]
    assert describe(people[:0], skeleton) == []


def test_folders_are_searched_and_keep_their_form(here, capsys):
    for name in ("a.png", "deep/a.bmp", "deep/b.jpg"):
        write(here / "holiday" / name)
    (here / "holiday" / "notes.txt").write_text("sunny")
    assert run("holiday", "--out=drawn", "--json=answers/all.json") == 0
    drawn = {str(path.relative_to(here / "drawn")) for path in (here / "drawn").rglob("*.*")}
    assert drawn == {"a.png", "deep/a.bmp.jpg", "deep/b.jpg"}
    assert len(json.loads((here / "answers" / "all.json").read_text())) == 3
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_unreadable_files_are_named_and_counted_and_stop_nothing(here, capsys):
    (here / "empty.jpg").touch()
    (here / "torn.mp4").write_bytes(b"no film")
    write(here / "photo.png")
    assert run("empty.jpg", "torn.mp4", "missing.png", "photo.png") == 3
    assert len(json.loads((here / "found" / "people.json").read_text())) == 1
    errors = capsys.readouterr().err
    assert all(f"{name}: " in errors for name in ("empty.jpg", "torn.mp4", "missing.png"))
    assert "3 of 4 files could not be read or drawn." in errors
    assert run("missing.png", "--out=nothing") == 1
    assert not (here / "nothing" / "people.json").exists()


def test_nothing_is_overwritten_unless_asked(here):
    write(here / "photo.png")
    run("photo.png")
    before = (here / "found" / "photo.png").stat().st_mtime_ns
    for words in (["photo.png"], ["photo.png", "--json=other.json"], ["photo.png", "--out=.", "--json=other.json"]):
        with pytest.raises(ValueError, match="--overwrite only"):
            run(*words)
    assert (here / "found" / "photo.png").stat().st_mtime_ns == before
    assert run("photo.png", "--overwrite") == 0
    assert not list(here.rglob("*.part*"))


def test_two_drawings_of_one_name_are_refused(here):
    for folder in ("a", "b"):
        write(here / folder / "photo.png")
    with pytest.raises(ValueError, match="Received twice: found/photo.png"):
        run("a/photo.png", "b/photo.png")
    assert not (here / "found").exists()


def test_a_folder_without_photos_is_refused(here):
    (here / "empty").mkdir()
    with pytest.raises(ValueError, match="photos or videos"):
        run("empty")


def test_grey_and_cmyk_photos_are_looked_at(here):
    image = pytest.importorskip("PIL.Image")
    image.fromarray(PICTURE).convert("CMYK").save(here / "print.jpg", quality=98)
    image.fromarray(PICTURE).convert("L").save(here / "grey.jpg")
    assert run("print.jpg", "grey.jpg") == 0
    printed, _ = json.loads((here / "found" / "people.json").read_text())
    found = [xy for *xy, _ in printed["people"][0]["keypoints"].values()]
    np.testing.assert_allclose(found, EXPECTED, atol=2 * PIXEL)


def test_a_turned_photo_is_looked_at_upright(here):
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"  # Orientation 6.
    jpeg = cv2.imencode(".jpg", np.rot90(PICTURE)[..., ::-1])[1].tobytes()
    (here / "turned.jpg").write_bytes(jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + jpeg[2:])
    assert pictures.read_photo(here / "turned.jpg").shape == PICTURE.shape
    assert run("turned.jpg") == 0
    (entry,) = json.loads((here / "found" / "people.json").read_text())
    found = [xy for *xy, _ in entry["people"][0]["keypoints"].values()]
    np.testing.assert_allclose(found, EXPECTED, atol=PIXEL)


def test_the_flags_are_read_without_tensorflow():
    code = "import sys; from tfpose.prediction import cli; cli.flags.parser(); assert 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert CHOICES == flags.CROPS and tuple(label_files.FORMS) == flags.SAVED
    assert tracking.MAX_GAP == flags.MAX_GAP and (smoothing.MIN_CUTOFF, smoothing.BETA) == flags.SMOOTHING


def test_the_newest_run_or_export_is_the_default_else_a_model_of_the_package(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert newest_model() == "body"
    assert "`body` is used, see `tfpose models body`" in capsys.readouterr().err
    with monkeypatch.context() as patched, pytest.raises(ValueError, match="There must be a model"):
        patched.setattr(catalogue, "names", list)
        newest_model()
    for time, name in enumerate(("models_ex/one/best.keras", "exported/two/saved_model.pb")):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time, time))
    assert str(newest_model()) == "exported/two"


def test_flags_reach_the_predictor(here, monkeypatch, capsys):
    seen = {}

    class Listener:
        skeleton = Skeleton(name="one", keypoints=("nose",))
        several, takes_torso, crop = False, True, None

        def __init__(self, path, **options):
            seen.update(path=path, **options)

        def __call__(self, picture, torso):
            seen.update(torso=torso)
            return np.zeros((0, 1, 3), np.float32)

    write(here / "photo.png")
    monkeypatch.setattr(Predictor, "load", Listener)
    run("photo.png", "--scales=0.8,1", "--mirror", "--torso=3,4.5")
    assert seen == {"path": "any", "scales": (0.8, 1.0), "mirror": True, "complete": False, "torso": (3.0, 4.5)}
    assert "photo.png: nobody, drawn in" in capsys.readouterr().out


def test_a_torso_prior_is_fitted_to_the_training_records_for_the_model_that_is_loaded_once(
    tmp_path, monkeypatch, dots, capsys
):
    monkeypatch.chdir(tmp_path)
    model = part_detector()
    model.crop = "records"
    model.save("best.keras")
    (tmp_path / "config.json").write_text(json.dumps({"data_dir": str(dots)}))
    write(tmp_path / "photo.png")
    (tmp_path / "boxes.json").write_text(json.dumps([{"file_name": "photo.png", "bbox": [80, 40, 60, 50]}]))
    loaded, real = [], keras.saving.load_model
    monkeypatch.setattr(
        keras.saving, "load_model", lambda *args, **options: loaded.append(args) or real(*args, **options)
    )
    assert main(["photo.png", "--model=.", "--boxes=boxes.json", "--torso_prior", "--crop=frame"]) == 0
    (entry,) = json.loads((tmp_path / "found" / "people.json").read_text())
    assert entry["torso_prior"] and len(entry["people"]) == len(loaded) == 1
    assert "Torso prior of 10 people; 3 have no torso box and are left out." in capsys.readouterr().out


@pytest.mark.parametrize("flag", ["--out=gs://nobody/x", "--json=s3://nobody/people.json"])
def test_only_local_files_are_written(here, flag):
    write(here / "photo.png")
    with pytest.raises(ValueError, match="must be a local path"):
        run("photo.png", flag)
    assert os.listdir(here) == ["photo.png"]
