"""Names, paths and addresses of trained models."""

import hashlib
import http.server
import threading

import keras
import pytest

from tfpose.pretrained import catalogue, files


@pytest.fixture
def served(tmp_path):
    """The address of a folder on this machine, and the folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=tmp_path)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", tmp_path
        server.shutdown()


@pytest.fixture
def cache(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr(keras.config, "keras_home", lambda: str(folder), raising=False)
    monkeypatch.setattr("keras.src.utils.file_utils.config.keras_home", lambda: str(folder))
    return folder


def test_a_file_and_a_run_are_what_they_were(tmp_path):
    for name in ("best.keras", "own.keras"):
        (tmp_path / name).touch()
    assert files.weights_file(tmp_path / "own.keras") == tmp_path / "own.keras"
    assert files.weights_file(str(tmp_path)) == tmp_path / "best.keras"


@pytest.mark.parametrize("name", catalogue.names())
def test_a_name_is_the_file_of_its_card(name):
    assert files.weights_file(name) == catalogue.card(name).file


def test_a_folder_comes_before_a_model_of_the_same_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "body").mkdir()
    (tmp_path / "body/best.keras").touch()
    assert files.weights_file("body").name == "best.keras"


def test_what_is_neither_is_refused_with_the_known_names(tmp_path):
    with pytest.raises(
        ValueError, match="A model must be .* Received: '.*nothing'. Models that come with the package: "
    ):
        files.weights_file(tmp_path / "nothing")


def test_an_address_is_downloaded_once_and_checked(served, cache):
    address, folder = served
    (folder / "own.keras").write_bytes(b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    found = files.weights_file(f"{address}/own.keras#sha256={digest}")
    assert found.read_bytes() == b"weights" and cache in found.parents
    (folder / "own.keras").unlink()
    assert files.weights_file(f"{address}/own.keras#sha256={digest}") == found


def test_another_file_than_the_address_says_is_refused(served, cache):
    address, folder = served
    (folder / "own.keras").write_bytes(b"other weights")
    with pytest.raises(ValueError, match="must have the SHA-256 0000.*Received: another file"):
        files.weights_file(f"{address}/own.keras#sha256={'0' * 64}")


def test_an_address_without_a_hash_is_refused():
    with pytest.raises(ValueError, match="must end in .keras#sha256= and the 64 hexadecimal digits"):
        files.weights_file("https://example.org/own.keras")


def test_what_cannot_be_downloaded_is_one_line(served, cache):
    address, _ = served
    with pytest.raises(OSError, match="own.keras cannot be downloaded"):
        files.weights_file(f"{address}/own.keras#sha256={'0' * 64}")
