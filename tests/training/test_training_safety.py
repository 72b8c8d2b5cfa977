import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from tests.synthetic_runs import config, rows
from tfpose import skeletons
from tfpose.metrics import DetectionRate
from tfpose.training import build, loop

ROOT = pathlib.Path(__file__).parents[2]
RUN = """
import sys, tensorflow as tf
from tfpose.training import config, loop
tf.config.experimental.enable_op_determinism()
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
@pytest.mark.parametrize("stages", ["joint", "detector:2,joint:2"])
def test_a_run_killed_in_any_epoch_resumes_to_the_same_weights(dots, stages):
    flags = {"n_epochs": 4, "stages": stages}
    run_apart(config(dots, run="whole", **flags))
    for epoch in (1, 2, 3):
        name = f"killed_{epoch}"
        process = start_apart(config(dots, run=name, **flags))
        log = pathlib.Path("models_ex", name, "log.csv")
        while process.poll() is None and not (log.exists() and len(rows(name)) >= epoch):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        run_apart(config(dots, run=name, resume=True, **flags))
        whole, killed = (
            keras.saving.load_model(f"models_ex/{run}/last.keras", compile=False) for run in ("whole", name)
        )
        for a, b in zip(whole.variables, killed.variables, strict=True):
            np.testing.assert_array_equal(a, b, err_msg=a.path)
        assert [row["epoch"] for row in rows(name)] == ["1", "2", "3", "4"]


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


def test_resuming_goes_on_where_the_last_finished_epoch_ended(dots, capsys):
    loop.train(config(dots, n_epochs=2, optimizer="momentum", ema=0.9))
    keras.utils.clear_session(free_memory=False)
    loop.train(config(dots, n_epochs=3, optimizer="momentum", ema=0.9, resume=True))
    assert [row["epoch"] for row in rows()] == ["1", "2", "3"]
    assert "Resumes models_ex/a at epoch 3 of 3.\n" in capsys.readouterr().out


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_batch(dots):
    with pytest.raises(FloatingPointError, match=r"lower --lr.*epoch 1, step \d.*nan_batch.npz"):
        loop.train(config(dots, optimizer="sgd", lr=1e12, clip=0.0, prior=False, schedule="constant"))
    batch = np.load("models_ex/a/nan_batch.npz")
    assert batch["images"].shape == (4, 48, 64, 3) and batch["keypoints"].shape == (4, 1, 11, 3)


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
