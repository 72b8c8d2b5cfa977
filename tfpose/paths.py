"""Paths of files and folders to write."""

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
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/", str(path)):
        raise ValueError(f"`{name}` must be a local path: remote ones cannot be written. Received: {str(path)!r}.")
    return pathlib.Path(path)
