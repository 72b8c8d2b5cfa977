"""Splits by the names of files and folders: train, valid and test in the words that tools use."""

import pathlib
import re

_WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("valid", "val", "validation", "dev"), "valid"),
    **dict.fromkeys(("test", "testing"), "test"),
}


def split_of(name: str) -> str:
    """The split that a path or another name speaks of, `train`, `valid` or `test`; an empty text where it names none.

    The last word counts: of `train/labels_val2017.json` it is `valid`.
    """
    words = re.findall("[a-z]+", name.lower())
    return next((_WORDS[word] for word in reversed(words) if word in _WORDS), "")


def by_name(root: pathlib.Path, files: list[pathlib.Path]) -> dict[str, list[pathlib.Path]]:
    """Files by the split that their paths under `root` name; those that name none are in `train`."""
    found = {}
    for file in files:
        found.setdefault(split_of(str(file.relative_to(root))) or "train", []).append(file)
    return found
