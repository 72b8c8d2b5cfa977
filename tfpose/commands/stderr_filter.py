"""Filter of standard error, which drops log lines of TensorFlow's C++ code that are known to be harmless.

That code writes to file descriptor 2, past Python, and reports some harmless events at level ERROR. Setting
`TF_CPP_MIN_LOG_LEVEL=3` would hide real errors too. The lines are filtered by a process of its own, which reads a pipe
in place of the descriptor: a thread of this process would lose the last lines when it is aborted or killed.
"""

import atexit
import contextlib
import os
import re
import select
import subprocess
import sys

HARMLESS = (
    # absl's remark before the first line, and all lines of level INFO and WARNING. TensorFlow writes some while it is
    # imported, whatever `TF_CPP_MIN_LOG_LEVEL` says (TensorFlow issue 100442).
    r"WARNING: All log messages before absl",
    r"[IW]\d{4} [\d:.]+ +\d+ \w+\.cc:\d+\]",
    r"INFO: Created TensorFlow Lite",
    # A transposition of integers, as in the gradient of `tf.tile` and so of `UpSampling2D`: Eigen computes it.
    r"E\d{4} .* util\.cc:\d+\] oneDNN supports DT_\w+ only on platforms with AVX-512",
    # TensorFlow with CUDA on a machine without driver (303: no libcuda). A driver that fails has another number.
    r"E\d{4} .* cuda_\w+\.cc:\d+\] failed call to cuInit: .*UNKNOWN ERROR \(303\)",
    # LiteRT's converter, for a Cast that the graph optimizer has turned into an Identity.
    r"E\d{4} .* node_def_util\.cc:\d+\] NodeDef mentions attribute Truncate which is not in the op definition: "
    r"Op<name=Identity;",
)
"""Starts of the lines that are dropped, as regular expressions."""

PARTIAL = 0.1  # Seconds after which the start of a line is passed on. A log line is written whole, by one call.


def start():
    """Puts the filter before file descriptor 2, and returns a function that takes it away again.

    `sys.stderr` then writes to the console directly, so that progress bars see a terminal; lines of Python and of C++
    code each keep their order, not that between them. Child processes inherit the filter. Where standard error is
    closed or no process can be started, nothing is filtered.
    """
    try:
        console = os.dup(2)
    except OSError:
        return lambda: None
    read, write = os.pipe()
    try:
        # In a session of its own, since an interrupt from the keyboard must not end it before its last lines.
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__], stdin=read, stdout=console, stderr=console, start_new_session=True
        )
    except OSError:
        for descriptor in (console, read, write):
            os.close(descriptor)
        return lambda: None
    os.close(read)
    os.dup2(write, 2)
    os.close(write)
    before = sys.stderr
    # Never closed, since progress bars and log handlers may keep it.
    sys.stderr = open(console, "w", 1, before.encoding, before.errors, closefd=False)  # noqa: SIM115

    def stop():
        sys.stderr.flush()
        sys.stderr = before
        os.dup2(console, 2)  # Closes the pipe, unless a child process holds it too.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        atexit.unregister(stop)

    atexit.register(stop)
    return stop


def run(source, target):
    """Copies what is written to one file descriptor to another, but for harmless lines, until its end.

    Args:
        source: File descriptor to read.
        target: File descriptor to write.
    """
    harmless = re.compile("|".join(HARMLESS).encode())
    partial = b""
    while True:
        if partial and not select.select([source], [], [], PARTIAL)[0]:
            _write(target, partial)
            partial = b""
        read = os.read(source, 1 << 16)
        *lines, partial = (partial + read).splitlines(keepends=True) or [b""]
        if partial.endswith((b"\n", b"\r")) or not read:
            lines, partial = [*lines, partial], b""
        _write(target, b"".join(line for line in lines if not harmless.match(line)))
        if not read:
            return


def _write(target, text):
    while text:
        text = text[os.write(target, text) :]


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        run(0, 1)
