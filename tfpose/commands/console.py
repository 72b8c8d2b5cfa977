"""What reaches the console: without `--verbose`, neither log lines of TensorFlow nor warnings of other libraries."""

import contextlib
import importlib.abc
import importlib.machinery
import logging
import os
import re
import sys
import tempfile
import warnings

NOISE = re.compile(rb"WARNING: All log messages before absl|[IW]\d{4} [\d:.]+ +\d+ \w+\.cc:\d+\]")
"""Start of a C++ log line of level INFO or WARNING, and of absl's remark on where such lines are written."""


def prepare(*, verbose: bool):
    """Unless verbose, hides log lines below level ERROR and all warnings but the project's own.

    To be called before TensorFlow is imported. A `TF_CPP_MIN_LOG_LEVEL` in the environment stays as it is.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "0" if verbose else "2")
    if verbose:
        return
    warnings.filterwarnings("ignore")
    warnings.filterwarnings("default", module=r"(tfpose|tfrecords_tools)\b")
    warnings.formatwarning = lambda message, *_: f"Warning: {message}\n"
    sys.meta_path.insert(0, _QuietTensorFlow())


class _QuietTensorFlow(importlib.abc.MetaPathFinder):
    """Finds TensorFlow, and hides what it logs while it is imported.

    TensorFlow 2.21 writes its remark on oneDNN while it is imported, whatever `TF_CPP_MIN_LOG_LEVEL` says (TensorFlow
    issue 100442). An import hook acts wherever the first import is, which depends on the subcommand.
    """

    def find_spec(self, name, path=None, target=None):
        if name != "tensorflow":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec:
            execute = spec.loader.exec_module

            def execute_quietly(module):
                with _without_noise():
                    execute(module)
                for logger in ("tensorflow", "absl"):
                    logging.getLogger(logger).setLevel(logging.ERROR)

            spec.loader.exec_module = execute_quietly
        return spec


@contextlib.contextmanager
def _without_noise():
    """Holds back what is written to the file descriptor of standard error, then passes on all lines but `NOISE`."""
    sys.stderr.flush()
    console = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(console, 2)
            os.close(console)
            file.seek(0)
            os.write(2, b"".join(line for line in file if not NOISE.match(line)))
