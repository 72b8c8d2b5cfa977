"""Signals that end a training run early: Ctrl-C, and the SIGTERM of schedulers."""

import contextlib
import signal
import threading


class Terminated(KeyboardInterrupt):
    """Raised on SIGTERM, which schedulers send some time before they kill a job.

    Attributes:
        status: Exit status of the command, by convention 128 + 15.
    """

    status = 143


class Preempted(KeyboardInterrupt):
    """Raised on every worker of a cluster at the same step, after one of them has received SIGTERM or SIGINT.

    Attributes:
        status: Exit status of the command: 138, which Kubeflow's operators keep for errors after which a worker is to
            be started again (`restartPolicy: ExitCode`).
    """

    status = 138


@contextlib.contextmanager
def sigterm_interrupts():
    """Context in which SIGTERM raises `Terminated`; further ones are ignored, since they would cut saving short."""

    def terminate(*_):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Terminated

    with _handled(terminate, signal.SIGTERM):
        yield


class StopRequest:
    """Context in which SIGTERM and SIGINT do not raise, but are noted; a second SIGINT raises `KeyboardInterrupt`.

    A worker that left a step by itself would leave the others waiting in it.

    Attributes:
        received: Whether there was such a signal.
    """

    def __init__(self):
        self.received = False

    def __enter__(self):
        self._handlers = _handled(self._note, signal.SIGTERM, signal.SIGINT)
        self._handlers.__enter__()
        return self

    def __exit__(self, *error):
        return self._handlers.__exit__(*error)

    def _note(self, number, _):
        if self.received and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.received = True


@contextlib.contextmanager
def _handled(handler, *numbers):
    """Context in which a function handles signals; without effect outside of the main thread, which alone may."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
