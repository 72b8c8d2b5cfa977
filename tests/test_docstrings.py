"""Docstrings name the arguments that functions and constructors really have, in their order."""

import ast
import inspect
import pathlib
import pkgutil
import re

import pytest

from tfpose.training.config import Config

KERAS = ("name", "reduction", "dtype", "*args", "**kwargs")  # Arguments of every Keras object.
ROOT = pathlib.Path(__file__).parents[1]
PUBLIC = re.findall(
    "^::: (.*)", "\n".join(p.read_text("utf-8") for p in sorted(ROOT.glob("docs/api/*.md"))), re.MULTILINE
)
FILES = [path for package in ("tfpose", "tfrecords_tools") for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_arguments_that_are_described_are_those_of_the_signature(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and (described := _described(node)):
            assert described == [*_arguments(node, described)], f"{node.name}, line {node.lineno}"
        if isinstance(node, ast.ClassDef) and (described := _described(node)):
            constructor = next((each for each in node.body if getattr(each, "name", "") == "__init__"), None)
            fields = [each.target.id for each in node.body if isinstance(each, ast.AnnAssign)]
            assert described == ([*_arguments(constructor, described)] if constructor else fields), node.name


@pytest.mark.parametrize("name", PUBLIC)
def test_every_argument_of_the_public_names_is_described(name):
    value = pkgutil.resolve_name(name)
    described = _names(inspect.getdoc(value), "Args|Attributes")
    missing = set(inspect.signature(value).parameters) - {each.strip("*") for each in (*described, *KERAS)}
    # The fields of `Config` have help texts; `**options` are described where the base class is.
    assert not missing or value is Config or "**options" in described, missing


def _arguments(function, described):
    """Names of a function's arguments but `self`, with their asterisks; those of Keras only if they are described."""
    given = function.args
    names = [argument.arg for argument in (*given.posonlyargs, *given.args) if argument.arg not in ("self", "cls")]
    names += [f"*{given.vararg.arg}"] if given.vararg else []
    names += [argument.arg for argument in given.kwonlyargs]
    names += [f"**{given.kwarg.arg}"] if given.kwarg else []
    return [name for name in names if name in described or name not in KERAS]


def _described(node):
    return _names(ast.get_docstring(node) or "")


def _names(docstring, sections="Args"):
    """Names in a section of a docstring."""
    section = re.search(rf"^(?:{sections}):\n((?:    .*\n?|\n)*)", f"{docstring}\n", re.MULTILINE)
    lines = section[1].splitlines() if section else []
    entries = [line.strip().partition(":")[0] for line in lines if re.match(r"    \S", line)]
    return [name for entry in entries for name in entry.split(", ")]
