"""The server of `tfpose demo`, by real connections, with a network whose right answer is known."""

import http.client
import json
import socket
import threading
import types
import zlib

import cv2
import numpy as np
import pytest

from tests.small_networks import BarFinder, bar
from tfpose.commands.demo import cli, server
from tfpose.commands.demo.finding import Model
from tfpose.prediction.predictor import Predictor
from tfpose.prediction.single_person import SinglePersonPredictor

SIZE = (150, 200)
PICTURE, EXPECTED = bar(SIZE, (110, 64.5), 40)
LIMITS = types.SimpleNamespace(max_bytes=100_000, max_pixels=40_000, timeout=60)


def encoded(picture=PICTURE, form=".png"):
    return cv2.imencode(form, picture[..., ::-1])[1].tobytes()


@pytest.fixture(scope="module")
def model():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Predictor, "load", lambda path, **options: SinglePersonPredictor(BarFinder()))
        return Model("models_ex/bars", None, LIMITS.max_pixels)


@pytest.fixture
def serve(model):
    """A function: other limits → the port of a server that runs during the test."""
    running = []

    def start(**limits):
        own = types.SimpleNamespace(**{**vars(LIMITS), **limits})
        running.append(server.Server(0, own, [model, model]))
        threading.Thread(target=running[-1].serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return running[-1].server_port

    yield start
    for each in running:
        each.shutdown()
        each.server_close()


def ask(port, method="POST", path="/people", body=None, **headers):
    """Sends a request. Returns the status, the headers and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    own = {"Content-Type": server.BINARY} if method == "POST" else {}
    connection.request(method, path, body, own | {name.replace("_", "-"): value for name, value in headers.items()})
    reply = connection.getresponse()
    found = reply.status, reply.headers, reply.read()
    connection.close()
    return found


def error_of(reply):
    return reply[0], json.loads(reply[2])["error"]


def keypoints(reply):
    (person,) = json.loads(reply[2])["people"]
    return np.array(list(person["keypoints"].values()))


def test_the_people_of_a_photo_are_found(serve):
    status, headers, body = reply = ask(serve(), body=encoded(), path="/people?model=1")
    found = json.loads(body)
    assert status == 200 and headers["Content-Type"] == "application/json" and headers["Cache-Control"] == "no-store"
    assert (found["width"], found["height"]) == (200, 150) and found["seconds"] > 0
    np.testing.assert_allclose(keypoints(reply)[:, :2], EXPECTED, atol=1)


def test_the_page_holds_what_it_needs_and_loads_nothing(serve):
    status, headers, body = ask(serve(), "GET", "/")
    text = body.decode()
    policy = headers["Content-Security-Policy"]
    assert status == 200 and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert f'<script nonce="{nonce}">' in text and "Content-Security-Policy" not in text
    assert "src=" not in text and "http://" not in text and "https://" not in text
    settings = json.loads(text.partition('id="settings">')[2].partition("</script>")[0])
    assert settings["max_bytes"] == 100_000 and [model["name"] for model in settings["models"]] == ["bars", "bars"]
    assert [keypoint["name"] for keypoint in settings["models"][0]["keypoints"]] == ["left_end", "right_end", "middle"]


@pytest.mark.parametrize("body", [b"", b"no picture", encoded()[:40]], ids=["empty", "text", "torn"])
def test_a_bad_file_is_refused_by_what_it_holds(serve, body):
    status, reason = error_of(ask(serve(), body=body))
    assert status == 415 and reason.startswith("Corrupt or truncated image")


def test_more_bytes_than_the_limit_are_refused(serve):
    status, reason = error_of(ask(serve(), body=bytes(3_000_000)))
    assert status == 413 and reason == "More than 100,000 bytes, see --max_bytes."


def test_more_pixels_than_the_limit_are_refused_by_the_header(serve):
    chunks = (b"IHDR" + (60_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0]), b"IDAT" + zlib.compress(b""))
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(
        (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big") for chunk in chunks
    )
    for body in (encoded(np.zeros((300, 300, 3), np.uint8)), bomb):
        status, reason = error_of(ask(serve(), body=body))
        assert status == 415 and "more than" in reason.lower() and "pixels" in reason


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "[bad"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_hosts_are_refused(serve, method, host):
    status, reason = error_of(ask(serve(), method, "/" if method == "GET" else "/people", Host=host))
    assert status == 421 and reason.startswith("The host must be 127.0.0.1 or localhost.")


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "null"])
def test_posts_of_other_pages_are_refused(serve, origin):
    assert error_of(ask(serve(), body=encoded(), Origin=origin))[0] == 403


def test_the_page_s_own_origin_is_answered(serve):
    port = serve()
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        assert ask(port, body=encoded(), Origin=f"http://{host}", Host=host)[0] == 200


def test_content_types_that_need_no_leave_of_other_pages_are_refused(serve):
    assert error_of(ask(serve(), body=encoded(), Content_Type="text/plain"))[0] == 415
    assert ask(serve(), "OPTIONS", "/people")[0] == 501


def test_requests_that_make_no_sense_are_refused(serve):
    port = serve()
    assert error_of(ask(port, "GET", "/etc/passwd"))[0] == 404
    assert error_of(ask(port, path="/other"))[0] == 404
    assert error_of(ask(port, path="/people?model=2", body=encoded()))[0] == 404
    assert error_of(ask(port, path="/people?model=-1", body=encoded()))[0] == 404
    assert error_of(ask(port, body=encoded(), Content_Length="-5"))[0] == 411


def test_a_picture_that_does_not_arrive_is_given_up(serve):
    port = serve(timeout=0.3)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        head = f"POST /people HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 90\r\n"
        connection.sendall(f"{head}Content-Type: {server.BINARY}\r\n\r\nfew".encode())
        assert b" 408 " in connection.recv(100)


def test_headers_that_do_not_arrive_are_given_up(serve):
    with socket.create_connection(("127.0.0.1", serve(timeout=0.3)), timeout=20) as connection:
        connection.sendall(b"GET / HT")
        while connection.recv(1000):  # Up to the end of the connection, which would else time out.
            pass


def test_who_waits_too_long_for_the_network_is_told(serve, monkeypatch, model):
    going, end = threading.Event(), threading.Event()
    monkeypatch.setattr(model, "find", lambda body: (going.set(), end.wait(20)) and {"people": []})
    port = serve(timeout=0.3)
    first = threading.Thread(target=ask, args=(port,), kwargs={"body": encoded()})
    first.start()
    assert going.wait(20) and error_of(ask(port, body=encoded()))[0] == 503
    end.set()
    first.join()


def test_two_clients_at_once_have_their_own_answers(serve):
    port = serve()
    middles = [(60 + 20 * i, 64.5) for i in range(6)]
    replies = {}

    def client(middle):
        replies[middle] = ask(port, body=encoded(bar(SIZE, middle, 40)[0]))

    threads = [threading.Thread(target=client, args=(middle,)) for middle in middles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for middle in middles:
        np.testing.assert_allclose(keypoints(replies[middle])[:, :2], bar(SIZE, middle, 40)[1], atol=1)


def test_only_this_machine_is_served(model):
    with server.Server(0, LIMITS, [model]) as made:
        assert made.socket.getsockname()[0] == "127.0.0.1"


def test_a_port_in_use_is_refused_before_models_are_loaded(serve, monkeypatch):
    monkeypatch.setattr(Predictor, "load", lambda path, **options: pytest.fail("loaded"))
    with pytest.raises(ValueError, match="`--port` must be free"):
        cli.main([f"--port={serve()}", "--model=any"])


def test_the_command_serves_two_models_until_it_is_interrupted(monkeypatch, capsys):
    def stop(made):
        assert [model.name for model in made.models] == ["one", "two"]
        raise KeyboardInterrupt

    monkeypatch.setattr(Predictor, "load", lambda path, **options: SinglePersonPredictor(BarFinder()))
    monkeypatch.setattr(server.Server, "serve_forever", stop)
    assert cli.main(["--port=0", "--model=runs/one", "--compare=runs/two"]) == 0
    assert "Open http://127.0.0.1:" in capsys.readouterr().out
