import dataclasses
import json

import pytest

from tfpose import runs
from tfpose.training import config
from tfpose.training.cli import parse
from tfpose.training.config import Config, from_dict
from tfpose.training.presets import PRESETS


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


FLAGS = [f for f in dataclasses.fields(Config) if "help" in f.metadata]
QUESTIONS = [f.name for f in FLAGS if f.type in (bool, bool | None)]


def test_without_flags_the_built_in_data_is_trained_on():
    assert parse([]) == PRESETS["figures"]
    assert parse([]).data_dir == ""


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_taken_whole(name):
    assert parse([f"--preset={name}"]) == PRESETS[name]


def test_flags_change_a_preset_and_nothing_else():
    found = parse(["--preset=flic", "--n_epochs=3", "--optimizer", "sgd", "--image_size", "240", "360"])
    assert found == dataclasses.replace(PRESETS["flic"], n_epochs=3, optimizer="sgd", image_size=(240, 360))


def test_the_full_recipe_is_that_of_the_reference():
    flic = PRESETS["flic"]
    assert (flic.image_size, flic.n_epochs, flic.batch_size, flic.lr, flic.lmbd) == ((480, 720), 60, 14, 1e-3, 1e-3)
    assert flic.use_sm and flic.data_augm and flic.torso == "truth" and flic.optimizer == "adam"
    assert (flic.schedule, flic.clip, flic.banks, flic.model_args) == ("steps", 4.0, 3, {})


def test_the_flags_of_the_reference_are_known():
    found = parse(["--data_augm", "--use_sm", "--optimizer=adam", "--lr=0.001", "--lmbd=0.0001", "--multi_gpu"])
    assert (found.lr, found.lmbd, found.optimizer) == (1e-3, 1e-4, "adam")
    assert found.data_augm and found.use_sm and found.multi_gpu


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("preset", PRESETS)
def test_questions_are_answered_both_ways(name, preset):
    if name == "resume":
        pytest.skip("reads another config; tested below")
    assert getattr(parse([f"--preset={preset}", f"--{name}"]), name) is True
    assert getattr(parse([f"--preset={preset}", f"--no-{name}"]), name) is False


def test_xla_is_decided_by_the_device_unless_told():
    assert parse([]).xla is None


@pytest.mark.parametrize("f", [f for f in FLAGS if f.metadata["known"]], ids=lambda f: f.name)
def test_unknown_names_answer_with_the_known_ones(f, capsys):
    with pytest.raises(SystemExit) as refusal:
        parse([f"--{f.name}=nothing"])
    answer = capsys.readouterr().err
    assert refusal.value.code == 2
    assert f"--{f.name}" in answer and all(known in answer for known in f.metadata["known"])


@pytest.mark.parametrize(
    "argv", [["--preset=nothing"], ["--use_smm"], ["--lr=fast"], ["--image_size", "240"], ["stray"]]
)
def test_what_is_no_flag_is_refused(argv, capsys):
    with pytest.raises(SystemExit) as refusal:
        parse(argv)
    assert refusal.value.code == 2
    assert "error" in capsys.readouterr().err


def test_an_unknown_preset_answers_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        parse(["--preset=nothing"])
    answer = capsys.readouterr().err
    assert all(name in answer for name in PRESETS)


def test_every_flag_has_its_help(capsys):
    with pytest.raises(SystemExit):
        parse(["--help"])
    shown = capsys.readouterr().out
    for f in dataclasses.fields(Config):
        assert (f"--{f.name}" in shown) == (f.name not in ("model_args", "augmentation"))
    assert "(default: 'train[:95%]')" in " ".join(shown.split())
    assert all(f.metadata["help"] for f in FLAGS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_config_survives_json(name):
    again = from_dict(json.loads(json.dumps(dataclasses.asdict(PRESETS[name]))))
    assert again == PRESETS[name]
    assert hash(again.image_size) == hash(PRESETS[name].image_size)


def test_a_config_is_not_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        parse([]).lr = 1.0


@pytest.mark.parametrize("named", [True, False])
def test_resuming_starts_from_the_runs_own_config(named):
    original = parse(["--preset=flic_small", "--n_epochs=7", "--seed=3"])
    runs.folder("mine", original.model, dataclasses.asdict(original))
    found = parse(["--resume", "--batch_size=2"] + ["--run=mine"] * named)
    assert found == dataclasses.replace(original, resume=True, run="mine", batch_size=2)


@pytest.mark.parametrize("argv", [["--resume"], ["--resume", "--run=missing"]])
def test_nothing_to_resume_is_said(argv):
    with pytest.raises(ValueError, match="Received"):
        parse(argv)


def test_names_in_the_config_are_those_of_their_modules():
    known = {f.name: f.metadata["known"] for f in FLAGS}
    assert known["model"] == tuple(config.MODELS) and known["loss"] == tuple(config.LOSSES)
    assert known["optimizer"] == tuple(config.OPTIMIZERS) and known["schedule"] == tuple(config.SCHEDULES)
