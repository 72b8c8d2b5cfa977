"""`.keras` files of others: what is refused before any of it runs, in one line that names the file."""

import io
import json
import pickle
import stat
import zipfile

import keras
import pytest

from tests.models.test_saved_files import SAVED
from tfpose.models import DeeperCut
from tfpose.models.saved_file import check_archive, open_model

GOOD = SAVED / "associative_embedding.keras"


def entries():
    with zipfile.ZipFile(GOOD) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path, contents, kind=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def refusal(path):
    with pytest.raises(ValueError, match=f"{path} must be a whole .keras file") as caught:
        open_model(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_good_archive_passes(tmp_path):
    check_archive(write(tmp_path / "a.keras", entries()))


def test_a_lambda_layer_is_refused(tmp_path):
    network = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1)])
    network.save(tmp_path / "a.keras")
    assert "Lambda" in refusal(tmp_path / "a.keras")


@pytest.mark.parametrize("name", ["data.pkl", "../../a", "/a", "assets/a", "model.weights.npz"])
def test_entries_that_keras_does_not_write_are_refused(tmp_path, name):
    path = write(tmp_path / "a.keras", entries() | {name: pickle.dumps(print)})
    assert "an entry" in refusal(path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.keras"]


def test_a_pickle_instead_of_an_archive_is_refused(tmp_path):
    (tmp_path / "a.keras").write_bytes(pickle.dumps({"a": 1}))
    refusal(tmp_path / "a.keras")


def test_a_symbolic_link_is_refused(tmp_path):
    path = write(tmp_path / "a.keras", {n: c for n, c in entries().items() if n != "model.weights.h5"})
    link = zipfile.ZipInfo("model.weights.h5")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "a symbolic link" in refusal(path)


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_zip_bomb_is_refused_by_its_directory(tmp_path, name):
    path = write(tmp_path / "a.keras", entries() | {name: bytes(50_000_000)}, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 500_000
    assert "of 50,000,000 bytes from" in refusal(path)


@pytest.mark.parametrize("config", ["[" * 100_000, "1" * 5_000, "[]", "{}", '{"class_name": "Nothing", "config": {}}'])
def test_damaged_configurations_are_refused(tmp_path, config):
    refusal(write(tmp_path / "a.keras", entries() | {"config.json": config}))


def test_damaged_weights_are_refused(tmp_path):
    refusal(write(tmp_path / "a.keras", entries() | {"model.weights.h5": b"\x89HDF\r\n\x1a\n" + bytes(500)}))
    (tmp_path / "a.keras").write_bytes(GOOD.read_bytes()[:2000])
    refusal(tmp_path / "a.keras")


def test_a_configuration_neither_downloads_weights_nor_reads_files(monkeypatch, tmp_path):
    monkeypatch.setattr(keras.utils, "get_file", lambda *args, **kwargs: pytest.fail("a download"))
    built = []
    monkeypatch.setattr(DeeperCut, "__init__", lambda self, *args, **kwargs: built.append(kwargs))
    monkeypatch.setattr(DeeperCut, "crop", None)
    config = json.loads(entries()["config.json"])["config"]
    fields = {"skeleton": config["skeleton"], "graph": "full", "weights": "imagenet"}
    DeeperCut.from_config(fields)
    assert "weights" not in built[0]
    with pytest.raises(ValueError, match="`terms` of a saved model must be numbers, not a file"):
        DeeperCut.from_config({**fields, "terms": "/etc/passwd"})


def test_pickled_objects_in_arrays_are_refused(tmp_path):
    import numpy as np

    from tfpose.codecs.grouping.pairwise import PairwiseTerms

    file = io.BytesIO()
    np.savez(file, pairs=np.array([{"a": 1}], object))
    (tmp_path / "pairwise.npz").write_bytes(file.getvalue())
    with pytest.raises(ValueError, match="pairwise.npz must be an .npz file with the arrays"):
        PairwiseTerms.load(tmp_path / "pairwise.npz")
