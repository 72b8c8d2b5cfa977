"""Whole or not at all: what is written appears under its name when it is complete, whatever happens before."""

import contextlib
import os
import pathlib
import shutil
import socket


@contextlib.contextmanager
def workspace(target: pathlib.Path):
    """Makes a hidden folder beside the target that is gone afterwards, with those that killed processes left there."""
    suffix = f"@{socket.gethostname()}.incomplete"
    for left in target.parent.glob(f".{target.name}.*{suffix}"):
        if not _runs(int(left.name.removesuffix(suffix).rpartition(".")[2])):
            shutil.rmtree(left)
    folder = target.parent / f".{target.name}.{os.getpid()}{suffix}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def publish(complete: pathlib.Path, target: pathlib.Path, folder: pathlib.Path):
    """Moves a complete folder from the workspace `folder` to the target; what was there before goes."""
    if target.exists():
        os.rename(target, folder / "replaced")
    os.rename(complete, target)


def _runs(process: int) -> bool:
    """Answers whether another process of this number runs."""
    try:
        os.kill(process, 0)  # asks, and sends nothing
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid()
