"""No flag is accepted and ignored: over all flags and models."""

import ast
import dataclasses
import inspect
import pathlib
import re

import pytest

from tfpose import models, training
from tfpose.training import presets, signatures
from tfpose.training.applicability import ADVERSARY, RULES
from tfpose.training.cli import parse
from tfpose.training.config import FLAGS, Config

OTHER = {  # A value that no preset has, where it cannot be made from the default.
    "preset": None, "resume": None, "model": None,  # What a run starts from; tested in test_cli.py.
    "skeleton": "penn_action", "loss": "bce_skew", "optimizer": "sgd", "schedule": "constant", "metric": "box_pck",
    "precision": "mixed_float16", "stages": "joint:77", "multi_step": "0.5:10,0.1:77", "image_size": "32 32",
    "xla": "true", "ema": "0.77", "cluster": "none", "restore_model": "other.keras",
}  # fmt: skip
EVERY_ARGUMENT = {name for model in models.MODELS for name in signatures.arguments(model)}
EVERY_FLAG = sorted({*FLAGS, *EVERY_ARGUMENT, *(f"augmentation.{name}" for name in signatures.augmentation())})


def other(name, default):
    """The text of a value that differs from the default."""
    if name in OTHER:
        return OTHER[name]
    if isinstance(default, bool):
        return str(not default)
    if isinstance(default, tuple):
        return ",".join(str(type(value)(value + 1)) for value in default)
    if isinstance(default, int | float):
        return str(type(default)(default + 1 if default else 1) if name not in ("mirror", "turned") else 0.25)
    return "different"


def value_of(config, name):
    """What a configuration says for a flag."""
    if name.startswith("augmentation."):
        return config.augmentation.get(name.removeprefix("augmentation."))
    return getattr(config, name) if name in FLAGS else config.argument(name)


def flags(name, model):
    """Flags that set a name to another value than that of the model's preset."""
    preset = PRESET[model]
    if name.startswith("augmentation."):
        field = name.removeprefix("augmentation.")
        text = other(field, preset.augmentation.get(field, signatures.augmentation()[field].default))
        return [f"--set={name}={text}"]
    default = value_of(preset, name) if name in FLAGS or name in signatures.arguments(model) else 7
    text = other(name, default)
    if name == "image_size":
        return [f"--{name}", *text.split()]
    if isinstance(default, bool) or name == "xla":
        return [f"--{'' if text.lower() == 'true' else 'no-'}{name}"]
    return [f"--{name}={text}"]


PRESET = {model: presets.PRESETS[presets.built_in(model)] for model in models.MODELS}


@pytest.mark.parametrize("model", models.MODELS)
@pytest.mark.parametrize("name", [name for name in EVERY_FLAG if OTHER.get(name, "") is not None])
def test_every_flag_of_every_model_acts_or_is_refused_by_name(name, model, capsys):
    try:
        found = parse([f"--model={model}", *flags(name, model)])
    except (SystemExit, ValueError) as refused:
        line = capsys.readouterr().err + str(refused)
        assert f"`{name}`" in line or f"--{name}" in line
        assert name in EVERY_ARGUMENT or name in {flag for rule in RULES for flag in rule.flags}
    else:
        assert value_of(found, name) != value_of(PRESET[model], name)


@pytest.mark.parametrize("name", sorted(set(FLAGS) - {"preset"}))
def test_every_field_is_read_by_training(name):
    """So that a flag that is stored is not forgotten; `preset` is read where it is printed."""
    folder = pathlib.Path(training.__path__[0])
    read = set()
    for path in folder.glob("*.py"):
        if path.stem in ("batches", "build", "loop", "devices"):
            read |= {
                node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)
            }
    assert name in read


@pytest.mark.parametrize("model", models.MODELS)
def test_every_argument_reaches_the_model(model):
    """Arguments that a constructor takes and does not use would be flags without effect."""
    source = inspect.getsource(inspect.unwrap(models.MODELS[model].__init__))
    names = [node.id for node in ast.walk(ast.parse(inspect.cleandoc(source).strip())) if isinstance(node, ast.Name)]
    in_losses = r'self\.config\[f?"([^"]+)"\]'  # Used by the model's losses: `{head}_loss_weight`, for example.
    patterns = [
        re.sub(r"\{\w+\}", r"\\w+", key) for key in re.findall(in_losses, inspect.getsource(models.MODELS[model]))
    ]
    own = inspect.signature(models.MODELS[model].__init__).parameters  # Not those that it forwards as `**options`.
    for name in signatures.arguments(model):
        assert name not in own or name in names or any(re.fullmatch(pattern, name) for pattern in patterns), name


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["--model=deepercut", "--metric=pck"], "metric"),
        (["--model=hourglass", "--max_people=3"], "max_people"),
        (["--model=deepercut", "--no-several", "--max_people=3"], "max_people"),
        (["--model=hourglass", "--prior"], "prior"),
        (["--model=self_adversarial", "--no-prior"], "prior"),
        (["--no-use_sm", "--stages=joint", "--prior"], "prior"),
        (["--model=deepercut", "--no-pairwise", "--no-several", "--prior"], "prior"),
        (["--no-use_sm", "--stages=joint", "--torso=box"], "torso"),
        (["--no-use_sm", "--stages=joint", "--graph=star"], "graph"),
        (["--no-use_sm", "--stages=joint", "--method=conv"], "method"),
        (["--no-data_augm", "--set", "augmentation.mirror=0"], "augmentation.mirror"),
        (["--model=self_adversarial", "--no-adversary", "--lr_d=1"], "lr_d"),
        (["--model=self_adversarial", "--no-adversary", "--set", "lambda_k=1"], "lambda_k"),
        (["--model=self_adversarial_embedding", "--no-adversary", "--discriminator_stem=8"], "discriminator_stem"),
        (["--model=adversarial_posenet", "--adversaries=none", "--warm_up=1"], "warm_up"),
        (["--model=adversarial_posenet", "--adversaries=none", "--updates=paper"], "updates"),
        (["--model=adversarial_posenet", "--adversaries=pose", "--epsilon=1"], "epsilon"),
        (["--model=adversarial_posenet", "--adversaries=confidence", "--delta=1"], "delta"),
        (["--preset=coco_deepercut", "--lr=1"], "lr"),
        (["--preset=coco_deepercut", "--schedule=cosine"], "schedule"),
        (["--multi_step=0.1:10", "--lr=1"], "lr"),
        (["--model=deepercut", "--no-pairwise", "--pairwise_loss_weight=1"], "pairwise_loss_weight"),
        (["--model=deepercut", "--no-several", "--staged"], "staged"),
        (["--model=deepercut", "--no-several", "--nms_radius=1"], "nms_radius"),
        (["--model=deepercut", "--set", "terms=a.npz", "graph=full"], "graph"),
        (["--no-use_sm", "--stages=joint", "--set", "torso=box"], "torso"),
    ],
)
def test_a_flag_that_another_switches_off_is_refused_by_name(argv, name):
    with pytest.raises(ValueError, match=f"`{name}` has no effect on this run: it needs .* Received: "):
        parse(argv)


@pytest.mark.parametrize(
    "argv",
    [
        ["--preset=coco_deepercut", "--multi_step=", "--lr=1", "--schedule=cosine", "--n_epochs=2"],
        ["--no-data_augm"],
        ["--no-use_sm", "--stages=joint"],
        ["--model=adversarial_posenet", "--adversaries=pose", "--delta=1"],
        ["--model=deepercut", "--no-several", "--metric=pck"],
        ["--no-prior"],
    ],
)
def test_flags_that_go_together_are_taken(argv):
    parse(argv)


def test_arguments_of_the_adversaries_are_those_that_their_generators_lack():
    for model, generator in (
        ("self_adversarial", "hourglass"),
        ("self_adversarial_embedding", "associative_embedding"),
    ):
        own = set(signatures.arguments(model)) - set(signatures.arguments(generator))
        assert own - {"adversary"} <= set(ADVERSARY)


def test_a_pose_cfg_whose_augmentation_is_switched_off_says_so(tmp_path, capsys):
    path = tmp_path / "pose_cfg.yaml"
    path.write_text("mirror: true\nscale_jitter_lo: 0.5\n")
    assert parse([f"--pose_cfg={path}"]).data_augm
    assert "no effect" not in capsys.readouterr().out
    assert not parse([f"--pose_cfg={path}", "--no-data_augm"]).data_augm
    assert "mirror and scale_jitter of pose_cfg have no effect" in capsys.readouterr().out


def test_rules_are_about_flags_that_exist():
    known = {*FLAGS, *EVERY_ARGUMENT, *(f.name for f in dataclasses.fields(Config))}
    assert all(set(rule.flags) <= known and rule.model in ("", *models.MODELS) for rule in RULES)
