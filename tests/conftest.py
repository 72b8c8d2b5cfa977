"""Two CPU devices, so that the tests of `tf.distribute` run anywhere; real data, where it is there."""

import json
import os
import pathlib
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("MPLBACKEND", "Agg")

import keras
import pytest
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


def pytest_addoption(parser):
    parser.addoption("--fuzz", type=int, default=0, metavar="N", help="damaged files to try in tests/fuzz")


@pytest.fixture(autouse=True)
def fresh_keras():
    """Every test starts from the same seed and leaves no precision, names or graphs to the next."""
    keras.utils.set_random_seed(0)
    yield
    keras.utils.clear_session(free_memory=False)
    keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="session")
def real_data():
    """A function: name of a folder of real data → its path. Skips the test where it is absent."""
    root = pathlib.Path(os.environ.get("TFPOSE_DATA") or pathlib.Path(__file__).parents[2] / "shared" / "data")

    def find(name):
        if not (root / name).is_dir():
            pytest.skip(f"needs real data: no folder {name} in {root}; set TFPOSE_DATA")
        return root / name

    return find


@pytest.fixture(scope="session")
def dots(tmp_path_factory):
    """Folder of the tiny records of tests/dots.py, framed by image."""
    from tests import dot_records

    return dot_records.write(tmp_path_factory.mktemp("dots"))


@pytest.fixture(scope="session")
def dots_by_person(dots, tmp_path_factory):
    """The same, framed by person."""
    folder = shutil.copytree(dots, tmp_path_factory.mktemp("dots_by_person"), dirs_exist_ok=True)
    metadata = json.loads((folder / "metadata.json").read_text())
    (folder / "metadata.json").write_text(json.dumps({**metadata, "framing": "person"}))
    return folder
