"""Files to read: whatever a library raises on a damaged one becomes one line that names the file."""

import contextlib
import json
import pathlib

LONGEST = 300  # characters of a library's message
_SAID = {
    FileNotFoundError: "no such file",
    IsADirectoryError: "a folder",
    RecursionError: "lists or objects nested too deeply",
    MemoryError: "a file that needs too much memory",
}


@contextlib.contextmanager
def explained(path, what: str):
    """Context in which a file is parsed.

    Args:
        path: The file, or a folder.
        what: What it must be, such as `a JSON file`.

    Raises:
        ValueError: For every exception, with the path and `what` in one line: libraries raise nearly anything on
            damaged files. One that names the path already, in one line, passes.
    """
    try:
        yield
    except Exception as error:
        if type(error) is ValueError and str(path) in str(error) and "\n" not in str(error):
            raise
        raise ValueError(f"{path} must be {what}. Received: {one_line(error)}.") from error


@contextlib.contextmanager
def named(path):
    """Context in which the values of a file are checked: the path is put before the message of a ValueError."""
    try:
        yield
    except ValueError as error:
        if str(path) in str(error):
            raise
        raise ValueError(f"{path}: {error}") from error


def one_line(error: Exception) -> str:
    """The message of an exception without line breaks and cut off where it is long; its class if it says little."""
    if type(error) in _SAID:
        return _SAID[type(error)]
    text = " ".join(str(getattr(error, "strerror", None) or error).split()).rstrip(".")
    if len(text) < 20 or isinstance(error, KeyError):
        text = f"{type(error).__name__}: {text}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def read_json(path, what="a JSON file"):
    """Reads a JSON file in UTF-8, with or without a byte order mark.

    Raises:
        ValueError: If it is not there or not JSON.
    """
    with explained(path, what):
        return json.loads(pathlib.Path(path).read_text("utf-8-sig"))


def read_object(path) -> dict:
    """Reads a JSON file whose top is an object.

    Raises:
        ValueError: If it is not there, or not such a file.
    """
    found = read_json(path)
    if not isinstance(found, dict):
        raise ValueError(f"{path} must be a JSON file with an object in braces. Received: {short(found)}.")
    return found


def read_yaml(path, what="a YAML file"):
    """Reads a YAML file in UTF-8, with YAML's safe loader and without aliases.

    A few lines of aliases to aliases stand for billions of values.

    Raises:
        ValueError: If it is not there or not YAML, or has an alias.
    """
    import yaml

    class Loader(yaml.SafeLoader):
        def compose_node(self, parent, index):
            if self.check_event(yaml.AliasEvent):
                raise ValueError(f"an alias, *{self.peek_event().anchor}")
            return super().compose_node(parent, index)

    with explained(path, what):
        return yaml.load(pathlib.Path(path).read_text("utf-8-sig"), Loader)  # noqa: S506  A safe loader.


def listed(names) -> str:
    """Names of a file, such as those of its variables, separated by commas and cut off where there are many."""
    text = ", ".join(name if name.isprintable() else repr(name) for name in map(str, names)) or "none"
    return text if len(text) <= 200 else f"{text[:199]}…"


def short(value) -> str:
    """A value as Python writes it, cut off where it is long."""
    try:
        written = repr(value)
    except (RecursionError, ValueError):  # ValueError: a number of thousands of digits
        return type(value).__name__
    return written if len(written) <= 80 else f"{written[:79]}…"
