"""Hypothesis strategies for damaged files: edits of bytes, and of the values that a file holds, by the kind of file.

`damaged(name, content)` chooses by the suffix of the name. Values are edited in the tree that the file holds, which is
then written again, so that the damage reaches what is behind the parser.
"""

import contextlib
import copy
import io
import json
import pathlib
import stat
import zipfile

import yaml
from hypothesis import strategies as st

from tests.fuzz.array_mutations import NUMBERS, hdf5_file, mat_file, npz_file

DEEP, HUGE = "@deep@", "@huge@"  # stand for 100,000 nested lists and a number of 5,000 digits, in JSON and YAML
TEXTS = ("", "x", "\0", "../../x", "/etc/passwd", "a" * 400, "\ud800", "näme", "1", "nan", "💡", DEEP, HUGE)
VALUES = (None, True, False, *NUMBERS, *TEXTS, [], {}, [[]], [None], [1, 2, 3], ["a", "a"], {"a": 1}, [{}], [[0, 1]])
WORDS = (b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0", b"\0\0\0\x80", b"\0\0\1\0")


def damaged(name: str, content: bytes):
    """A strategy for damaged versions of a file."""
    by_bytes = edited_bytes(content)
    tree = TREES.get(pathlib.PurePath(name).suffix)
    return st.one_of(by_bytes, tree(content), tree(content)) if tree else by_bytes


@st.composite
def edited_bytes(draw, content):
    """One to three edits of bytes; half of them near the start, where formats have their headers."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        last = max(len(content) - 1, 0)
        at = draw(st.one_of(st.integers(0, min(last, 64)), st.integers(0, last)))
        edit = draw(st.sampled_from(("flip", "word", "cut", "delete", "insert", "copy", "zeros", "byte")))
        size = draw(st.integers(1, 40))
        if edit == "flip" and content:
            content[at] ^= 1 << draw(st.integers(0, 7))
        elif edit == "byte" and content:
            content[at] = draw(st.integers(0, 255))
        elif edit == "word":
            content[at : at + 4] = draw(st.sampled_from(WORDS))
        elif edit == "cut":
            del content[at:]
        elif edit == "delete":
            del content[at : at + size]
        elif edit == "insert":
            content[at:at] = draw(st.binary(min_size=1, max_size=8)) * draw(st.integers(1, 5))
        elif edit == "copy":
            start = draw(st.integers(0, last))
            content[at : at + size] = content[start : start + size]
        elif edit == "zeros":
            content[at : at + size] = bytes(len(content[at : at + size]))
    return bytes(content)


@st.composite
def edited_tree(draw, tree):
    """One or two edits of a tree of dicts and lists: a value replaced, removed, repeated, moved or renamed."""
    for _ in range(draw(st.integers(1, 2))):
        places = list(_places(tree))
        if not places:
            return tree
        holder, key = draw(st.sampled_from(places))
        edit = draw(st.sampled_from(("replace", "replace", "remove", "repeat", "move", "rename", "wrap")))
        if edit == "replace":
            holder[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        elif edit == "remove":
            del holder[key]
        elif edit == "repeat" and isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
        elif edit == "move":
            from_holder, from_key = draw(st.sampled_from(places))
            holder[key] = copy.deepcopy(from_holder[from_key])
        elif edit == "rename" and isinstance(holder, dict):
            holder[draw(st.sampled_from(TEXTS))] = holder.pop(key)
        elif edit == "wrap":
            holder[key] = [holder[key]]
    return tree


def _places(tree):
    """The places of all values of a tree, as pairs of what holds the value, and the key there."""
    for key, value in list(tree.items()) if isinstance(tree, dict) else enumerate(tree):
        yield tree, key
        if isinstance(value, (dict, list)):
            yield from _places(value)


def _stood_for(text: str) -> str:
    return text.replace(f'"{DEEP}"', "[" * 100_000 + "]" * 100_000).replace(f'"{HUGE}"', "1" * 5_000)


@st.composite
def json_file(draw, content):
    """A JSON file with edited values."""
    tree = draw(edited_tree({"top": json.loads(content)}))
    return _stood_for(json.dumps(tree.get("top"))).encode()


@st.composite
def yaml_file(draw, content):
    """A YAML file with edited values."""
    tree = draw(edited_tree({"top": yaml.safe_load(content)}))
    with contextlib.suppress(UnicodeEncodeError):
        return _stood_for(yaml.safe_dump(tree.get("top")).replace(DEEP, f'"{DEEP}"').replace("'", "")).encode()
    return content


@st.composite
def keras_file(draw, content):
    """A Keras archive of which one entry is damaged, missing, a symbolic link, or there twice."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from(sorted(entries)))
    edit = draw(st.sampled_from(("damage", "damage", "damage", "damage", "remove", "rename", "link", "more")))
    extra = []
    if edit == "damage":
        entries[name] = draw(damaged(name, entries[name]))
    elif edit == "rename":
        entries[draw(st.sampled_from(("../../x", "/x", "assets/x", "a" * 300)))] = entries.pop(name)
    elif edit in ("remove", "link"):
        del entries[name]
    if edit == "link":
        link = zipfile.ZipInfo(name)
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        extra = [(link, b"/etc/passwd")]
    elif edit == "more":
        extra = [(zipfile.ZipInfo(draw(st.sampled_from(("../x", "assets/../../x", "x" * 200)))), b"x")]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for entry, data in [*entries.items(), *extra]:
            archive.writestr(entry, data)
    return file.getvalue()


TREES = {
    ".json": json_file, ".yaml": yaml_file, ".mat": mat_file, ".npz": npz_file, ".h5": hdf5_file, ".keras": keras_file
}  # fmt: skip
