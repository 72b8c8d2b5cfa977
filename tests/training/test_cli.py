import dataclasses
import json
import pathlib
import resource
import subprocess
import sys

import pytest

from tfpose.training import built_in, presets, signatures
from tfpose.training.cli import parse
from tfpose.training.config import FLAGS, from_dict
from tfpose.training.presets import PRESETS

ROOT = pathlib.Path(__file__).parents[2]
MODELS = tuple(signatures.models())


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refusal(argv, capsys):
    """The line that refuses flags, from argparse or from the configuration."""
    with pytest.raises((SystemExit, ValueError)) as refused:
        parse(argv)
    line = capsys.readouterr().err if refused.type is SystemExit else f"{refused.value}\n"
    assert line.count("\n") == 1 and getattr(refused.value, "code", 2) == 2
    return line


def test_arguments_of_models_keep_their_names_of_older_versions_as_flags(tmp_path):
    (tmp_path / "old.yaml").write_text("judge_stem: 8\n")
    ways = ["--judge_stem=8"], ["--judge_stem", "8"], ["--set", "judge_stem=8"], [f"--config={tmp_path / 'old.yaml'}"]
    for argv in ways:
        assert parse(["--model=self_adversarial_embedding", *argv]).model_args["discriminator_stem"] == 8


def test_without_flags_the_built_in_data_is_trained_on():
    assert parse([]) == PRESETS["figures"]
    assert parse([]).data_dir == ""


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_taken_whole(name):
    assert parse([f"--preset={name}"]) == PRESETS[name]


@pytest.mark.parametrize("name", MODELS)
def test_the_preset_of_a_model_is_taken_without_being_named(name):
    assert parse([f"--model={name}"]) == PRESETS[presets.built_in(name)]


def test_flags_change_a_preset_and_nothing_else():
    found = parse(["--preset=flic", "--n_epochs=3", "--optimizer", "sgd", "--image_size", "240", "360"])
    assert found == dataclasses.replace(PRESETS["flic"], n_epochs=3, optimizer="sgd", image_size=(240, 360))


def test_the_flags_of_the_main_command_change_nothing_of_its_preset():
    assert parse(["--data_augm", "--use_sm", "--optimizer=adam"]) == PRESETS["figures"]


def test_the_flags_of_the_reference_are_known():
    found = parse(["--data_augm", "--use_sm", "--optimizer=adam", "--lr=0.001", "--lmbd=0.0001", "--multi_gpu"])
    assert (found.lr, found.lmbd, found.optimizer) == (1e-3, 1e-4, "adam")
    assert found.data_augm and found.argument("use_sm") and found.multi_gpu


@pytest.mark.parametrize(
    "argv",
    [
        ["--model=deepercut", "--no-several", "--backbone=squeezenet", "--weights=w.h5"],
        ["--model=adversarial_posenet", "--adversaries=pose", "--lr_d=0.1", "--warm_up=7"],
        ["--model=self_adversarial", "--no-adversary"],
        ["--torso=box", "--graph=star", "--banks=2", "--lcn"],
    ],
)
def test_arguments_of_the_model_are_flags(argv):
    found = parse(argv)
    expected = {word.removeprefix("--").removeprefix("no-").partition("=")[0]: word.partition("=")[2] for word in argv}
    for name, text in expected.items():
        if name != "model":
            value = found.argument(name)
            assert value == (type(value)(text) if text else f"--{name}" in argv)


@pytest.mark.parametrize(
    ("argv", "stages", "epochs"),
    [
        (["--n_epochs=46"], "detector:38,spatial:2,joint:6", 46),
        (["--n_epochs=1"], "joint:1", 1),
        (["--stages=detector:2,joint:1"], "detector:2,joint:1", 3),
        (["--stages=joint"], "joint", 23),
        (["--stages=joint", "--n_epochs=4"], "joint", 4),
        (["--preset=figures_hourglass", "--n_epochs=4"], "joint", 4),
    ],
)
def test_epochs_and_stages_agree(argv, stages, epochs):
    found = parse(argv)
    assert (found.stages, found.n_epochs) == (stages, epochs)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--n_epochs=4", "--stages=detector:2,joint:1"], "`n_epochs` must be left out beside `stages`"),
        (["--n_epochs=0"], "`n_epochs` must be above 0"),
        (["--stages=all"], "`stages` must be names"),
        (["--preset=nothing"], "Known: figures, "),
        (["--preset=figures", "--model=hourglass"], "`model` must have the arguments of preset figures"),
        (["--preset=figures", "--resume"], "`--preset` must be given without --resume"),
        (["--pose_cfg=a", "--config=b"], "`--config` must be given without --pose_cfg"),
        (["--use_smm"], "unknown flag --use_smm; did you mean --use_sm?"),
        (["--model=hourglass", "--stack=4"], "unknown flag --stack; did you mean --stacks?"),
        (
            ["--model=hourglass", "--use_sm"],
            "`use_sm` must be an argument of hourglass. Received: `use_sm`, one of part",
        ),
        (["--model=hourglass", "--no-adversary"], "one of self_adversarial, self_adversarial_embedding"),
        (["--lr=fast"], "`lr` must be a number. Received: 'fast'"),
        (["--n_epochs=1.5"], "`n_epochs` must be a whole number. Received: '1.5'"),
        (["--filters=1,2"], "`filters` must be 5 numbers, such as 64,128,256,512,512. Received: '1,2'"),
        (["--image_size", "240"], "--image_size: expected 2 arguments"),
        (["stray"], "unknown argument stray"),
        (["--set", "sigma"], "`set` must be given NAME=VALUE"),
        (["--set", "sigm=1"], "Received: `sigm`; did you mean sigma? Known, beside the flags: use_sm, torso"),
        (["--set", "augmentation.angel=1"], "did you mean augmentation.angle?"),
        (["--set", "stacks=1"], "`stacks` must be an argument of part_detector. Received: `stacks`, one of hourglass"),
        (["--set", "weight_decay=1"], "`weight_decay` is set by `--lmbd`"),
        (["--set", "sigma=wide"], "`sigma` must be a number. Received: 'wide'"),
    ],
)
def test_a_mistake_is_answered_in_one_line(argv, message, capsys):
    assert message in refusal(argv, capsys)


@pytest.mark.parametrize("f", [f for f in FLAGS.values() if f.metadata["known"]], ids=lambda f: f.name)
def test_unknown_names_answer_with_the_known_ones(f, capsys):
    line = refusal([f"--{f.name}=nothing"], capsys)
    assert f"--{f.name}" in line and all(known in line for known in f.metadata["known"])


@pytest.mark.parametrize("name", [f.name for f in FLAGS.values() if f.type in (bool, bool | None)])
@pytest.mark.parametrize("preset", PRESETS)
def test_questions_are_answered_both_ways(name, preset, capsys):
    if name == "resume":
        pytest.skip("reads another config; tested below")
    if name == "prior" and not (PRESETS[preset].argument("use_sm") or preset.endswith("coco_deepercut")):
        pytest.skip("of models with a prior only; tested with the flags without effect")
    assert getattr(parse([f"--preset={preset}", f"--{name}"]), name) is True
    assert getattr(parse([f"--preset={preset}", f"--no-{name}"]), name) is False


def test_xla_is_decided_by_the_device_unless_told():
    assert parse([]).xla is None


def test_settings_are_arguments_of_the_model_and_fields_of_the_augmentation():
    found = parse(
        ["--model=hourglass", "--set", "stacks=4", "sigma=1.5", "augmentation.angle=30", "--set", "lr=1e-3"]
        + ["augmentation.scale=0.5,2"]
    )
    before = PRESETS["figures_hourglass"]
    assert found.model_args == {**before.model_args, "stacks": 4, "sigma": 1.5}
    assert found.augmentation == {**before.augmentation, "angle": 30.0, "scale": (0.5, 2.0)}
    assert found.lr == 1e-3


def test_a_graph_can_be_pairs_of_keypoints():
    found = parse(["--model=deepercut", "--set", "graph=[(0, 1), (0, 2)]", "frozen_statistics=true", "weights=w.h5"])
    assert found.argument("graph") == ((0, 1), (0, 2)) and found.argument("frozen_statistics") is True


def test_help_shows_the_flags_and_the_values_of_the_chosen_preset(capsys):
    shown = {}
    for name in ("flic", "figures_hourglass"):
        with pytest.raises(SystemExit):
            parse([f"--preset={name}", "--help"])
        shown[name] = " ".join(capsys.readouterr().out.split())
        assert all(f"--{flag}" in shown[name] for flag in FLAGS)
        assert all(preset in shown[name] and text in shown[name] for preset, text in presets.DESCRIPTIONS.items())
        for argument in signatures.arguments(PRESETS[name].model):
            assert f"--{argument}" in shown[name]
    assert "--torso" in shown["flic"] and "(default: truth)" in shown["flic"] and "480 720" in shown["flic"]
    assert "--torso" not in shown["figures_hourglass"] and "--stacks" in shown["figures_hourglass"]


def test_help_shows_what_applies_without_a_preset(capsys):
    with pytest.raises(SystemExit):
        parse(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert "preset figures" in shown
    for text in ("learning rate at the start (default: 0.003)", "(default: 128 192)", "(default: 23)"):
        assert text in shown


@pytest.mark.parametrize("command", [["-m", "tfpose", "train"], ["-m", "tfpose.training"], ["train.py"]])
def test_help_answers_at_once(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *command, "--help"], cwd=ROOT, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0 and done.stdout.startswith("usage: tfpose train")
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.5


@pytest.mark.parametrize(
    ("flags", "several", "folder"),
    [
        ([], False, "data/figures"),
        (["--model=deepercut"], True, "data/figures"),
        (["--model=deepercut", "--no-several", "--no-pairwise"], False, "data/figures"),
        (["--data_dir=data/mine"], None, "data/mine"),
    ],
)
def test_the_built_in_data_set_is_made_when_none_is_given(monkeypatch, flags, several, folder):
    made = []
    monkeypatch.setattr(built_in.loop, "train", lambda config: config)
    monkeypatch.setattr(built_in.convert, "built_in", lambda *, several: made.append(several) or "data/figures")
    assert built_in.train(parse(flags)).data_dir == folder
    assert made == ([] if several is None else [several])


def test_what_is_parsed_can_be_written_and_read_back():
    config = parse(["--model=deepercut", "--set", "graph=[(0, 1)]"])
    assert from_dict(json.loads(json.dumps(dataclasses.asdict(config)))) == config
