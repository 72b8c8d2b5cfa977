"""Files that are written whole or not at all."""

import contextlib
import os
import pathlib


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
