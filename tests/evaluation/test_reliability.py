import json
import types

import numpy as np
import pytest

from tests.evaluation.synthetic_results import SKELETON, MadeUpPredictor, MadeUpRecords, person
from tfpose.data import records
from tfpose.evaluation import cli, evaluate, reliability
from tfpose.evaluation.single_person import evaluate_single_person
from tfpose.prediction import calibration, loading

PEOPLE = 60


@pytest.fixture(scope="module")
def result():
    """People of whom keypoints of score s are right with probability s²."""
    rng = np.random.default_rng(0)
    answers = []
    for _ in range(PEOPLE):
        scores = rng.uniform(0.3, 1, len(SKELETON))
        found = person()
        found[:, 0] += np.where(rng.uniform(size=len(SKELETON)) < scores**2, 5, 60)  # The torso is 100 px long.
        found[:, 2] = scores
        answers.append({"heatmaps": found})
    people = [[person(missing=["nose"])] for _ in range(PEOPLE)]
    result = evaluate_single_person(MadeUpPredictor(answers), MadeUpRecords(people))
    result["protocol"] |= {"scales": (1.0,), "mirror": False, "image_size": None}
    return result


def test_right_is_what_lies_within_a_fifth_of_the_torso(result):
    scores, hits, counted, meaning = reliability.judged(result, SKELETON)
    found = np.asarray(result["predictions"]["detector"])
    np.testing.assert_array_equal(hits[counted], (found[..., 0] - person()[:, 0] < 20)[counted])
    assert not counted[:, SKELETON.keypoints.index("nose")].any() and counted.sum() == PEOPLE * (len(SKELETON) - 1)
    assert np.array_equal(scores, found[..., 2]) and meaning == "within 0.2 torsos, left_shoulder to right_hip"


def test_calibration_mends_the_scores(result, tmp_path):
    (tmp_path / "best.keras").write_bytes(b"1")
    scores, hits, counted, _ = reliability.judged(result, SKELETON)
    fitted, honest = reliability.calibrate(result, SKELETON, tmp_path / "best.keras", (*SKELETON.keypoints, "tail"))
    before, after = (reliability.error(values, hits, counted) for values in (scores, honest))
    assert before > 0.12 and after < 0.08
    assert fitted.fitted_on["error of raw scores"] == pytest.approx(before, abs=1e-4)
    assert fitted.keypoints[-1] == "tail" and fitted.slopes[-1] == fitted.slopes[SKELETON.keypoints.index("nose")]
    assert fitted.shown == {"crop": "frame", "scales": [1.0], "mirror": False, "image_size": None, "torso_prior": False}
    json.dumps(fitted.fitted_on)


def test_a_perfect_score_has_no_error():
    rng = np.random.default_rng(0)
    chances = rng.uniform(size=(2000, 3))
    hits, counted = rng.uniform(size=chances.shape) < chances, np.ones(chances.shape, bool)
    assert reliability.error(chances, hits, counted) < 0.03
    assert reliability.error(np.ones_like(chances), hits, counted) == pytest.approx(1 - hits.mean())


def test_the_curve_shows_rates_against_scores(result):
    scores, hits, counted, _ = reliability.judged(result, SKELETON)
    figure = reliability.draw({"raw": scores, "calibrated": scores**2}, hits, counted, "run on data")
    top, bottom = figure.axes
    labels = [line.get_label() for line in top.lines]
    assert labels[0] == "score = rate" and labels[1].startswith("raw: error 0.") and labels[2].startswith("calibrated")
    x, y = top.lines[2].get_data()
    assert len(x) == reliability.BINS and np.abs(x - y).mean() < 0.08
    assert top.get_title() == "run on data" and bottom.get_xlabel() == "score"


def test_too_few_people_are_refused(result, tmp_path):
    few = {**result, "predictions": {k: v if k == "keypoints" else v[:10] for k, v in result["predictions"].items()}}
    with pytest.raises(ValueError, match="needs 500 annotated keypoints.*Received: 100"):
        reliability.calibrate(few, SKELETON, tmp_path, SKELETON.keypoints)


@pytest.fixture
def run(tmp_path, monkeypatch, result):
    """The folder of a run whose evaluation is `result`, and a list of the splits that are asked for."""
    asked = []

    class Evaluation:
        def __init__(self, model, weights, args):
            self.model, self.weights, self.args, self.split = model, weights, args, asked[-1]

        def evaluate(self, data):
            return {**result, "split": self.split, "protocol": {**result["protocol"]}}

        def text(self, result):
            return ""

    def load(data_dir, split, skeleton):
        asked.append(split)
        return MadeUpRecords([])

    model = types.SimpleNamespace(skeleton=SKELETON, codec=types.SimpleNamespace(several=False))
    monkeypatch.setattr(records, "load", load)
    monkeypatch.setattr(loading, "load_model", lambda *args: model)
    monkeypatch.setattr(evaluate, "EVALUATIONS", {False: Evaluation})
    (tmp_path / "best.keras").write_bytes(b"weights")
    splits = {"train_split": "train[:95%]", "val_split": "train[95%:]"}
    (tmp_path / "config.json").write_text(json.dumps({"data_dir": "data/flic", **splits}))
    return tmp_path, asked


def test_the_command_calibrates_on_the_validation_people(run, capsys):
    folder, asked = run
    cli.main([f"--run={folder}", "--calibrate", f"--reliability={folder / 'again.png'}"])
    assert asked == ["train[95%:]"]
    fitted = calibration.beside(folder)
    assert fitted.fitted_on["split"] == "train[95%:]" and fitted.fitted_on["people"] == PEOPLE
    assert (folder / "reliability.png").is_file() and (folder / "again.png").is_file()
    told = capsys.readouterr().out
    assert "calibrated, cross-validated: 0." in told and f"people below {fitted.min_score:g} are not reported" in told
    with pytest.raises(ValueError, match="--overwrite only. Received: .*calibration.json"):
        cli.main([f"--run={folder}", "--calibrate"])
    cli.main([f"--run={folder}", f"--reliability={folder / 'test.png'}"])
    assert asked[1:] == ["test"] and "score and rate, calibrated: 0." in capsys.readouterr().out


@pytest.mark.parametrize("split", ["test", "test[:10%]", "train[:95%]"])
def test_people_of_training_and_test_are_refused(run, split):
    folder, asked = run
    with pytest.raises(ValueError, match="needs people held out from training"):
        cli.main([f"--run={folder}", "--calibrate", f"--split={split}"])
    assert asked == [] and not (folder / "calibration.json").exists()
