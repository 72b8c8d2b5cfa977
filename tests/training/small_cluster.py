"""Workers of a cluster on this machine, each a process of its own, for the tests."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).parents[2]
RUN = """
import json, os, sys
import tensorflow as tf
from tfpose.__main__ import plain_errors
from tfpose.training import config, loop
with plain_errors():
    loop.train(config.from_dict(json.loads(sys.argv[1])))
"""
SECONDS = 600  # After which a test that hangs is ended; on an idle machine each takes less than a minute.


def free_ports(count):
    """Ports of the loopback that nothing listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def start(*configs, program=RUN):
    """Starts a worker for each configuration. Returns the processes; their output is in `worker_<index>.log`."""
    addresses = [f"127.0.0.1:{port}" for port in free_ports(len(configs))]
    processes = []
    for index, chosen in enumerate(configs):
        described = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CONFIG": json.dumps(described)}
        with open(f"worker_{index}.log", "w") as log:
            command = [sys.executable, "-c", program, json.dumps(chosen.__dict__)]
            processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT))
    return processes


def output(index):
    return pathlib.Path(f"worker_{index}.log").read_text()


def finish(processes, seconds=SECONDS):
    """Waits for all processes to end by themselves. Returns their exit statuses."""
    end = time.monotonic() + seconds
    try:
        return [process.wait(end - time.monotonic()) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def train(*configs):
    """Trains with a worker for each configuration, all of which must end well."""
    statuses = finish(start(*configs))
    assert statuses == [0] * len(configs), "\n".join(output(i)[-3000:] for i in range(len(configs)))


def wait_for(condition, processes, seconds=SECONDS):
    """Waits until a condition holds while all processes run."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end and all(process.poll() is None for process in processes), output(0)[-3000:]
        time.sleep(0.02)
