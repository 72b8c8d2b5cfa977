import os
import pathlib

import pytest
import tensorflow as tf

from tests.synthetic_runs import config
from tfpose.training import loop
from tfpose.training.callbacks.copies import Copies


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_run_and_its_logs_are_copied_to_another_file_system(dots):
    loop.train(config(dots, n_epochs=1, banks=1, use_sm=False, copy_to="ram://store/pose"))
    for folder in ("models_ex/a", "tb/a"):
        files = [file for file in pathlib.Path(folder).rglob("*") if file.is_file()]
        assert files
        for file in files:
            with tf.io.gfile.GFile(f"ram://store/pose/{file}", "rb") as copy:
                assert copy.read() == file.read_bytes(), file


def test_only_what_has_changed_is_copied_again():
    pathlib.Path("a").mkdir()
    for name in ("changes", "stays"):
        pathlib.Path("a", name).write_text("old")
    copies = Copies("ram://again", ["a"])
    copies.on_epoch_end(0)
    pathlib.Path("a/changes").write_text("new")
    os.utime("a/changes", (1, 1))
    tf.io.gfile.remove("ram://again/a/stays")
    copies.on_epoch_end(1)
    assert tf.io.gfile.listdir("ram://again/a") == ["changes"]
    with tf.io.gfile.GFile("ram://again/a/changes") as file:
        assert file.read().endswith("new")  # Unlike other file systems, TensorFlow's in memory appends.


def test_an_address_that_tensorflow_does_not_know_is_refused_before_anything_is_written(dots):
    with pytest.raises(ValueError, match=r"`copy_to` must be an address .* Received: 's3://bucket'.*Known: .*gs://"):
        loop.train(config(dots, copy_to="s3://bucket", banks=1, use_sm=False))
    assert not list(pathlib.Path().iterdir())
