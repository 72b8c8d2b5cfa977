"""Runs on a pretrained backbone: rates of its layers, growing sizes, and going on."""

import pathlib

import keras
import numpy as np
import pytest

from tests.synthetic_runs import config, rows
from tfpose.prediction.loading import load_model
from tfpose.training import loop

SQUEEZENET = {"trunk": "squeezenet", "use_sm": False}
GROWING = {"sizes": "32x48:0.5,64x96:1", "image_size": (64, 96)}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_layers_of_the_backbone_learn_at_their_own_rate(dots):
    def moved(**flags):
        keras.utils.clear_session()
        model, _ = loop.train(config(dots, **SQUEEZENET, n_epochs=1, schedule="constant", overwrite=True, **flags))
        return model

    slow, fast = moved(trunk_lr=1e-9), moved(trunk_lr=1e-3)
    keras.utils.set_random_seed(0)
    before = moved(trunk_lr=1e-9, lr=1e-9)
    kernels = [
        model.get_layer("backbone").get_layer("fire9_expand3x3").kernel.numpy() for model in (slow, fast, before)
    ]
    np.testing.assert_allclose(kernels[0], kernels[2], atol=1e-6)
    assert np.abs(kernels[1] - kernels[2]).max() > 1e-4
    heads = [model.get_layer("parts").kernel.numpy() for model in (slow, before)]
    assert np.abs(heads[0] - heads[1]).max() > 1e-4


def test_a_rate_for_the_backbone_needs_one(dots):
    with pytest.raises(ValueError, match="`trunk_lr` needs a `trunk` with a backbone. Received: 0.1"):
        loop.train(config(dots, trunk_lr=0.1))
    assert not pathlib.Path("models_ex").exists()


@pytest.mark.slow
def test_a_stage_that_freezes_the_backbone_does_not_need_its_learning_rate(dots):
    flags = {**SQUEEZENET, "use_sm": True, "trunk_lr": 1e-4, "stages": "spatial:1,joint:1", "n_epochs": 2}
    loop.train(config(dots, **flags))
    assert len(rows()) == 2


@pytest.mark.parametrize(
    "options", [pytest.param(SQUEEZENET, marks=pytest.mark.slow), {"use_sm": True}], ids=["backbone", "spatial model"]
)
def test_a_run_grows_with_its_images(dots, options):
    model, folder = loop.train(config(dots, **options, **GROWING))
    assert model.codec.image_size == load_model(folder / "last.keras").codec.image_size == (64, 96)
    assert len(rows()) == 2 and all(np.isfinite(float(row["loss"])) for row in rows())
    assert sorted(path.name for path in folder.glob("state_*")) == [
        "state_0_joint.weights.h5",
        "state_1_joint.weights.h5",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("stopped", [1, 2, 3])
def test_a_growing_run_that_went_on_equals_one_that_never_stopped(dots, stopped):
    def train(**flags):
        keras.utils.clear_session()
        return loop.train(config(dots, **SQUEEZENET, **GROWING, trunk_lr=1e-4, ema=0.9, n_epochs=4, **flags))[0]

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == stopped:
                raise RuntimeError

    whole = train(run="whole")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr("tfpose.models.pose_model.PoseModel.callbacks", lambda self: [Stop()])
        train(run="parts")
    parts = train(run="parts", resume=True)
    for a, b in zip(whole.variables, parts.variables, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=a.path)
