"""The parent's side of the worker: starts it, asks, waits for a limited time, and starts it again when it is gone."""

import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import time
from typing import NamedTuple

SECONDS = 20  # of processor time for one file; a hang takes them all
WAITING = 120  # seconds for one file in which a process may also wait
STARTING = 600  # seconds, on a machine with much else to do
GOOD = ("read", "refused")


class Outcome(NamedTuple):
    """What became of a damaged file.

    Attributes:
        kind: `read`; `refused`, with one line that names the file; or a failure: `traceback`, `not one line`,
            `does not name the file`, `wrong` (numbers), `hang`, `flood` (of memory) or `death` (of the process).
        text: The line, or what is known of the failure.
    """

    kind: str
    text: str = ""


class Worker:
    """A process that reads files; as a context manager."""

    def __init__(self):
        self._process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._end()

    def read(self, target, folder, file) -> Outcome:
        """Lets the process read a folder in which one file is damaged."""
        if self._process is None:
            self._start()
            self._wait(STARTING, STARTING)
            self._process.stdout.readline()
        task = {"target": target.name, "folder": str(folder), "file": str(file)}
        try:
            self._process.stdin.write(json.dumps(task).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return self._death()
        if not self._wait(SECONDS, WAITING):
            self._end()
            return Outcome("hang", f"more than {SECONDS} s of processor time, or {WAITING} s")
        line = self._process.stdout.readline()
        return Outcome(*json.loads(line)) if line else self._death()

    def _start(self):
        root = pathlib.Path(__file__).parents[2]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        command = [sys.executable, "-W", "ignore", "-m", "tests.fuzz.worker"]
        environment = os.environ | {"PYTHONUTF8": "1"}
        self._process = subprocess.Popen(command, cwd=root, env=environment, bufsize=0, **pipes)

    def _wait(self, busy, total) -> bool:
        """Waits until the process answers, at most some seconds of its processor time, and of a clock."""
        start, begun = time.monotonic(), self._processor_time()
        while time.monotonic() - start < total and self._processor_time() - begun < busy:
            if select.select([self._process.stdout], [], [], 1)[0]:
                return True
        return False

    def _processor_time(self):
        try:
            fields = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def _death(self):
        status = self._process.wait()
        self._end()
        return Outcome("death", signal.Signals(-status).name if status < 0 else f"exit {status}")

    def _end(self):
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
