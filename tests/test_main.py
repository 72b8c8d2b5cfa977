"""The command `tfpose`, in processes of its own."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

import tfpose
from tfpose.__main__ import COMMANDS

ROOT = pathlib.Path(__file__).parents[1]
CPU = "import os, sys; from tfpose.__main__ import main\ntry: main()\nfinally: print(sum(os.times()[:2]), *sys.modules)"


def run(*words, cwd, python=("-m", "tfpose")):
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    environment |= {"PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *python, *words], cwd=cwd, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("command", ["", "convert figures", *COMMANDS])
def test_help_answers_at_once(command, tmp_path):
    done = run(*command.split(), "--help", cwd=tmp_path, python=("-c", CPU))
    said, _, measured = done.stdout.rstrip().rpartition("\n")
    seconds, *modules = measured.split()
    assert done.returncode == 0 and done.stderr == ""
    assert said.startswith(f"usage: tfpose {command.split(' ')[0]}".rstrip()) and (not command or "--verbose" in said)
    assert float(seconds) < 3 and not {"tensorflow", "keras"} & set(modules)


def test_the_help_lists_every_command(tmp_path):
    for words in ([], ["--help"], ["-h"]):
        said = run(*words, cwd=tmp_path).stdout
        assert all(f"  {name} " in said and text in said for name, text in COMMANDS.items())


def test_the_scripts_are_the_same_commands(tmp_path):
    for script, command in (("evaluate.py", "evaluate"), ("export.py", "export"), ("tfpose/pairwise.py", "pairwise")):
        said = run("--help", cwd=tmp_path, python=(str(ROOT / script),)).stdout
        assert said == run(command, "--help", cwd=tmp_path).stdout != ""


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["trian"], "tfpose: unknown command trian; did you mean train? `tfpose --help` lists them."),
        (
            ["evaluate", "--lmit=3"],
            "tfpose evaluate: unknown flag --lmit; did you mean --limit? `tfpose evaluate --help` lists them.",
        ),
        (
            ["export", "--format=onx"],
            "tfpose export: --format must be a known one. Received: onx; did you mean onnx? "
            "Known: saved_model, onnx, litert.",
        ),
        (
            ["photo.jpg", "--modle=a"],
            "tfpose predict: unknown flag --modle; did you mean --model? `tfpose predict --help` lists them.",
        ),
    ],
    ids=str,
)
def test_a_typo_is_answered_by_one_line(words, line, tmp_path):
    done = run(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{line}\n")


def test_a_photo_is_predicted_on(tmp_path):
    done = run("nowhere.jpg", cwd=tmp_path)
    assert done.returncode == 1 and "nowhere.jpg: No such file or directory.\n" in done.stderr


def test_an_error_is_one_line_and_with_verbose_a_traceback(tmp_path):
    quiet, verbose = (run("export", *flags, cwd=tmp_path) for flags in ([], ["--verbose"]))
    assert quiet.returncode == verbose.returncode == 1
    assert re.fullmatch(r"tfpose: There must be a run.*Received: none in models_ex/\.\n", quiet.stderr)
    assert verbose.stderr.startswith("Traceback") and "ValueError: There must be a run" in verbose.stderr


def test_a_closed_output_ends_the_command_without_a_message(tmp_path):
    code = "from tfpose.__main__ import plain_errors\nwith plain_errors(): print('a line')"
    command = [sys.executable, "-c", code]
    read, write = os.pipe()
    os.close(read)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_the_version_is_the_package_s(tmp_path):
    assert run("--version", cwd=tmp_path).stdout == f"tfpose {tfpose.__version__}\n"
