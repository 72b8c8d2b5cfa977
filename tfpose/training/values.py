"""Converts values of flags, text of a command line or what YAML made of it, to the type of their default."""

import ast
import math

from tfpose.commands.reading import short

ANSWERS = {"true": True, "yes": True, "false": False, "no": False}


def convert(name: str, value, default):
    """Converts a value to the type of a flag's default.

    Args:
        name: Name of the flag, for the error.
        value: Text, or what YAML or JSON made of it.
        default: The default: bool, int, float, str, or a tuple of numbers. `None` stands for any literal, else text.
            Text may also be a list, such as the pairs of keypoints of a graph.

    Raises:
        ValueError: If the value is not of that type.
    """
    try:
        return _converters[type(default)](value, default)
    except (TypeError, ValueError, OverflowError, SyntaxError, RecursionError, AttributeError, KeyError, MemoryError):
        raise ValueError(f"`{name}` must be {kind(default)}. Received: {short(value)}.") from None


def kind(default) -> str:
    """The type of a default in words: `a number`."""
    if isinstance(default, tuple):
        return f"{len(default)} numbers, such as {','.join(map(str, default))}"
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    return words.get(type(default), "a value")


def _boolean(value, default):
    if not isinstance(value, bool) and str(value).lower() not in ANSWERS:
        raise ValueError
    return value if isinstance(value, bool) else ANSWERS[value.lower()]


def _number(value, default):
    """A number of the default's type; YAML reads `1e-3` as text and `yes` as a truth value."""
    if isinstance(value, bool) or (isinstance(value, float) and type(default)(value) != value):
        raise ValueError
    number = type(default)(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _numbers(value, default):
    parts = value.strip("()[]").split(",") if isinstance(value, str) else list(value)
    if len(parts) != len(default):
        raise ValueError
    return tuple(_number(part, example) for part, example in zip(parts, default, strict=True))


def _text(value, default):
    if isinstance(value, str) and not value.startswith(("[", "(")):
        return value
    if isinstance(value, bool | dict) or value is None:
        raise ValueError
    return tuples(ast.literal_eval(value) if isinstance(value, str) else value, str)


def _any(value, default):
    """Anything: literals of Python, `true` and `false` of YAML, else text."""
    if not isinstance(value, str):
        return tuples(value)
    try:
        return tuples(ast.literal_eval({"true": "True", "false": "False"}.get(value.lower(), value)))
    except (ValueError, SyntaxError):
        return value


def tuples(value, other=lambda value: value):
    """Lists as tuples, as in constructors' defaults; `other` converts what is no list."""
    if isinstance(value, list | tuple):
        return tuple(tuples(part) for part in value)
    return other(value)


_converters = {bool: _boolean, int: _number, float: _number, tuple: _numbers, str: _text, type(None): _any}
