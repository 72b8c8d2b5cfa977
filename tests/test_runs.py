import json
import os

import pytest

from tfpose import runs


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


CONFIG = {"lr": 0.1, "image_size": [1, 2], "run": "", "resume": False}


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


def test_a_new_run_refuses_an_existing_name():
    folder = runs.folder("mine", "part_detector", CONFIG)
    with pytest.raises(ValueError, match="must be new.*Received: 'mine'"):
        runs.folder("mine", "part_detector", {**CONFIG, "lr": 0.2})
    assert runs.read_config(folder)["lr"] == 0.1


def test_the_newest_run_is_the_one_started_last():
    for name, at in (("b", 100), ("c", 300), ("a", 200)):
        started(name, at)
    (runs.MODELS / "notes").mkdir()
    assert runs.newest() == runs.MODELS / "c"


def test_without_a_run_there_is_none_to_take():
    with pytest.raises(ValueError, match="Received: none in models_ex/"):
        runs.newest()


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
