import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.synthetic_runs import config, rows
from tfpose import skeletons
from tfpose.__main__ import plain_errors
from tfpose.data import records
from tfpose.metrics import DetectionRate
from tfpose.models.train_step import TapeTraining
from tfpose.training import build, loop

ROOT = pathlib.Path(__file__).parents[2]
RUN = """
import tensorflow as tf
from tfpose.__main__ import plain_errors
from tfpose.training import config, loop
tf.config.experimental.enable_op_determinism()
with plain_errors():
    loop.train(config.from_dict({}))
"""


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_an_old_run_is_not_overwritten(dots):
    loop.train(config(dots, n_epochs=1))
    before = pathlib.Path("models_ex/a/log.csv").read_text()
    with pytest.raises(ValueError, match="--resume"):
        loop.train(config(dots, n_epochs=1))
    assert pathlib.Path("models_ex/a/log.csv").read_text() == before
    loop.train(config(dots, n_epochs=1, overwrite=True, seed=1))
    assert len(rows()) == 1 and pathlib.Path("models_ex/a/log.csv").read_text() != before


@pytest.mark.slow
@pytest.mark.parametrize("ema", [0.0, 0.9])
@pytest.mark.parametrize("stages", ["joint", "detector:2,joint:2"])
def test_a_run_killed_in_any_epoch_resumes_to_the_same_files(dots, stages, ema):
    flags = {"n_epochs": 4, "stages": stages, "ema": ema}
    run_apart(config(dots, run="whole", **flags))
    for epoch in (1, 2, 3):
        name = f"ended_{epoch}"
        # SIGTERM comes from schedulers, SIGKILL some time later.
        by = signal.SIGTERM if epoch == 2 else signal.SIGKILL
        process = start_apart(config(dots, run=name, **flags))
        log = pathlib.Path("models_ex", name, "log.csv")
        while process.poll() is None and not (log.exists() and len(rows(name)) >= epoch):
            time.sleep(0.01)
        process.send_signal(by)
        _, errors = process.communicate()
        assert process.returncode == (-by if by == signal.SIGKILL else 143), errors.decode()[-2000:]
        assert pathlib.Path("models_ex", name, "interrupted.keras").exists() == (by == signal.SIGTERM)
        run_apart(config(dots, run=name, resume=True, **flags))
        for file in ("last", "best"):
            assert_same_model(*(f"models_ex/{run}/{file}.keras" for run in ("whole", name)))
        assert (
            pathlib.Path("models_ex", name, "log.csv").read_text()
            == pathlib.Path("models_ex/whole/log.csv").read_text()
        )


def assert_same_model(*paths):
    whole, other = (keras.saving.load_model(path, compile=False) for path in paths)
    for a, b in zip(whole.variables, other.variables, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=a.path)


def start_apart(chosen):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    fields = json.dumps(chosen.__dict__).replace("true", "True").replace("false", "False").replace("null", "None")
    return subprocess.Popen(
        [sys.executable, "-c", RUN.format(fields)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def run_apart(chosen):
    process = start_apart(chosen)
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()[-2000:]


def test_with_averages_a_resumed_run_ends_with_the_averages(dots):
    """Also one that had finished: its state holds the trained weights."""
    flags = {"ema": 0.9, "n_epochs": 1}
    loop.train(config(dots, **flags))
    first = pathlib.Path("models_ex/a/last.keras").rename("first.keras")
    keras.utils.clear_session(free_memory=False)
    loop.train(config(dots, resume=True, **flags))
    assert_same_model(first, "models_ex/a/last.keras")
    assert_same_model(first, "models_ex/a/best.keras")


def test_resuming_goes_on_where_the_last_finished_epoch_ended(dots, capsys):
    loop.train(config(dots, n_epochs=2, optimizer="momentum", ema=0.9))
    keras.utils.clear_session(free_memory=False)
    loop.train(config(dots, n_epochs=3, optimizer="momentum", ema=0.9, resume=True))
    assert [row["epoch"] for row in rows()] == ["1", "2", "3"]
    assert "Resumes models_ex/a at epoch 3 of 3.\n" in capsys.readouterr().out


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_batch(dots):
    with pytest.raises(FloatingPointError, match=r"lower --lr.*epoch 1, step \d.*nan_batch.npz"):
        loop.train(config(dots, optimizer="sgd", lr=1e12, clip=0.0, prior=False, schedule="constant"))
    batch = np.load("models_ex/a/nan_batch.npz")
    assert batch["images"].shape == (4, 48, 64, 3) and batch["keypoints"].shape == (4, 1, 11, 3)


def test_a_gradient_of_the_last_step_that_is_not_finite_fails_and_saves_nothing(dots, monkeypatch):
    apply = TapeTraining.apply_gradients

    def poisoned(self, optimizer, gradients, variables):
        factor = tf.where(optimizer.iterations == 5, np.nan, 1.0)  # Two epochs of three steps.
        return apply(self, optimizer, [factor * gradient for gradient in gradients], variables)

    monkeypatch.setattr(TapeTraining, "apply_gradients", poisoned)
    with pytest.raises(SystemExit) as end, plain_errors():
        loop.train(config(dots, n_epochs=2))
    assert "NaN or infinity after epoch 2, step 3" in end.value.code  # Text, with which Python exits with 1.
    assert len(rows()) == 1 and not pathlib.Path("models_ex/a/last.keras").exists()
    best = keras.saving.load_model("models_ex/a/best.keras", compile=False)
    assert all(np.isfinite(v).all() for v in best.get_weights())
    with h5py.File("models_ex/a/state_0_joint.weights.h5") as state:
        assert state.attrs["epochs"] == 1


def test_sigterm_saves_says_how_to_go_on_and_exits_with_143(dots, monkeypatch, capsys):
    monkeypatch.setattr(DetectionRate, "result", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as end, plain_errors():
        loop.train(config(dots))
    assert end.value.code == 143 and signal.getsignal(signal.SIGTERM) == before
    assert "--run=a --resume" in capsys.readouterr().err
    assert keras.saving.load_model("models_ex/a/interrupted.keras", compile=False)


def test_interrupting_saves_and_says_how_to_go_on(dots, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(DetectionRate, "result", interrupt)
    with pytest.raises(KeyboardInterrupt, match="--run=a --resume"):
        loop.train(config(dots))
    assert pathlib.Path("models_ex/a/interrupted.keras").exists()


def test_weights_of_another_run_are_taken_over_where_they_fit(dots, capsys):
    first, _ = loop.train(config(dots, n_epochs=1))
    keras.utils.clear_session(free_memory=False)
    other = build.build(config(dots, torso="box"), skeletons.FLIC)
    build.restore(other, "models_ex/a/last.keras")
    for name in ("bank1_conv1", "parts"):
        np.testing.assert_array_equal(other.get_layer(name).kernel, first.get_layer(name).kernel)
    np.testing.assert_array_equal(other.spatial_model.energies, first.spatial_model.energies)
    assert re.search(r"Restored (\d+) of \1 variables", capsys.readouterr().out)
    with pytest.raises(ValueError, match="Received: 'nothing.keras'"):
        build.restore(other, "nothing.keras")


def test_a_spatial_model_on_a_restored_detector_begins_with_the_prior_and_a_trained_one_is_kept(dots):
    people = records.load(dots, "train")
    detector = build.build(config(dots, use_sm=False), skeletons.FLIC)
    detector.save("detector.keras")
    flags = {"use_sm": True, "torso": "none"}
    model = build.build(config(dots, restore_model="detector.keras", **flags), skeletons.FLIC)
    statistics = build.initialize(model, config(dots, restore_model="detector.keras", **flags), people)
    expected = build.build(config(dots, **flags), skeletons.FLIC)
    build.initialize(expected, config(dots, **flags), people)
    np.testing.assert_array_equal(model.spatial_model.energies, expected.spatial_model.energies)
    np.testing.assert_array_equal(model.get_layer("parts").kernel, detector.get_layer("parts").kernel)
    assert statistics["prior"].shape == model.spatial_model.energies.shape

    model.spatial_model.energies.assign(model.spatial_model.energies + 1)
    model.save("both.keras")
    assert not build.initialize(expected, config(dots, restore_model="both.keras", **flags), people)
    np.testing.assert_array_equal(expected.spatial_model.energies, model.spatial_model.energies)
