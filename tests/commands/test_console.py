"""What reaches the console, shown by a module in TensorFlow's place that writes what TensorFlow writes."""

import os
import subprocess
import sys

import pytest

ONEDNN = (
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
    "I0000 00:00:1795603385.724121    3449 port.cc:153] oneDNN custom operations are on.\n"
)
TENSORFLOW = """
import logging, os, warnings
os.write(2, {noise!r}.encode())
os.write(2, b"E0000 00:00:1795603385.724121    3449 cuda.cc:1] No such device.\\nnot a log line\\n")
level = os.environ["TF_CPP_MIN_LOG_LEVEL"]
logging.getLogger("tensorflow").addHandler(logging.StreamHandler())
def use():
    logging.getLogger("tensorflow").warning("retraced")
    warnings.warn("deprecated", DeprecationWarning, stacklevel=1)
    warnings.warn("strange", UserWarning, stacklevel=1)
"""
OWN = """
import warnings
def use():
    warnings.warn('the discriminator collapsed', stacklevel=1)
    warnings.warn("__array__ implementation doesn't accept a copy keyword", DeprecationWarning, stacklevel=1)
    warnings.warn('In the future `np.object` will be', FutureWarning, stacklevel=1)
"""
SCRIPT = """
import sys
from tfpose.commands import console
console.prepare(verbose={verbose})
import importlib.util
importlib.util.find_spec('tensorflow')  # As TensorFlow Datasets does, without importing it yet.
import tensorflow
print(tensorflow.level, file=sys.stderr)
tensorflow.use()
module = type(sys)("tfpose.own")
module.__dict__["__name__"] = "tfpose.own"
exec(compile({own!r}, "own.py", "exec"), module.__dict__)
module.use()
"""


@pytest.fixture
def written(tmp_path):
    """A function: whether verbose → standard error of a process that imports and uses the module."""
    (tmp_path / "tensorflow.py").write_text(TENSORFLOW.format(noise=ONEDNN))

    def run(verbose, **variables):
        environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
        environment |= {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.getcwd()]), **variables}
        script = SCRIPT.format(verbose=verbose, own=OWN)
        done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stderr

    return run


def test_log_lines_and_warnings_of_libraries_are_hidden(written):
    native = ["E0000 00:00:1795603385.724121    3449 cuda.cc:1] No such device.", "not a log line"]
    python = ["2", "Warning: the discriminator collapsed"]
    lines = written(False).splitlines()
    assert sorted(lines) == sorted([*native, *python])  # Of two ways to the console.
    assert [line for line in lines if line in native] == native and [line for line in lines if line in python] == python


def test_verbose_hides_nothing(written):
    said = written(True)
    assert said.startswith(ONEDNN) and "\n0\n" in said
    assert all(words in said for words in ("retraced", "UserWarning: strange", "the discriminator collapsed"))


def test_a_log_level_that_the_user_set_stays(written):
    assert "1" in written(False, TF_CPP_MIN_LOG_LEVEL="1").splitlines()


def test_an_import_that_fails_shows_what_was_written(tmp_path):
    (tmp_path / "tensorflow.py").write_text("import os; os.write(2, b'missing library\\n'); raise ImportError('no')")
    script = "from tfpose.commands import console; console.prepare(verbose=False); import tensorflow"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.getcwd()])}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("missing library\n") and "ImportError: no" in done.stderr
