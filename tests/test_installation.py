"""What is installed fits together."""

import importlib.metadata
import os
import pathlib
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig

import cv2
import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parents[1]
SETUP = ROOT / "setup.py"
NOISE = re.compile(r"^WARNING|^[IWEF]\d{4} |Warning", re.MULTILINE)


def test_exactly_one_tensorflow_is_installed():
    installed = {distribution.name for distribution in importlib.metadata.distributions()}
    assert len(installed & {"tensorflow", "tensorflow-cpu", "tensorflow_cpu"}) == 1


@pytest.fixture
def metadata(monkeypatch):
    """A function: the value of TFPOSE_TENSORFLOW → what setup.py gives to setuptools."""

    def read(tensorflow):
        given = {}
        monkeypatch.setenv("TFPOSE_TENSORFLOW", tensorflow)
        monkeypatch.setattr("setuptools.setup", lambda **arguments: given.update(arguments))
        runpy.run_path(str(SETUP))
        return given

    return read


@pytest.mark.parametrize(("asked", "brought"), [("", "tensorflow"), ("tensorflow-cpu", "tensorflow-cpu")])
def test_the_package_brings_the_tensorflow_that_was_asked_for(metadata, asked, brought):
    tensorflows = [name for name in metadata(asked)["install_requires"] if name.startswith("tensorflow")]
    assert tensorflows == [f"{brought}>=2.21,<2.22", "tensorflow-datasets==4.9.*"]


def test_an_unknown_tensorflow_is_refused(metadata):
    with pytest.raises(ValueError, match="Known: tensorflow, tensorflow-cpu"):
        metadata("tensorflow-tpu")


def test_the_lock_file_fits_the_requirements(metadata):
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    locked = {line.split("==")[0].lower().replace("_", "-") for line in lines if not line.startswith("#")}
    asked = [*metadata("")["install_requires"], *metadata("tensorflow-cpu")["install_requires"]]
    names = {re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-") for requirement in asked}
    assert names <= locked


def run(*command, cwd):
    """Runs a command outside of the repository. Returns what it wrote to standard output."""
    hidden = ("PYTHONPATH", "TF_CPP_MIN_LOG_LEVEL")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not NOISE.search(done.stderr), done.stderr
    return done.stdout


@pytest.fixture
def installed(tmp_path):
    """Folder of the commands of a fresh environment: it holds the wheel, and sees the packages of this one."""
    if int(importlib.metadata.version("setuptools").split(".")[0]) < 77:
        pytest.skip("needs setuptools 77, to build the wheel without a network")
    source, wheels, environment = (tmp_path / name for name in ("source", "wheels", "environment"))
    for name in ("tfpose", "tfrecords_tools"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    build = ["wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", wheels, source]
    subprocess.run([*pip, *build], check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (wheel,) = wheels.iterdir()
    install = ["--python", environment, "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run([*pip, *install], check=True, capture_output=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "tests.pth").write_text(sysconfig.get_path("purelib"))  # Not its own .pth files: no editable tfpose.
    return environment / "bin"


@pytest.mark.slow
def test_the_wheel_converts_trains_evaluates_exports_and_predicts_from_an_empty_folder(installed, tmp_path):
    here, tfpose = tmp_path / "empty", installed / "tfpose"
    here.mkdir()
    where = run(installed / "python", "-c", "import tfpose; print(tfpose.__file__)", cwd=here)
    assert where.startswith(str(tmp_path / "environment"))
    assert "24 images" in run(tfpose, "convert", "figures", "--num_train=24", "--num_test=4", cwd=here)
    flags = ["--debug", "--stages=joint:1", "--batch_size=8", "--image_size", "64", "96", "--run=first"]
    said = run(tfpose, "train", *flags, cwd=here)
    assert "CPU with" in said and "━" in said  # The device, and the progress bar.
    assert "Nothing is left to do" in run(tfpose, "train", "--resume", cwd=here)
    assert "4 images" in run(tfpose, "evaluate", "--json=numbers.json", cwd=here)
    assert "Wrote exported/first" in run(tfpose, "export", cwd=here)
    cv2.imwrite(str(here / "photo.jpg"), np.full((96, 144, 3), 90, np.uint8))
    assert "photo.jpg" in run(tfpose, "photo.jpg", "--model=exported/first", cwd=here)
    written = {path.name for path in here.iterdir()}
    assert written == {"data", "models_ex", "tb", "numbers.json", "exported", "photo.jpg", "found"}
