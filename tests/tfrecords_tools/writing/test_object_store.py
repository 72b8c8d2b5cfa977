import numpy as np
import pytest
import tensorflow as tf

from tests import memory_store
from tests.data.pixel_checks import batches
from tests.synthetic_runs import config
from tests.tfrecords_tools.small_files import read
from tests.tfrecords_tools.writing.test_pose_builder import Toy, equal
from tfpose.training import loop
from tfrecords_tools import convert as command
from tfrecords_tools.errors import ConversionError


@pytest.fixture(autouse=True)
def ram(monkeypatch):
    with memory_store.known(monkeypatch):
        yield


def toy(monkeypatch, data_dir, **flags):
    monkeypatch.setattr(command, "lookup", lambda name: Toy)
    return command.convert("toy", data_dir=data_dir, progress=False, max_set_aside=1.0, **flags)


def test_records_are_written_to_a_store_as_to_a_disk(tmp_path, monkeypatch):
    local, stored = toy(monkeypatch, tmp_path), toy(monkeypatch, "ram://bucket/data")
    equal(read(local.path, "train"), read(stored.path, "train"))
    assert str(stored.path) == "ram://bucket/data/toy" and stored.counts == local.counts
    assert tf.io.gfile.listdir("ram://bucket/data") in (["toy"], ["toy/"])  # The workspace is gone.
    with pytest.raises(ConversionError, match="must not be there yet, or `--overwrite`"):
        toy(monkeypatch, "ram://bucket/data")
    toy(monkeypatch, "ram://bucket/data", overwrite=True)


def test_a_run_is_trained_from_records_in_a_store(dots, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tf.io.gfile.makedirs("ram://records/dots")
    for file in dots.iterdir():
        tf.io.gfile.copy(str(file), f"ram://records/dots/{file.name}")
    for (images, _), (others, _) in zip(batches(dots), batches("ram://records/dots"), strict=True):
        np.testing.assert_array_equal(images, others)
    _, folder = loop.train(config("ram://records/dots", n_epochs=1, banks=1, use_sm=False))
    assert (folder / "best.keras").exists()


@pytest.mark.parametrize("address", ["foo://bucket", "hdfs://bucket/x"])
def test_addresses_of_other_kinds_are_refused(address, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConversionError, match=f"in a bucket: gs://…. Received: '{address}'"):
        toy(monkeypatch, address)
    with pytest.raises(ValueError, match=f"file system that TensorFlow can read. Received: '{address}'"):
        loop.train(config(address))
    assert not list(tmp_path.iterdir())
