import json
import subprocess
import sys
import types

import pytest

from tests.evaluation.synthetic_results import MadeUpRecords, person
from tests.small_networks import BarFinder, part_detector
from tfpose import models as models_of_papers
from tfpose import skeletons
from tfpose.__main__ import plain_errors
from tfpose.data import records
from tfpose.evaluation import cli, evaluate
from tfpose.evaluation.multi_person import METRICS
from tfpose.metrics import PROTOCOLS
from tfpose.prediction.cropping import CHOICES


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Run folders: one whose network predicts the torso, one whose network must be told, one without spatial model."""
    root = tmp_path_factory.mktemp("models_ex")
    options = {"predicted": {"use_sm": True}, "told": {"use_sm": True, "torso": "box"}, "alone": {}}
    for name, kwargs in options.items():
        (root / name).mkdir()
        part_detector(**kwargs).save(root / name / "best.keras")
        (root / name / "config.json").write_text(json.dumps({"data_dir": "data/flic"}))
    return root


@pytest.fixture(autouse=True)
def loaded(monkeypatch):
    """What was loaded: there are two images, whatever is asked for."""
    asked = []

    def load(*args):
        asked.append(args)
        return MadeUpRecords([[person()], [person((10, 10))]])

    monkeypatch.setattr(records, "load", load)
    return asked


def test_a_run_is_evaluated_on_what_it_was_trained_on(models, loaded, capsys):
    cli.main([f"--run={models / 'alone'}"])
    assert loaded == [("data/flic", "test", "")]
    printed = capsys.readouterr().out
    assert "left wrist" in printed and "2 people in 2 images" in printed and "spatial model" not in printed


def test_a_weight_in_training_is_no_part_of_the_folder(models, loaded):
    cli.main([f"--run={models / 'alone'}", "--data_dir=data/flic:8"])
    assert loaded == [("data/flic", "test", "")]
    with pytest.raises(ValueError, match="must be one data set, evaluated alone. Received: data/flic,data/lsp:2"):
        cli.main([f"--run={models / 'alone'}", "--data_dir=data/flic,data/lsp:2"])


def test_only_the_keypoints_of_a_skeleton_are_measured(models, loaded):
    cli.main([f"--run={models / 'alone'}", "--data_dir=data/mpii", "--skeleton=flic"])
    assert loaded == [("data/mpii", "test", "flic")]


def test_files_are_written_where_asked_and_never_replaced_unasked(models, tmp_path, capsys):
    files = {name: tmp_path / name for name in ("all.json", "predictions.mat", "curves.png")}
    flags = [f"--run={models / 'predicted'}", "--split=train", "--mirror", "--scales=0.8,1.2", "--data_dir=elsewhere"]
    flags += [f"--{flag}={path}" for flag, path in zip(("json", "mat", "curves"), files.values(), strict=True)]
    files["all.json"].write_text("mine")
    with pytest.raises(ValueError, match="--overwrite"):
        cli.main(flags)
    assert files["all.json"].read_text() == "mine"
    cli.main([*flags, "--overwrite", "--limit=1", "--image_size", "64", "80"])
    printed = capsys.readouterr().out
    assert all(path.exists() and f"Written: {path}" in printed for path in files.values())
    result = json.loads(files["all.json"].read_text())
    assert (result["images"], len(result["weights"]["sha256"])) == (1, 64)
    assert (result["protocol"]["scales"], result["protocol"]["mirror"]) == ([0.8, 1.2], True)
    assert (result["protocol"]["torso"], result["protocol"]["image_size"]) == ("predicted", [64, 80])
    assert list(result["results"]) == ["detector", "spatial model"]


def test_a_told_network_may_be_told_the_truth(models, tmp_path):
    cli.main([f"--run={models / 'told'}", "--torso=truth", f"--json={tmp_path / 'all.json'}"])
    assert json.loads((tmp_path / "all.json").read_text())["protocol"]["torso"] == "truth"


def test_a_told_network_is_told_what_it_was_trained_with():
    assert evaluate._torso(types.SimpleNamespace(torso="box"), None) == "box"


def test_what_is_measured_is_called_after_the_model():
    assert evaluate._outputs(part_detector()) == {"detector": "heatmaps"}
    assert evaluate._outputs(BarFinder(name="bar_finder")) == {"bar finder": "heatmaps"}
    hourglass = models_of_papers.build("hourglass", skeletons.LSP, (64, 64), stacks=1, features=8, depth=1)
    assert evaluate._outputs(hourglass) == {"hourglass": "heatmaps"}


@pytest.fixture
def several(monkeypatch):
    """Notes what networks of several people are asked for: here all are."""
    from tfpose.codecs import DistributionCodec

    asked = []

    def evaluate_people(predictor, records, **options):
        asked.append(options)
        return {
            "data_set": {"converter": "coco"},
            "split": "test",
            "images": 2,
            "people": 5,
            "failed": {},
            "protocol": {"metrics": {"oks": "as COCO"}, "sigmas from": "COCO"},
            "results": {"oks": {"AP": 0.25}},
        }

    monkeypatch.setattr(DistributionCodec, "several", True, raising=False)
    monkeypatch.setattr(evaluate.MultiPerson, "measure", staticmethod(evaluate_people))
    return asked


def test_networks_of_several_people_are_measured_as_such(models, several, tmp_path, capsys):
    cli.main([f"--run={models / 'alone'}", "--limit=2", f"--json={tmp_path / 'all.json'}"])
    cli.main([f"--run={models / 'alone'}", "--metrics", "oks", "coco"])
    assert several == [{"limit": 2, "find": None}, {"limit": None, "find": None, "metrics": ["oks", "coco"]}]
    printed = capsys.readouterr().out
    assert "25.0" in printed and "5 people in 2 images" in printed
    result = json.loads((tmp_path / "all.json").read_text())
    assert (len(result["weights"]["sha256"]), result["protocol"]["mirror"]) == (64, False)


@pytest.mark.parametrize("flag", ["--reference=left_hip,nose", "--torso=box", "--crop=twice", "--torso_prior"])
def test_networks_of_several_people_refuse_what_is_for_one(models, several, flag, tmp_path):
    with pytest.raises(ValueError, match=flag.split("=")[0]):
        cli.main([f"--run={models / 'alone'}", flag.format(tmp_path)])


@pytest.mark.parametrize("flag", ["--coco={}/a.json", "--complete", "--maps={}/maps", "--masks={}/a.json"])
def test_networks_of_one_person_refuse_what_is_for_several(models, flag, tmp_path):
    with pytest.raises(ValueError, match=f"{flag.split('=')[0]} is for networks that find several people"):
        cli.main([f"--run={models / 'alone'}", flag.format(tmp_path)])
    assert not list(tmp_path.iterdir())


def test_the_flags_offer_every_metric_and_crop():
    assert (tuple(PROTOCOLS), tuple(METRICS), CHOICES) == (cli.METRICS, cli.PEOPLE_METRICS, cli.CROPS)


def test_the_flags_are_read_without_tensorflow():
    code = "import sys; from tfpose.evaluation import cli; cli.parser(); assert 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_crop_of_the_run_is_the_default(models, tmp_path, monkeypatch):
    monkeypatch.setattr(records, "load", lambda *args: MadeUpRecords([[person()]] * 10))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "best.keras").write_bytes((models / "alone" / "best.keras").read_bytes())
    (tmp_path / "run" / "config.json").write_text(json.dumps({"data_dir": "data/flic", "crop": "torso"}))
    for flags, expected in (([], "torso"), (["--crop=twice"], "twice"), (["--torso_prior"], "torso")):
        file = tmp_path / f"{expected}{len(flags)}.json"
        cli.main([f"--run={tmp_path / 'run'}", f"--json={file}", "--overwrite", *flags])
        protocol = json.loads(file.read_text())["protocol"]
        assert (protocol["crop"], protocol["torso prior"]) == (expected, "--torso_prior" in flags)


def test_the_grid_of_the_paper_is_a_word():
    args = cli.parser().parse_args(["--scales=paper", "--reference=left_hip,right_shoulder"])
    assert (len(args.scales), args.reference) == (8, ("left_hip", "right_shoulder"))


@pytest.mark.parametrize(
    "flags",
    [
        ["--run={models}/missing"],
        ["--run={models}"],
        ["--run={models}/predicted", "--torso=box"],
        ["--run={models}/alone", "--reference=left_hip,tail"],
        ["--run={models}/alone", "--json={models}/missing/all.json"],
        ["--run={models}/alone", "--maps=gs://nobody/x"],
        ["--run={models}/alone", "--scales=0"],
        ["--run={models}/alone", "--scales=large"],
        ["--run={models}/alone", "--metrics=beauty"],
        ["--run={models}/alone", "--limit=0"],
        ["--run={models}/alone", "--metrics=pckh"],
        ["--run={models}/alone", "--compare={models}/told"],
        ["--run={models}/alone", "--compare={models}/missing", "--report={models}/report"],
        ["--run={models}/alone", "--data_dir=data/lsp,data/mpii:2"],
    ],
    ids=str,
)
def test_mistakes_end_in_a_sentence(models, flags, capsys):
    with pytest.raises(SystemExit) as end, plain_errors():
        cli.main([flag.format(models=models) for flag in flags])
    assert end.value.code not in (0, None)
    assert "Traceback" not in capsys.readouterr().err


def test_a_report_shows_one_run_or_two(models, tmp_path, capsys):
    flags = [f"--run={models / 'predicted'}", f"--compare={models / 'alone'}", f"--report={tmp_path / 'report'}"]
    cli.main([*flags, f"--json={tmp_path / 'all.json'}"])
    page = tmp_path / "report" / "index.html"
    assert f"Written: {page}" in capsys.readouterr().out
    text = page.read_text("utf-8")
    assert "<title>predicted and alone</title>" in text and "predicted, spatial model" in text
    assert list(json.loads((tmp_path / "all.json").read_text())["results"]) == ["detector", "spatial model"]
    with pytest.raises(ValueError, match="replaced with --overwrite only"):
        cli.main(flags)


def test_runs_of_one_and_of_several_people_are_not_compared(models, tmp_path, monkeypatch):
    from tfpose.evaluation import evaluate

    flags = [f"--run={models / 'predicted'}", f"--compare={models / 'alone'}", f"--report={tmp_path / 'report'}"]
    kinds = iter([False, True])
    monkeypatch.setattr(evaluate, "EVALUATIONS", {False: Chosen(kinds, evaluate), True: None})
    with pytest.raises(ValueError, match="`--compare` must be a run that finds as many people"):
        cli.main(flags)
    assert not (tmp_path / "report").exists()


class Chosen:
    """Evaluations of one person and of several, in turn."""

    def __init__(self, kinds, evaluate):
        self.kinds, self.evaluations = kinds, evaluate.EVALUATIONS

    def __call__(self, *args):
        return self.evaluations[next(self.kinds)](*args)
