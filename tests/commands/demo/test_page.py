"""The page of `tfpose demo` in headless Chromium."""

import json
import threading
import types

import cv2
import numpy as np
import pytest

from tests.commands.demo import chromium
from tests.small_networks import BarFinder, bar
from tfpose.commands.demo.finding import Model
from tfpose.commands.demo.server import Server
from tfpose.prediction.predictor import Predictor
from tfpose.prediction.single_person import SinglePersonPredictor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium.find() is None, reason=f"needs a browser, one of {', '.join(chromium.NAMES)}"),
]
PICTURE, EXPECTED = bar((150, 200), (110, 64.5), 40)
LIMITS = types.SimpleNamespace(max_bytes=100_000, max_pixels=400_000, timeout=30)
SETTLED = "['done', 'failed'].includes(document.body.dataset.state)"


@pytest.fixture(scope="module")
def address():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Predictor, "load", lambda path, **options: SinglePersonPredictor(BarFinder()))
        models = [Model(name, None, LIMITS.max_pixels) for name in ("one", "two")]
    with Server(0, LIMITS, models) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(address, tmp_path_factory):
    with chromium.page(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(browser, address):
    browser.events.clear()
    browser("Page.navigate", url=address)
    browser.wait(f"location.href === '{address}' && document.body?.dataset.state === 'idle'")
    yield browser
    asked = [e["params"]["request"]["url"] for e in browser.events if e.get("method") == "Network.requestWillBeSent"]
    assert asked and all(url.startswith((address, "blob:http://127.0.0.1:", "data:")) for url in asked)
    assert not [event for event in browser.events if event.get("method") == "Runtime.exceptionThrown"]


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "bar.png"
    cv2.imwrite(str(path), PICTURE[..., ::-1])
    return path


def pixel(page, x, y, canvas=0):
    script = f"[...document.querySelectorAll('canvas')[{canvas}].getContext('2d').getImageData({x}, {y}, 1, 1).data]"
    return page.evaluate(script)[:3]


def test_people_are_drawn_on_a_photo_that_is_dropped(page, photo):
    page.drop(photo)
    page.wait(SETTLED)
    assert page.evaluate("document.querySelectorAll('canvas').length") == 2
    middle = np.rint(EXPECTED[2]).astype(int)
    for canvas in (0, 1):
        np.testing.assert_allclose(pixel(page, *middle, canvas), (245, 245, 245), atol=12)
        np.testing.assert_allclose(pixel(page, 2, 2, canvas), PICTURE[2, 2], atol=2)
    page.evaluate("panels[0].people.value = panels[0].people.max = 1; draw()")
    np.testing.assert_allclose(pixel(page, *middle, 0), PICTURE[middle[1], middle[0]], atol=2)
    assert page.evaluate("document.querySelector('.summary').innerText").startswith("nobody;")
    np.testing.assert_allclose(pixel(page, *middle, 1), (245, 245, 245), atol=12)


def test_what_is_downloaded_is_what_is_shown(page, photo, tmp_path):
    page.drop(photo)
    page.wait(SETTLED)
    page("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    page.evaluate("document.getElementById('download').click()")
    page.wait("true")
    path = tmp_path / "people.json"
    for _ in range(200):
        if path.is_file():
            break
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 50))")
    one, two = json.loads(path.read_text())
    assert (one["image"], one["model"], one["crop"], two["model"]) == ("bar.png", "one", "frame", "two")
    (person,) = one["people"]
    found = [person["keypoints"][name][:2] for name in ("left_end", "right_end", "middle")]
    np.testing.assert_allclose(found, EXPECTED, atol=1)


def test_bad_files_are_answered_by_the_reason(page, photo, tmp_path):
    bad, large = tmp_path / "<b>bad.jpg", tmp_path / "large.jpg"
    bad.write_text("no picture")
    large.write_bytes(bytes(LIMITS.max_bytes + 1))
    for path, reason in ((bad, "Corrupt or truncated image"), (large, "more than 100,000 bytes")):
        page.drop(path)
        page.wait(f"!error.hidden && error.innerText.includes({json.dumps(reason)})")
        assert page.evaluate("error.innerText").startswith(path.name)
    page.drop(photo)
    page.wait("document.body.dataset.state === 'done' && error.hidden")


def test_a_camera_is_looked_at_until_it_is_stopped(page):
    page.evaluate("document.getElementById('camera').click()")
    page.wait("entries.length > 2")
    page.evaluate("document.getElementById('stop').click()")
    page.wait("document.body.dataset.state === 'done'")
    assert page.evaluate("document.getElementById('stop').hidden && entries[1].time > entries[0].time")
    assert page.evaluate("document.querySelector('canvas').width") > 0


def test_a_video_is_looked_at_frame_by_frame_and_played(page, tmp_path):
    pytest.importorskip("av", reason="writes the video")
    from tests.prediction import films

    path = tmp_path / "film.mp4"
    films.write(path, [picture for picture, _ in films.frames(12)])
    page.drop(path)
    page.wait(SETTLED)
    assert page.evaluate("entries.map((entry) => entry.time)") == [i / 10 for i in range(10)]
    across = page.evaluate("entries.map((entry) => entry.answers[0].people[0].keypoints.middle[0])")
    np.testing.assert_allclose(across, [40 + 5 * int(1.2 * i + 1e-6) for i in range(10)], atol=2)
    page.evaluate("document.getElementById('play').click()")
    page.wait("film.paused && film.currentTime > 0.9")
