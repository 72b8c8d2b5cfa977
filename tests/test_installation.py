"""What is installed fits together."""

import importlib.metadata
import pathlib
import runpy

import pytest

SETUP = pathlib.Path(__file__).parents[1] / "setup.py"


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
