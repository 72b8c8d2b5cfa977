import json

import numpy as np
import pytest

from tests.prediction.bar_photos import run, write
from tests.small_networks import SKELETON
from tfpose.commands import runs
from tfpose.prediction import calibration
from tfpose.prediction.calibration import Calibration

NAMES = ("left_wrist", "right_wrist", "nose")
SHOWN = {"crop": "frame", "scales": [1.0], "mirror": False, "image_size": None, "torso_prior": False}


def drawn(slopes, intercepts, people=4000, seed=0):
    """Scores `[N, K]`, and hits that are drawn with the probabilities of known curves."""
    rng = np.random.default_rng(seed)
    scores = rng.uniform(0.05, 1, (people, len(slopes)))
    chances = calibration.probabilities(scores, slopes, intercepts)
    return scores, rng.uniform(size=scores.shape) < chances, np.ones(scores.shape, bool)


def made(**changed):
    values = {"keypoints": SKELETON.keypoints, "slopes": (1.0, 1.0, 1.0), "intercepts": (0.0, 1.0, -1.0)}
    values |= {"min_score": 0.3, "shown": SHOWN, "fitted_on": {}, "weights": "of an export"}
    return Calibration(**{**values, **changed})


def test_the_curves_that_scores_were_drawn_by_are_found():
    slopes, intercepts = (2.0, 2.0, 5.0), (1.5, 1.5, 3.0)
    found = calibration.fit(*drawn(slopes, intercepts), NAMES)
    np.testing.assert_allclose(found, [slopes, intercepts], rtol=0.15)
    assert found[0][0] == found[0][1] and found[1][0] == found[1][1]  # Both wrists share a curve.


def test_probabilities_grow_with_scores_and_end_at_0():
    scores = np.array([[-0.1], [0], [1e-9], [0.2], [0.9], [7.0]])
    (a, b, *rest) = calibration.probabilities(scores, (2.0,), (1.0,))[:, 0]
    assert a == b == 0 and rest == sorted(rest) and 0 < rest[0] < rest[-1] < 1


def test_scores_that_tell_nothing_give_the_rate():
    rng = np.random.default_rng(0)
    scores, hits = rng.uniform(0.1, 1, (500, 1)), rng.uniform(size=(500, 1)) < 0.7
    falling = scores < 0.5
    for given in (falling, np.zeros_like(hits), np.ones_like(hits)):
        slopes, intercepts = calibration.fit(scores, given, np.ones_like(given), ("nose",))
        found = calibration.probabilities(scores, slopes, intercepts)
        assert np.isfinite(found).all() and slopes[0] >= 0
        np.testing.assert_allclose(found.mean(), given.mean(), atol=0.01)


def test_rare_keypoints_share_the_curve_of_all():
    scores, hits, counted = drawn((2.0, 2.0, 5.0), (1.5, 1.5, 3.0))
    counted[calibration.FEWEST - 1 :, 2] = False
    slopes, _ = calibration.fit(scores, hits, counted, NAMES)
    assert slopes[2] == pytest.approx(2, rel=0.15) and slopes[2] != slopes[0]


def test_keypoints_that_are_not_annotated_count_for_nothing():
    scores, hits, counted = drawn((2.0, 2.0, 5.0), (1.5, 1.5, 3.0))
    counted[::2] = False
    expected = calibration.fit(scores[1::2], hits[1::2], counted[1::2], NAMES)
    hits[::2] ^= True
    np.testing.assert_array_equal(calibration.fit(scores, hits, counted, NAMES), expected)


def test_cross_validation_never_judges_an_image_by_itself():
    """Scores tell nothing, and each image is wholly right or wrong: probabilities cannot know which."""
    rng = np.random.default_rng(0)
    images = np.repeat(np.arange(40), 10)
    hits = np.repeat(rng.uniform(size=40) < 0.5, 10)[:, None].repeat(3, axis=1)
    scores = rng.uniform(0.4, 0.5, hits.shape)
    found = calibration.cross_validated(scores, hits, np.ones_like(hits), NAMES, images)
    assert found.shape == hits.shape and np.abs(found - 0.5).max() < 0.2


def test_the_threshold_keeps_the_people_who_are_found():
    sure = np.full((100, 3), 0.9)
    hits, counted = np.ones((100, 3), bool), np.ones((100, 3), bool)
    assert calibration.threshold(sure, hits, counted) == 0.5
    unsure = np.linspace(0.2, 0.9, 101)[:, None].repeat(3, axis=1)
    hits, counted = np.ones((101, 3), bool), np.ones((101, 3), bool)
    assert calibration.threshold(unsure, hits, counted) == pytest.approx(0.207)
    hits[:50] = False  # Who is not found may be left out.
    assert calibration.threshold(unsure, hits, counted) == 0.5


def test_people_have_probabilities_in_place_of_scores():
    people = np.array([[[1, 2, 0.5], [3, 4, 0], [5, 6, 1]]], "float32")
    found = made()(people)
    np.testing.assert_allclose(found[..., 2], [[1 / 3, 0, 1 / (1 + np.e)]], rtol=1e-6)
    assert np.array_equal(found[..., :2], people[..., :2]) and people[0, 0, 2] == 0.5
    assert made()(people[:0]).shape == (0, 3, 3)
    assert made().of(("middle", "left_end")).intercepts == (-1.0, 0.0)


def test_a_calibration_is_found_beside_runs_and_in_exports(tmp_path, capsys):
    (tmp_path / "best.keras").write_bytes(b"weights")
    assert calibration.beside(tmp_path) is None
    written = made(weights=runs.digest(tmp_path / "best.keras"))
    written.write(tmp_path)
    assert calibration.beside(tmp_path) == calibration.beside(tmp_path / "best.keras") == written
    export = tmp_path / "export"
    (export / calibration.EXPORTED).mkdir(parents=True)
    written.write(export / calibration.EXPORTED)
    assert calibration.beside(export) == written
    assert calibration.beside("nowhere") is None and capsys.readouterr().err == ""


def test_a_calibration_of_other_weights_is_left_out(tmp_path, capsys):
    (tmp_path / "best.keras").write_bytes(b"trained further")
    made().write(tmp_path)
    assert calibration.beside(tmp_path) is None
    assert "was fitted to other weights" in capsys.readouterr().err


@pytest.fixture
def calibrated(here):
    """A photo, and the folder of the model, for a calibration."""
    write(here / "photo.png")
    (here / "any").mkdir()
    return made


def reported(here, *flags):
    run("photo.png", "--overwrite", "--no_drawing", *flags)
    ((entry),) = json.loads((here / "found" / "people.json").read_text())
    return entry["people"]


def test_calibrated_scores_are_reported_and_give_the_default_threshold(here, calibrated):
    (raw,) = reported(here)
    calibrated().write(here / "any")
    (person,) = reported(here)
    scores = {name: score for name, (*_, score) in person["keypoints"].items()}
    for name, (*_, score) in raw["keypoints"].items():
        intercept = dict(zip(SKELETON.keypoints, made().intercepts, strict=True))[name]
        assert scores[name] == pytest.approx(1 / (1 + np.exp(-intercept) / score), abs=2e-3)
    calibrated(min_score=0.99).write(here / "any")
    assert reported(here) == [] and len(reported(here, "--min_score=0")) == 1


def test_a_calibration_for_another_view_is_not_applied(here, calibrated, capsys):
    calibrated(min_score=0.99, shown={**SHOWN, "mirror": True}).write(here / "any")
    assert len(reported(here)) == 1
    assert "Scores are raw: the calibration of the model is for mirror=True." in capsys.readouterr().err
