"""Arguments of the models' constructors and fields of `Augmentation`, read from their source files.

Importing the models imports Keras, which takes seconds: too long for `--help` and for refusing a mistyped flag.
"""

import ast
import functools
import pathlib
import re
from typing import Any, NamedTuple

PACKAGE = pathlib.Path(__file__).parents[1]
# Given by flags of the same meaning for every model (`--lmbd`, `--max_people`), or by nobody.
ELSEWHERE = {"weight_decay": "lmbd", "max_people": "max_people", "name": "run"}


class Argument(NamedTuple):
    """An argument of a constructor.

    Attributes:
        name: Its name.
        default: Its default value.
        text: Its description in the docstring of the class.
    """

    name: str
    default: Any
    text: str


@functools.cache
def models() -> dict[str, str]:
    """Names of the models, with the names of their classes: the keys and values of `tfpose.models.MODELS`."""
    table = _assigned(_tree("tfpose.models").body, "MODELS")
    return {key.value: value.id for key, value in zip(table.keys, table.values, strict=True)}


@functools.cache
def arguments(model: str) -> dict[str, Argument]:
    """Keyword arguments of a model's constructor, by name, without those of `ELSEWHERE`.

    A constructor that takes `**options` passes them to that of its base class, whose arguments then come first.
    """
    found = _arguments(*_find("tfpose.models", models()[model]))
    return {name: argument for name, argument in found.items() if name not in ELSEWHERE}


@functools.cache
def constant(model: str, name: str):
    """A constant in the body of a model's class or of the first base class that has it."""
    return _constant(*_find("tfpose.models", models()[model]), name)


@functools.cache
def former_names() -> dict[str, str]:
    """Names of constructor arguments of all models in older versions → their names now."""
    tables = (constant(model, "FORMER_NAMES") for model in models())
    return {old: new for table in tables for old, new in table.items()}


@functools.cache
def augmentation() -> dict[str, Argument]:
    """Fields of `tfpose.data.augment.Augmentation`, by name."""
    module, node = _find("tfpose.data.augment", "Augmentation")
    texts = _texts(ast.get_docstring(node))
    fields = [(each.target.id, each.value) for each in node.body if isinstance(each, ast.AnnAssign)]
    return {name: Argument(name, _value(module, value), texts.get(name, "")) for name, value in fields}


def keys(module: str, name: str) -> tuple[str, ...]:
    """Keys of a table of a module, which must be written as a dict."""
    return tuple(key.value for key in _assigned(_tree(module).body, name).keys)


def _arguments(module, node):
    """All keyword arguments of a class, those of its bases first where they are forwarded."""
    own = next((each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None)
    inherited = {}
    if own is None or own.args.kwarg:
        for base in reversed(node.bases):
            if isinstance(base, ast.Name) and (found := _find(module, base.id)):
                inherited |= _arguments(*found)
    if own is None:
        return inherited
    texts = _texts(ast.get_docstring(node)) | _texts(ast.get_docstring(own))
    for arg, default in zip(own.args.kwonlyargs, own.args.kw_defaults, strict=True):
        text = _followed(module, arg.arg, texts.get(arg.arg, ""))
        inherited[arg.arg] = Argument(arg.arg, _value(module, default), text)
    return inherited


def _followed(module, name, text):
    """The text of another class where this one only says `See `Class`.`."""
    reference = re.match(r"See `(\w+)`\.$", text)
    found = _find(module, reference[1]) if reference else None
    return _texts(ast.get_docstring(found[1])).get(name, text) if found else text


def _constant(module, node, name):
    value = _assigned(node.body, name)
    if value is not None:
        return _value(module, value)
    bases = (_find(module, base.id) for base in node.bases if isinstance(base, ast.Name))
    inherited = (_constant(*base, name) for base in bases if base)
    return next((value for value in inherited if value is not None), None)


def _find(module, name):
    """The module that defines a class, and its node; None for what is not of this package."""
    for node in _tree(module).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return module, node
        if isinstance(node, ast.ImportFrom) and node.module.startswith("tfpose") and _imports(node, name):
            return _find(node.module, name)
    return None


def _imports(node, name):
    return any((alias.asname or alias.name) == name for alias in node.names)


def _assigned(body, name):
    """The node of the value that is assigned to a name, or None."""
    found = (node for node in body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == name)
    return next((node.value for node in found), None)


def _value(module, node):
    """Evaluates a default value: a literal, a quotient of two, or a constant of the module."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _value(module, node.left) / _value(module, node.right)
    if isinstance(node, ast.Name):
        return _value(module, _assigned(_tree(module).body, node.id))
    return ast.literal_eval(node)


def _texts(docstring):
    """Descriptions in the section `Args` or `Attributes` of a Google-style docstring, by name."""
    section = re.search(r"^(?:Args|Attributes):\n((?:    .*\n?|\n)*)", f"{docstring or ''}\n", re.MULTILINE)
    entries = re.split(r"\n    (?! )", "\n" + section[1].rstrip()) if section else []
    found = {}
    for entry in filter(str.strip, entries):
        names, _, text = " ".join(entry.split()).partition(": ")
        found |= dict.fromkeys(names.split(", "), text)
    return found


@functools.cache
def _tree(module):
    path = PACKAGE.joinpath(*module.split(".")[1:])
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(path.read_text(encoding="utf-8"))
