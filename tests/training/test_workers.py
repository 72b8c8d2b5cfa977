import pathlib
import signal
import time

import keras
import numpy as np
import pytest

from tests.models.test_every_model import TINY
from tests.synthetic_runs import config, rows
from tests.training import small_cluster
from tfpose import models
from tfpose.training import loop

TRAINED = {"n_epochs": 1, "batch_size": 2, "optimizer": "sgd", "schedule": "constant", "lr": 1e-3}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def settings(dots, name="part_detector", **flags):
    smaller = {"banks": 1} if name == "part_detector" else {}
    return config(dots, **{"model": name, "model_args": TINY[name] | smaller, "max_people": 3, **TRAINED, **flags})


@pytest.mark.slow
@pytest.mark.parametrize("name", models.MODELS)
def test_two_workers_learn_the_same_as_two_devices_of_one(dots, name):
    often = f"{dots}:4"  # An epoch shows everyone four times: 26 steps, or 20 of images.
    small_cluster.train(*[settings(often, name, run="workers")] * 2)
    loop.train(settings(often, name, run="devices", multi_gpu=True))
    assert_close("models_ex/workers/last.keras", "models_ex/devices/last.keras")
    numbers = [[list(map(float, row.values())) for row in rows(run)] for run in ("workers", "devices")]
    np.testing.assert_allclose(*numbers, rtol=1e-3, atol=1e-4)
    assert sorted(path.name for path in pathlib.Path("tb").iterdir()) == ["devices", "workers"]


def assert_close(*paths):
    first, second = (keras.saving.load_model(path, compile=False) for path in paths)
    for a, b in zip(first.variables, second.variables, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5, err_msg=a.path)


@pytest.mark.slow
def test_a_killed_worker_ends_the_other_and_resumed_they_equal_workers_that_never_stopped(dots):
    flags = {"n_epochs": 3, "ema": 0.9}
    small_cluster.train(*[settings(dots, run="whole", **flags)] * 2)
    for victim in (0, 1):
        name = f"killed_{victim}"
        processes = small_cluster.start(*[settings(dots, run=name, **flags)] * 2)
        small_cluster.wait_for(lambda name=name: len(logged(name)) == 2, processes)
        processes[victim].kill()
        moment = time.monotonic()
        statuses = small_cluster.finish(processes)
        assert statuses[victim] == -signal.SIGKILL and statuses[1 - victim] == 138
        assert time.monotonic() - moment < 60
        said = small_cluster.output(1 - victim).splitlines()[-1]
        assert said.startswith("tfpose: All workers must run until the end.") and f"lost worker {victim} (127" in said
        small_cluster.train(*[settings(dots, run=name, resume=True, **flags)] * 2)
        for file in ("last", "best"):
            assert_close(f"models_ex/whole/{file}.keras", f"models_ex/{name}/{file}.keras")
        assert rows(name) == rows("whole")


@pytest.mark.slow
@pytest.mark.parametrize("told", [0, 1])
def test_a_worker_told_to_stop_saves_and_all_exit_with_138(dots, told):
    processes = small_cluster.start(*[settings(dots, run="a", n_epochs=500)] * 2)
    small_cluster.wait_for(lambda: logged("a"), processes)
    processes[told].terminate()
    assert small_cluster.finish(processes) == [138, 138]
    assert "--run=a --resume` goes on" in small_cluster.output(0).splitlines()[-1]
    assert small_cluster.output(1).splitlines()[-1] == "Interrupted, as all workers are."
    assert keras.saving.load_model("models_ex/a/interrupted.keras", compile=False)


@pytest.mark.slow
def test_what_the_chief_refuses_ends_the_other_workers(dots):
    pathlib.Path("models_ex/a").mkdir(parents=True)
    pathlib.Path("models_ex/a/log.csv").write_text("epoch\n")
    assert small_cluster.finish(small_cluster.start(*[settings(dots, run="a")] * 2)) == [1, 138]
    assert "`run` must be new" in small_cluster.output(0).splitlines()[-1]
    assert "lost worker 0" in small_cluster.output(1).splitlines()[-1]


@pytest.mark.slow
def test_workers_with_other_flags_are_refused_by_all_before_anything_is_written(dots):
    processes = small_cluster.start(*(settings(dots, run="a", seed=seed) for seed in (0, 1)))
    assert small_cluster.finish(processes) == [1, 1]
    for index in (0, 1):
        assert f"Received: other values of seed on some. Worker {index} has seed={index}." in small_cluster.output(
            index
        )
    assert not pathlib.Path("models_ex").exists() and not pathlib.Path("tb").exists()


def logged(run):
    return rows(run) if pathlib.Path("models_ex", run, "log.csv").exists() else []
