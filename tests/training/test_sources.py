"""Presets, files and runs that a configuration starts from."""

import dataclasses
import pathlib

import pytest
import yaml

from tfpose.commands import runs
from tfpose.training.cli import parse
from tfpose.training.presets import PRESETS


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(name, text):
    path = pathlib.Path(name)
    path.write_text(text if isinstance(text, str) else yaml.safe_dump(text))
    return f"--config={path}"


def test_a_file_changes_a_preset_and_flags_change_the_file():
    file = write(
        "a.yaml",
        "preset: figures_hourglass\nstacks: 3\nlr: 1e-4\nimage_size: [64, 64]\nmodel_args:\n  features: 32\n"
        "augmentation:\n  angle: 10\naugmentation.shift: 0.1\nn_epochs: 5\nxla: true\n",
    )
    before = PRESETS["figures_hourglass"]
    expected = dataclasses.replace(
        before,
        model_args={**before.model_args, "stacks": 3, "features": 32},
        augmentation={**before.augmentation, "angle": 10.0, "shift": 0.1},
        lr=1e-4,
        image_size=(64, 64),
        n_epochs=5,
        xla=True,
    )
    assert parse([file]) == expected
    changed = {"lr": 0.5, "n_epochs": 6, "model_args": {**expected.model_args, "stacks": 1}}
    assert parse([file, "--lr=0.5", "--n_epochs=6", "--stacks=1"]) == dataclasses.replace(expected, **changed)


def test_the_preset_of_a_flag_comes_before_that_of_the_file():
    file = write("a.yaml", {"preset": "flic", "lr": 0.25})
    assert parse([file, "--preset=flic_small"]) == dataclasses.replace(PRESETS["flic_small"], lr=0.25)


def test_a_file_may_name_the_model():
    file = write("a.yaml", {"model": "hourglass", "stacks": 1})
    assert parse([file]).preset == "figures_hourglass" and parse([file]).argument("stacks") == 1


def test_the_configuration_of_a_run_starts_another():
    original = parse(["--preset=flic_small", "--n_epochs=7", "--seed=3"])
    folder = runs.folder("mine", original.model, dataclasses.asdict(original))
    found = parse([f"--config={folder}/config.json", "--lr=0.5"])
    assert found == dataclasses.replace(original, lr=0.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learning_rate: 1", "Unknown setting. Received: `learning_rate`"),
        ("n_epoch: 1", "did you mean n_epochs?"),
        ("lr: [1]", "`lr` must be a number"),
        ("lr: null", "`lr` must be a number"),
        ("use_sm: 3", "`use_sm` must be true or false"),
        ("model: nothing", "Unknown `model`. Received: 'nothing'"),
        ("preset: flik", "Unknown `preset`. Received: 'flik'; did you mean flic?"),
        ("- 1", "must hold flags with their values"),
        ("a: [", "must be a YAML or JSON file"),
        ("max_people: 3", "`max_people` has no effect"),
        ("optimizer: addam", "Unknown `optimizer`. Received: 'addam'; did you mean adam? Known: adam"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_in_one_line(text, message):
    with pytest.raises(ValueError) as refused:
        parse([write("a.yaml", text)])
    assert message in str(refused.value) and "\n" not in str(refused.value)


def test_a_file_that_is_missing_is_told():
    with pytest.raises(ValueError, match="missing.yaml must be a YAML or JSON file, `config`. Received: no such file"):
        parse(["--config=missing.yaml"])


@pytest.mark.parametrize("named", [True, False])
def test_resuming_starts_from_the_runs_own_config(named):
    original = parse(["--preset=flic_small", "--n_epochs=7", "--seed=3"])
    runs.folder("mine", original.model, dataclasses.asdict(original))
    found = parse(["--resume", "--batch_size=2"] + ["--run=mine"] * named)
    assert found == dataclasses.replace(original, resume=True, run="mine", batch_size=2)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--n_epochs=50"], "`stages` must be given instead of `n_epochs`"),
        (["--model=hourglass"], "`model` must be that of the run to continue"),
        (["--restore_model=a.keras"], "`restore_model` has no effect"),
        (["--no-prior"], "`prior` has no effect"),
    ],
)
def test_what_a_run_that_is_continued_cannot_change_is_refused(argv, message):
    original = parse([])
    runs.folder("mine", original.model, dataclasses.asdict(original))
    with pytest.raises(ValueError, match=message):
        parse(["--resume", *argv])


@pytest.mark.parametrize("argv", [["--resume"], ["--resume", "--run=missing"]])
def test_nothing_to_resume_is_said(argv):
    with pytest.raises(ValueError, match="Received"):
        parse(argv)
