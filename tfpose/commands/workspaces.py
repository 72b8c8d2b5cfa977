"""Folders that are written whole or not at all: records and exports get their name when they are complete."""

import contextlib
import glob
import os
import pathlib
import shutil
import socket

REPLACED = "replaced"  # Where the older folder waits in a workspace while the new one takes its place.


@contextlib.contextmanager
def workspace(target: pathlib.Path):
    """Makes a hidden folder beside the target, which is removed afterwards; removes those of killed processes, too."""
    recover(target)
    folder = target.parent / f".{target.name}.{os.getpid()}{_suffix()}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        _remove(folder, target)


def publish(complete: pathlib.Path, target: pathlib.Path, folder: pathlib.Path):
    """Moves a complete folder from the workspace `folder` to the target, in place of what was there before.

    A folder that is not empty cannot be replaced in one step. If this process is killed between the two, `recover`
    brings the older one back.
    """
    if target.exists():
        os.rename(target, folder / REPLACED)
    os.rename(complete, target)


def recover(target: pathlib.Path):
    """Removes workspaces that killed processes left beside a target, and brings older folders back from there."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*{glob.escape(_suffix())}"):
        process = left.name.removesuffix(_suffix()).rpartition(".")[2]
        if process.isdecimal() and not _runs(int(process)):
            _remove(left, target)


def _remove(folder, target):
    if (folder / REPLACED).exists() and not target.exists():
        os.rename(folder / REPLACED, target)
    shutil.rmtree(folder)


def _suffix() -> str:
    return f"@{socket.gethostname()}.incomplete"


def _runs(process: int) -> bool:
    """Tells whether another process of this number runs."""
    try:
        os.kill(process, 0)  # sends nothing
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid()
