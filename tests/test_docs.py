"""README and docs: their commands and flags exist, their links lead somewhere, and the quick start runs."""

import argparse
import dataclasses
import importlib
import os
import pathlib
import re
import runpy
import shlex
import subprocess
import sys

import pytest

from tfpose import __main__ as command
from tfpose.commands import runs
from tfpose.commands.arguments import ArgumentParser
from tfpose.models import MODELS
from tfpose.training import pose_cfg
from tfpose.training.presets import PRESETS
from tfrecords_tools import convert

ROOT = pathlib.Path(__file__).parents[1]
DOCS = ROOT / "docs"
TOP = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "benchmarks/README.md")]
PAGES = [*TOP, *sorted(DOCS.rglob("*.md"))]
TEXTS = {str(page.relative_to(ROOT)): page.read_text("utf-8") for page in PAGES}
BLOCKS = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPANS = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINKS = re.compile(r"\]\(([^)\s]+)\)")
HEADINGS = re.compile(r"^#+ (.+)$", re.MULTILINE)
PLACEHOLDERS = {"NAME": "own", "X,Y": "10,20"}  # Words in capitals that stand for a choice or a number.
SCRIPTS = {"train.py": "train", "evaluate.py": "evaluate", "export.py": "export"}
FOREIGN = {  # Programs of others. What they do is not tested here.
    ".", ".ci/run", ".venv/bin/pip", ".venv/bin/pre-commit", "apt", "docker", "export", "git", "mkdocs", "pip",
    "pre-commit", "pytest", "ruff", "tensorboard",
}  # fmt: skip
BESIDE_A_SCRIPT = {"-m pytest", "-m venv"}


class Parsed(BaseException):
    """Raised once a command has parsed its arguments, so that it does nothing. Its argument is the parser."""


def commands(text):
    """Every command of a page: the lines of its bash blocks, and inline code that begins as one does."""
    for language, block in BLOCKS.findall(text):
        if language == "bash":
            for line in block.replace("\\\n", " ").splitlines():
                yield from re.split(r" && | \| ", line.partition(" #")[0].strip())
    for span in SPANS.findall(BLOCKS.sub("", text)):
        if re.fullmatch(r"tfpose \w+|python -m [\w.]+|python [\w/]+\.py", span):
            yield f"{span} --help"  # Only its name.
        elif re.match(r"(tfpose|python) ", span):
            yield span
        elif (ROOT / "benchmarks" / span.split()[0]).is_file():
            yield f"python benchmarks/{span}"


def shown(page):
    """The distinct commands of a page, without empty lines and ellipses."""
    return [line for line in dict.fromkeys(commands(TEXTS[page])) if line and line[0] != "#" and "…" not in line]


def arguments(line):
    """The words of a command, without the variables before it, and with values for placeholders."""
    words = shlex.split(line)
    while words and (words[0] == "srun" or re.match(r"[A-Z_]+=", words[0])):
        words = words[1:]
    if words[:2] == ["taskset", "-c"]:
        words = words[3:]
    return [_without_placeholder(word) for word in words]


def _without_placeholder(word):
    flag, equals, value = word.rpartition("=")
    return flag + equals + PLACEHOLDERS.get(value, value)


def parse(words, monkeypatch):
    """Gives the words to the command that they name, up to where it has parsed them. Fails if they are refused."""
    program, *rest = words
    if program in FOREIGN or " ".join(rest[:2]) in BESIDE_A_SCRIPT:
        return

    def only(parse_args):
        def parse(parser, args=None, namespace=None):
            parse_args(parser, args, namespace)
            raise Parsed(parser)

        return parse

    try:
        _run(words, only, monkeypatch)
    except Parsed:
        return
    except SystemExit as ended:
        asked_for_help = len(words) == 1 or words[1:] == ["-m", "tfpose"] or words[-1] in ("-h", "--help")
        assert ended.code in (0, None) and asked_for_help, f"{words}: {ended.code}"


def _run(words, change, monkeypatch):
    """Runs a command of the project with a changed `parse_args`: `change` takes and returns such a method."""
    program, *rest = words
    if rest[:2] == ["-m", "tfpose"]:
        program, rest = "tfpose", rest[2:]
    if program != "tfpose" and rest[0] in SCRIPTS:
        program, rest = "tfpose", [SCRIPTS[rest[0]], *rest[1:]]
    with monkeypatch.context() as patched:
        for kind in (argparse.ArgumentParser, ArgumentParser):
            patched.setattr(kind, "parse_args", change(kind.parse_args))
        if program == "tfpose":
            patched.setattr(sys, "argv", [program, *rest])
            command.main()
        else:
            script, rest = (rest[1].replace(".", "/") + ".py", rest[2:]) if rest[0] == "-m" else (rest[0], rest[1:])
            assert (ROOT / script).is_file(), f"{script} is not there"
            patched.setattr(sys, "argv", [script, *rest])
            runpy.run_path(str(ROOT / script), run_name="__main__")


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """The working folder, with the files that a command may read before it has parsed its arguments."""
    monkeypatch.chdir(tmp_path)
    runs.folder("RUN", "part_detector", dataclasses.asdict(PRESETS["figures"]))
    (tmp_path / "pose_cfg.yaml").write_text("net_type: resnet_101\n")


@pytest.mark.parametrize("page", TEXTS)
def test_every_command_is_understood(page, workplace, monkeypatch, capsys):
    for line in shown(page):
        try:
            parse(arguments(line), monkeypatch)
        except SystemExit as refused:
            raise AssertionError(f"{page}: {line}") from refused
        except AssertionError as refused:
            raise AssertionError(f"{page}: {line}\n{refused}\n{capsys.readouterr().err}") from refused


@pytest.mark.parametrize("words", [["tfpose", "train", "--no_such_flag"], ["tfpose", "convert", "flic", "--nothing=1"]])
def test_an_unknown_flag_is_noticed(words, monkeypatch, capsys):
    with pytest.raises((AssertionError, SystemExit)):
        parse(words, monkeypatch)


@pytest.fixture(scope="module")
def flags():
    """The flags of all commands."""

    def give_parser(_):
        def parse(parser, args=None, namespace=None):
            raise Parsed(parser)

        return parse

    found = {"--version"}
    lines = [f"tfpose {name}" for name in command.COMMANDS] + [f"tfpose convert {name}" for name in convert.CONVERTERS]
    lines += [f"tfpose train --model={name}" for name in MODELS]
    for line in [*lines, "python examples/contact_sheet.py"]:
        with pytest.MonkeyPatch.context() as patched, pytest.raises(Parsed) as parsed:
            _run(line.split(), give_parser, patched)
        found |= set(_options(parsed.value.args[0]))
    return found


def _options(parser):
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for chosen in action.choices.values():
                yield from _options(chosen)


@pytest.mark.parametrize("page", TEXTS)
def test_every_flag_in_the_text_is_one_of_a_command(page, flags):
    spans = [span for span in SPANS.findall(BLOCKS.sub("", TEXTS[page])) if span.startswith("--")]
    named = {flag for span in spans for flag in re.findall(r"(?:^| )(--[\w-]+)", span)}
    assert named <= flags


@pytest.mark.parametrize("page", TEXTS)
def test_every_name_of_the_reference_exists(page):
    for module, name in re.findall(r"^::: ([\w.]+)\.(\w+)$", TEXTS[page], re.MULTILINE):
        assert getattr(importlib.import_module(module), name).__doc__, f"{module}.{name}"


@pytest.mark.parametrize("page", TEXTS)
def test_every_python_example_is_python(page):
    for language, block in BLOCKS.findall(TEXTS[page]):
        if language == "python":
            compile(block, page, "exec")


def test_commands_are_found_in_blocks_and_in_the_text():
    text = "`tfpose train --debug`, `tfpose train` and `x`\n```bash\na \\\n  b  # c\nd && e\n```\n"
    assert list(commands(text)) == ["a    b", "d", "e", "tfpose train --debug", "tfpose train --help"]


@pytest.mark.parametrize("page", TEXTS)
def test_every_link_leads_somewhere(page):
    for link in LINKS.findall(BLOCKS.sub("", TEXTS[page])):
        if not re.match(r"https?://", link):
            path, _, anchor = link.partition("#")
            target = (ROOT / page).parent / path if path else ROOT / page
            assert target.is_file(), f"{page} links to {link}"
            assert not anchor or anchor in _anchors(target), f"{page} links to {link}"


def _anchors(page):
    text = re.sub(r'--8<-- "([\w.]+)"', lambda found: (ROOT / found[1]).read_text("utf-8"), page.read_text("utf-8"))
    return {re.sub(r"[^\w\s-]", "", title.lower()).replace(" ", "-") for title in HEADINGS.findall(text)}


def test_every_page_is_in_the_navigation():
    listed = set(re.findall(r"- ([\w/.-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE))
    assert listed == {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}


def test_the_readme_is_short():
    text = TEXTS["README.md"]
    assert len(text.splitlines()) <= 150 and len(text.split()) <= 1100


def test_every_model_has_a_page_of_the_same_form():
    linked = dict(re.findall(r"^\| .*\]\(([\w-]+\.md)\) .*\| `(\w+)` \|", TEXTS["docs/papers/index.md"], re.MULTILINE))
    assert set(linked.values()) == set(MODELS)
    for page in linked:
        titles = HEADINGS.findall(TEXTS[f"docs/papers/{page}"])
        assert titles[1:4] == ["Idea", "Commands", "Results"] and titles[-1] == "Known limits", page
        assert titles[4].startswith("Differences from the p"), page


def test_every_converter_is_listed():
    assert set(convert.CONVERTERS) <= set(re.findall(r"`(\w+)`", TEXTS["docs/data.md"]))


def test_every_preset_is_described():
    assert set(PRESETS) <= set(re.findall(r"`(\w+)`", TEXTS["docs/recipes.md"]))


def test_every_key_of_pose_tensorflow_is_described():
    assert set(pose_cfg.KEYS) == set(re.findall(r"^\| `(\w+)` \|", TEXTS["docs/pose_cfg.md"], re.MULTILINE))


@pytest.mark.slow
def test_the_quick_start_runs(tmp_path):
    block = TEXTS["docs/quick-start.md"].partition("<!-- quick start -->")[2].partition("<!-- end -->")[0]
    lines = list(commands(block))
    assert len(lines) == 6
    for line in lines:
        program, *rest = shlex.split(line)
        words = ["-m", "tfpose", *rest] if program == "tfpose" else [str(ROOT / rest[0]), *rest[1:]]
        quick = ["--debug", "--n_epochs=2"] if rest[0] == "train" else []
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, *words, *quick], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "found" / "people.json").is_file() and (tmp_path / "found" / "0.jpg").is_file()
