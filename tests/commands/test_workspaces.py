"""Records are published whole; whenever a process dies, the older or the newer ones are there afterwards."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest

from tfpose.commands import workspaces

SCRIPT = """
import os, pathlib, signal, sys
from tfpose.commands import workspaces
target, deadly = pathlib.Path(sys.argv[1]), int(sys.argv[2])
calls, rename = [], os.rename
def dying(*paths):
    calls.append(paths)
    if len(calls) > deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    rename(*paths)
os.rename = dying
with workspaces.workspace(target) as folder:
    (folder / "new").mkdir()
    (folder / "new" / "records").write_text("new")
    workspaces.publish(folder / "new", target, folder)
"""


def write(target, text):
    target.mkdir(parents=True)
    (target / "records").write_text(text)


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_older_records_survive_a_kill_at_every_rename(tmp_path, renames):
    target = tmp_path / "data" / "flic"
    write(target, "old")
    root = pathlib.Path(__file__).parents[2]
    command = [sys.executable, "-c", SCRIPT, str(target), str(renames)]
    run = subprocess.run(command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)})
    assert run.returncode == (-signal.SIGKILL if renames < 2 else 0)
    workspaces.recover(target)
    assert (target / "records").read_text() == ("old" if renames < 2 else "new")
    assert os.listdir(target.parent) == ["flic"]


def test_older_records_survive_an_error_between_the_renames(tmp_path):
    target = tmp_path / "flic"
    write(target, "old")
    with pytest.raises(FileNotFoundError), workspaces.workspace(target) as folder:
        workspaces.publish(folder / "nothing", target, folder)
    assert (target / "records").read_text() == "old" and os.listdir(tmp_path) == ["flic"]


def test_strange_folders_beside_the_records_are_left_alone(tmp_path):
    target = tmp_path / "flic"
    strange = tmp_path / f".flic.mine{workspaces._suffix()}"
    strange.mkdir()
    workspaces.recover(target)
    assert strange.is_dir()
