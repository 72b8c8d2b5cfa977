import dataclasses
import json

import pytest

from tfpose import metrics, models
from tfpose.data import crops
from tfpose.training import config, optimizers, presets, signatures
from tfpose.training.config import FLAGS, Config, from_dict
from tfpose.training.presets import PRESETS

# The config.json of `train.py --data_augm --use_sm --optimizer=adam`, as version 0.1 wrote it.
OLD = """{
  "model": "part_detector", "model_args": {"filters": [16, 32, 48, 64, 64], "kernels": [5, 5, 5, 3, 3, 7]},
  "data_dir": "data/figures", "skeleton": "", "train_split": "train[:95%]", "val_split": "train[95%:]",
  "image_size": [128, 192], "use_sm": true, "torso": "predicted", "graph": "full", "prior": true,
  "stages": "detector:19,spatial:1,joint:3", "banks": 3, "lcn": false, "backbone": "resnet101", "weights": "",
  "several": true, "adversaries": "both", "adversary": true, "adversarial_weight": 1.0, "warm_up": 0, "lr_d": 0.0,
  "loss": "", "data_augm": true, "augmentation": {}, "cache": false, "max_people": 30, "metric": "detection_rate",
  "optimizer": "adam", "lr": 0.003, "schedule": "cosine", "multi_step": "", "lmbd": 0.0, "clip": 4.0, "ema": 0.0,
  "n_epochs": 10, "batch_size": 16, "precision": "auto", "xla": null, "multi_gpu": false, "debug": false,
  "restore_model": "", "resume": false, "histograms": false, "run": "base", "seed": 0
}"""


@pytest.mark.parametrize("name", PRESETS)
def test_a_config_survives_json(name):
    again = from_dict(json.loads(json.dumps(dataclasses.asdict(PRESETS[name]))))
    assert again == PRESETS[name]
    assert hash(again.image_size) == hash(PRESETS[name].image_size)


def test_arguments_of_models_in_older_runs_have_their_names_of_now():
    found = from_dict({"model": "adversarial_posenet", "model_args": {"judge_features": 32}})
    assert found.model_args == {"discriminator_features": 32}


def test_the_config_of_an_older_run_is_that_of_todays_preset():
    expected = dataclasses.replace(
        PRESETS["figures"], preset="", data_dir="data/figures", metric="detection_rate", n_epochs=10, run="base"
    )
    found = from_dict(json.loads(OLD))
    every = signatures.arguments("part_detector")
    assert {name: found.argument(name) for name in every} == {name: expected.argument(name) for name in every}
    assert dataclasses.replace(found, model_args={}) == dataclasses.replace(expected, model_args={})


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"model": "deepercut", "several": False, "model_args": {"graph": "sparse"}},
            {"several": False, "graph": "sparse"},
        ),
        ({"model": "self_adversarial", "lr_d": 2e-4, "model_args": {}}, {"lr_d": 2e-4, "adversary": True}),
        ({"model": "deepercut", "model_args": {}, "weights": "imagenet"}, {"weights": "imagenet", "several": True}),
    ],
)
def test_flags_of_an_older_run_become_arguments_of_its_model(changed, expected):
    found = from_dict({**json.loads(OLD), **changed})
    assert {name: found.argument(name) for name in expected} == expected
    assert set(found.model_args) <= set(signatures.arguments(found.model))


def test_an_unknown_field_names_the_nearest():
    with pytest.raises(ValueError, match="Received: batchsize; did you mean batch_size?"):
        from_dict({"batchsize": 3})


def test_a_config_is_not_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().lr = 1.0


@pytest.mark.parametrize("name", [name for name, f in FLAGS.items() if f.metadata["known"]])
def test_an_unknown_choice_is_refused_with_the_known_ones(name):
    with pytest.raises(ValueError, match=f"Unknown `{name}`. Received: 'nothing'. Known: ") as refusal:
        Config(**{name: "nothing"})
    assert all(known in str(refusal.value) for known in FLAGS[name].metadata["known"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("batch_size", 0), ("n_epochs", -1), ("n_epochs", 0), ("max_people", 0), ("image_size", (0, 64)), ("lr", 0.0),
        ("lr", float("nan")), ("ema", 1.0), ("ema", -0.1), ("clip", -1.0), ("lmbd", -1e-3), ("seed", -1),
    ],
)  # fmt: skip
def test_a_number_out_of_its_range_is_refused(field, value):
    with pytest.raises(ValueError, match=f"`{field}`.* Received"):
        Config(**{field: value})


def test_choices_are_those_of_their_modules():
    losses = {name for model in models.MODELS.values() for name in model.LOSSES}
    assert set(config.LOSSES) == losses and len(set(config.LOSSES)) == len(config.LOSSES)
    assert (*crops.CROPS, crops.RECORDS) == config.CROPS
    assert tuple(metrics.METRICS) == config.METRICS
    assert tuple(optimizers.OPTIMIZERS) == config.OPTIMIZERS
    assert tuple(optimizers.SCHEDULES) == config.SCHEDULES


@pytest.mark.parametrize("name", PRESETS)
def test_no_preset_looks_at_its_test_split(name):
    """Held-out training people choose the best epoch; they and those trained on are disjoint."""
    train, val = PRESETS[name].train_split, PRESETS[name].val_split
    assert (train, val) == ("train[:95%]", "train[95%:]")


@pytest.mark.parametrize("name", PRESETS)
def test_epochs_of_a_preset_are_those_of_its_stages(name):
    preset = PRESETS[name]
    numbers = [int(part.partition(":")[2]) for part in preset.stages.split(",") if ":" in part]
    assert not numbers or sum(numbers) == preset.n_epochs


@pytest.mark.parametrize("model", signatures.models())
def test_every_model_has_a_preset_on_the_built_in_data(model):
    assert PRESETS[presets.built_in(model)].model == model
    assert PRESETS[presets.built_in(model)].data_dir == ""


def test_every_preset_is_described_in_one_line():
    assert presets.DESCRIPTIONS.keys() == PRESETS.keys()
    assert all(text and "\n" not in text and len(text) < 100 for text in presets.DESCRIPTIONS.values())


def test_the_full_recipe_is_that_of_the_reference():
    flic = PRESETS["flic"]
    assert (flic.image_size, flic.n_epochs, flic.batch_size, flic.lr, flic.lmbd) == ((480, 720), 60, 14, 1e-3, 1e-3)
    assert flic.data_augm and flic.optimizer == "adam"
    assert flic.model_args == {"use_sm": True, "torso": "truth"}
    assert (flic.schedule, flic.clip, flic.argument("banks")) == ("steps", 4.0, 3)
