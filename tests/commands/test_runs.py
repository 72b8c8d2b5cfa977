import datetime
import json
import os
import pathlib
import subprocess
import sys

import h5py
import pytest

from tfpose.commands import runs


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


ROOT = pathlib.Path(__file__).parents[2]
CONFIG = {"lr": 0.1, "image_size": [1, 2], "run": "", "resume": False, "overwrite": False}


def started(name, at):
    folder = runs.folder(name, "part_detector", CONFIG)
    os.utime(folder / "config.json", (at, at))
    return folder


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_run_keeps_its_config_and_versions():
    folder = runs.folder("mine", "part_detector", {**CONFIG, "image_size": (1, 2)})
    assert folder == runs.MODELS / "mine"
    assert runs.read_config(folder) == {**CONFIG, "run": "mine"}
    versions = json.loads((folder / "versions.json").read_text())
    assert {"python", "keras", "numpy"} <= set(versions)
    assert any(name.startswith("tensorflow") for name in versions)
    assert files(folder) == ["config.json", "versions.json"]


def test_a_run_without_name_is_called_by_time_and_model():
    assert runs.folder("", "part_detector", {}).name.endswith("_part_detector")


@pytest.mark.parametrize("file", ["log.csv", "best.keras", "interrupted.keras", "state_0_joint.weights.h5"])
def test_a_new_run_refuses_the_name_of_a_trained_one(file):
    folder = runs.folder("mine", "part_detector", CONFIG)
    (folder / file).write_text("")
    with pytest.raises(ValueError, match="must be new.*--overwrite.*Received: 'mine'"):
        runs.folder("mine", "part_detector", {**CONFIG, "lr": 0.2})
    assert runs.read_config(folder)["lr"] == 0.1 and (folder / file).exists()


def test_a_run_that_trained_nothing_yet_is_begun_anew():
    folder = runs.folder("mine", "part_detector", CONFIG)
    (folder / "notes.txt").write_text("mine")
    assert runs.folder("mine", "part_detector", {**CONFIG, "lr": 0.2}) == folder
    assert runs.read_config(folder)["lr"] == 0.2
    assert files(folder) == ["config.json", "notes.txt", "versions.json"]


def test_overwriting_replaces_a_trained_run_and_its_board_and_no_other():
    mine, other = (runs.folder(name, "part_detector", CONFIG) for name in ("mine", "other"))
    for name in ("mine", "other"):
        (runs.MODELS / name / "log.csv").write_text("epoch")
        (runs.BOARDS / name).mkdir(parents=True)
    again = runs.folder("mine", "part_detector", {**CONFIG, "overwrite": True}, overwrite=True)
    assert again == mine and files(mine) == ["config.json", "versions.json"]
    assert runs.read_config(mine) == {**CONFIG, "run": "mine"}
    assert files(other) == ["config.json", "log.csv", "versions.json"]
    assert files(runs.BOARDS) == ["other"]


def test_a_run_is_not_both_resumed_and_replaced():
    mine = started("mine", 100)
    with pytest.raises(ValueError, match="only one may be given"):
        runs.folder("mine", "part_detector", CONFIG, resume=True, overwrite=True)
    assert files(mine) == ["config.json", "versions.json"]


@pytest.mark.parametrize("name", ["../mine", "gs://nobody/x", "a/b", ".."])
def test_a_run_has_a_name_and_no_path(name):
    with pytest.raises(ValueError, match="`run` must be a name.*Received"):
        runs.folder(name, "part_detector", CONFIG)
    assert not runs.MODELS.exists()


@pytest.mark.parametrize(
    ("finished", "line"),
    [
        ((), "Resumes a at epoch 1 of 5."),
        ((2,), "Resumes a at epoch 3 of 5."),
        ((3, 1), "Resumes a at epoch 5 of 5."),
        ((3, 2), "Nothing is left to do: a has finished epoch 5 of 5. A larger --n_epochs adds some."),
    ],
)
def test_a_resumed_run_says_where_it_continues(finished, line):
    states = [pathlib.Path("a", f"state_{i}.weights.h5") for i in range(2)]
    states[0].parent.mkdir()
    for path, epochs in zip(states, finished, strict=False):
        with h5py.File(path, "w") as file:
            file.attrs["epochs"] = epochs
    assert runs.progress(states, 5) == line


def test_the_newest_run_is_the_one_started_last():
    for name, at in (("b", 100), ("c", 300), ("a", 200)):
        started(name, at)
    (runs.MODELS / "notes").mkdir()
    assert runs.newest() == runs.MODELS / "c"


def test_the_newest_run_can_be_asked_to_hold_a_file():
    for name, at in (("a", 100), ("b", 200)):
        started(name, at)
    (runs.MODELS / "a" / "best.keras").write_text("")
    assert runs.newest(holding="best.keras") == runs.MODELS / "a"


@pytest.mark.parametrize("file", ["config.json", "best.keras"])
def test_without_a_run_there_is_none_to_take(file):
    with pytest.raises(ValueError, match=f"a run with a {file}.*Received: none in models_ex/"):
        runs.newest(holding=file)


def test_resuming_finds_the_run_and_writes_nothing():
    mine, other = started("mine", 100), started("other", 200)
    again = {**CONFIG, "resume": True}
    assert runs.folder("mine", "part_detector", {**again, "run": "mine"}, resume=True) == mine
    assert runs.folder("", "part_detector", again, resume=True) == other
    assert files(mine) == files(other) == ["config.json", "versions.json"]


def test_resuming_with_other_flags_keeps_the_old_config_too():
    mine = started("mine", 100)
    runs.folder("mine", "part_detector", {**CONFIG, "lr": 0.2, "resume": True}, resume=True)
    assert runs.read_config(mine) == {**CONFIG, "lr": 0.2, "run": "mine"}
    (before,) = mine.glob("config_until_*.json")
    assert json.loads(before.read_text()) == {**CONFIG, "run": "mine"}


def test_resuming_a_missing_run_is_refused():
    with pytest.raises(ValueError, match="must hold a config.json"):
        runs.folder("missing", "part_detector", {}, resume=True)
    assert not runs.MODELS.exists()


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "value.json"
    runs.write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        runs.write_json(path, {"a": object()})
    assert json.loads(path.read_text()) == {"a": 1}
    assert [file.name for file in tmp_path.glob("value*")] == ["value.json"]


HOLDS = """
import sys
from tfpose.commands import runs
folder = runs.folder("mine", "part_detector", {})
with runs.only_process(folder):
    print("holds", flush=True)
    sys.stdin.read()
"""


def test_a_run_that_another_process_trains_is_refused_until_that_ends(monkeypatch):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", HOLDS]
    other = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"holds\n"
    before = (runs.MODELS / "mine" / "config.json").read_bytes()
    for flags in ({}, {"overwrite": True}, {"resume": True}):
        with pytest.raises(ValueError, match="`run` must be one that no other process trains.* Received: 'mine'."):
            runs.folder("mine", "hourglass", CONFIG, **flags)
    assert (runs.MODELS / "mine" / "config.json").read_bytes() == before
    other.kill()
    other.communicate()
    with runs.only_process(runs.folder("mine", "hourglass", CONFIG)):
        pass


def test_an_older_configuration_is_kept_though_the_clock_was_set_back(monkeypatch):
    class Stopped(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2020, 1, 1)

    monkeypatch.setattr(runs.datetime, "datetime", Stopped)
    runs.folder("mine", "part_detector", CONFIG)
    for lr in (0.2, 0.3):
        runs.folder("mine", "part_detector", {**CONFIG, "lr": lr}, resume=True)
    kept = [json.loads(path.read_text())["lr"] for path in sorted((runs.MODELS / "mine").glob("config_until_*"))]
    assert sorted(kept) == [0.1, 0.2]
