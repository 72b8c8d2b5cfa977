"""What reaches the console: without `--verbose`, neither log lines of TensorFlow nor warnings of other libraries."""

import importlib.abc
import importlib.machinery
import logging
import os
import sys
import warnings

from tfpose.commands import stderr_filter

FOR_DEVELOPERS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
"""Warnings of a library that Python ascribes to the line of this project that called it."""


def prepare(*, verbose: bool):
    """Unless verbose, hides harmless log lines and all warnings but the project's own.

    To be called before TensorFlow is imported. A `TF_CPP_MIN_LOG_LEVEL` in the environment stays as it is.
    """
    # In a cluster, TensorFlow also logs at level ERROR, several times, what it raises after a worker has ended.
    hidden = "3" if {"TF_CONFIG", "SLURM_PROCID"} & set(os.environ) else "2"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "0" if verbose else hidden)
    if verbose:
        return
    warnings.filterwarnings("ignore")
    warnings.filterwarnings("default", module=r"(tfpose|tfrecords_tools)\b")
    for category in FOR_DEVELOPERS:
        warnings.filterwarnings("ignore", category=category)
    warnings.formatwarning = lambda message, *_: f"Warning: {message}\n"
    sys.meta_path.insert(0, _QuietTensorFlow())


class _QuietTensorFlow(importlib.abc.MetaPathFinder):
    """Finds TensorFlow, and filters what it and its C++ code log from its import on.

    An import hook acts wherever the first import is, which depends on the subcommand.
    """

    def find_spec(self, name, path=None, target=None):
        if name != "tensorflow":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec:
            execute = spec.loader.exec_module

            def execute_quietly(module):
                stop = stderr_filter.start()
                try:
                    execute(module)
                except BaseException:
                    stop()  # Shows what was logged before the traceback.
                    raise
                for logger in ("tensorflow", "absl"):
                    logging.getLogger(logger).setLevel(logging.ERROR)

            spec.loader.exec_module = execute_quietly
        return spec
