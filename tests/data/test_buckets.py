import numpy as np
import pytest
import tensorflow as tf

from tests import memory_store
from tests.data.pixel_checks import batches
from tests.synthetic_runs import config
from tfpose.training import loop


@pytest.fixture(autouse=True)
def ram(monkeypatch):
    with memory_store.known(monkeypatch):
        yield


@pytest.mark.slow
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
    with pytest.raises(ValueError, match=f"file system that TensorFlow can read. Received: '{address}'"):
        loop.train(config(address))
    assert not list(tmp_path.iterdir())
