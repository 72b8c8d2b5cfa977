"""Files and folders to write: only on this machine, and whole or not at all."""

import contextlib
import os
import pathlib
import re


def local(name: str, path) -> pathlib.Path:
    """Returns a path that can be written to, as a `pathlib.Path`.

    `pathlib` takes `gs://bucket/x` for the folder `gs:/bucket/x` under the working directory, where nobody looks for
    what was written.

    Args:
        name: Argument or flag that the path came from, for the error.
        path: Text or `pathlib.Path`.

    Raises:
        ValueError: If it is an address, such as gs://bucket/folder.
    """
    if is_address(path):
        raise ValueError(f"`{name}` must be a local path: remote ones cannot be written. Received: {str(path)!r}.")
    return pathlib.Path(path)


def is_address(path) -> bool:
    """Whether a path is on another file system, such as gs://bucket/folder."""
    return bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/", str(path)))


@contextlib.contextmanager
def replacing(path):
    """Context whose value is a file to write beside `path`, which it replaces at the end if no error was raised.

    Its name ends as the final one does, since Keras chooses the format by it. The file is on the disk before it
    replaces the old one; after an error it is removed.
    """
    path = pathlib.Path(path)
    partial = path.with_name(f"part_{path.name}")
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def remove_partial(folder):
    """Removes the files in a folder that were being written when the process was killed."""
    for partial in pathlib.Path(folder).glob("part_*"):
        partial.unlink()
