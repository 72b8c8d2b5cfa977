"""Variables of MATLAB files, read in a child process.

SciPy's reader ends the process (SIGSEGV) on some damaged files, and takes all memory on others. A child process with
limits of time and memory turns both into an error that names the file.
"""

import contextlib
import functools
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator

SECONDS = 600  # for one file; MPII's takes about 20
MEMORY = 6 * 2**30  # bytes of address space, of which the libraries take 1 GB; MPII's needs about 2 GB

_CHILD = pathlib.Path(__file__).with_name("matlab_child.py")


def load_files(paths: Iterable[pathlib.Path], **options) -> Iterator[dict]:
    """Reads MATLAB files one after the other, in one child process.

    Args:
        paths: Of the files.
        **options: `squeeze_me` and `struct_as_record`, as `scipy.io.loadmat` takes them.

    Yields:
        The variables of each file by name.

    Raises:
        ValueError: If a file cannot be read, in `SECONDS` and `MEMORY`.
    """
    with _child(options.get("squeeze_me", False), options.get("struct_as_record", True)) as child:
        for path in paths:
            timer = threading.Timer(SECONDS, child.kill)
            timer.start()
            try:
                child.stdin.write(f"{pathlib.Path(path).absolute()}\n".encode())
                child.stdin.flush()
                read, found = pickle.load(child.stdout)
            except (EOFError, OSError, pickle.UnpicklingError):
                read, found = False, _death(child)
            finally:
                timer.cancel()
            if not read:
                raise ValueError(f"{path} must be a whole MATLAB file (before version 7.3). Received: {found}.")
            yield found


def load_file(path: pathlib.Path, **options) -> dict:
    """Reads one MATLAB file, see `load_files`; a file that has not changed since the last call is not read again."""
    try:
        status = os.stat(path)
    except OSError as error:
        raise ValueError(f"{path} must be a MATLAB file. Received: {error.strerror}.") from None
    return _load_unchanged(path, status.st_mtime_ns, status.st_size, **options)


@functools.lru_cache(maxsize=1)
def _load_unchanged(path, changed, size, **options):
    (found,) = load_files([path], **options)
    return found


@contextlib.contextmanager
def _child(squeeze_me, struct_as_record):
    arguments = [str(MEMORY), str(int(squeeze_me)), str(int(struct_as_record))]
    command = [sys.executable, "-P", str(_CHILD), *arguments]
    # Every thread of OpenBLAS reserves address space, which the limit counts.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    child = subprocess.Popen(command, env=environment, **pipes)
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def _death(child) -> str:
    """Says how a child ended."""
    status = child.wait()
    if status == -signal.SIGKILL:
        return f"a file that takes more than {SECONDS} seconds or all memory"
    return f"a damaged file, on which the reader died ({signal.Signals(-status).name if status < 0 else status})"
