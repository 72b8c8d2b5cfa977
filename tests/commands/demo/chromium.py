"""Headless Chromium, steered by the DevTools protocol over a pipe: nothing but the browser needs to be installed."""

import contextlib
import json
import os
import select
import shutil
import subprocess
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-dev-shm-usage", "--remote-debugging-pipe", "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)  # fmt: skip
PATIENCE = 60  # Seconds


def find():
    """The path of Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """A page of the browser. Steps are named as in the protocol: `page("Page.navigate", url=...)`."""

    def __init__(self, process, to_browser, from_browser):
        self._process, self._to, self._from = process, to_browser, from_browser
        self._number, self._rest, self._session = 0, b"", None
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self._session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.events = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self(f"{domain}.enable")

    def __call__(self, method, **parameters):
        """Sends a command, and returns its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        message |= {"sessionId": self._session} if self._session else {}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            if self._session:
                self.events.append(answer)

    def evaluate(self, expression):
        """The value of a JavaScript expression."""
        done = self("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def wait(self, expression):
        """Waits until a JavaScript expression is true."""
        end = time.monotonic() + PATIENCE
        while not self.evaluate(expression):
            assert time.monotonic() < end, f"{expression}: {self.evaluate('document.body.innerText')}"
            time.sleep(0.05)

    def drop(self, path):
        """Drops a file on the place for it."""
        box = self.evaluate("(r => [r.x + r.width / 2, r.y + r.height / 2])(drop.getBoundingClientRect())")
        data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self("Input.dispatchDragEvent", type=kind, x=box[0], y=box[1], data=data)

    def _read(self):
        while b"\0" not in self._rest:
            assert select.select([self._from], [], [], PATIENCE)[0], "Chromium does not answer"
            chunk = os.read(self._from, 1 << 20)
            assert chunk, "Chromium ended"
            self._rest += chunk
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)


@contextlib.contextmanager
def page(folder):
    """Starts Chromium with its profile in a folder, and gives a `Page`."""
    from_us, to_browser = os.pipe()
    from_browser, to_us = os.pipe()

    def connect():  # Chromium reads from 3 and writes to 4.
        inside, outside = os.dup(from_us), os.dup(to_us)
        os.dup2(inside, 3)
        os.dup2(outside, 4)

    process = subprocess.Popen(
        [find(), *FLAGS, f"--user-data-dir={folder}"],
        preexec_fn=connect,
        close_fds=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(from_us)
    os.close(to_us)
    try:
        yield Page(process, to_browser, from_browser)
    finally:
        process.terminate()
        process.wait(30)
        os.close(to_browser)
        os.close(from_browser)
