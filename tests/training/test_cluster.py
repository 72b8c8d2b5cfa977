import json
import os

import pytest

from tfpose.training import cluster, interrupts

WORKERS = ["a:1", "b:1"]


@pytest.fixture
def described(monkeypatch):
    """A function: a cluster and a task → what is read from them."""

    def read(jobs, kind="worker", index=0):
        monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": jobs, "task": {"type": kind, "index": index}}))
        return cluster.read()

    return read


def test_the_first_worker_is_the_chief(described):
    first, second = (described({"worker": WORKERS}, index=i) for i in (0, 1))
    assert first == cluster.Cluster(("a:1", "b:1"), 0) and first.chief
    assert second == cluster.Cluster(("a:1", "b:1"), 1) and not second.chief


def test_a_chief_of_its_own_kind_is_numbered_first(described):
    jobs = {"chief": ["c:1"], "worker": WORKERS}
    assert described(jobs, "chief") == cluster.Cluster(("c:1", "a:1", "b:1"), 0)
    assert described(jobs, "worker", 1) == cluster.Cluster(("c:1", "a:1", "b:1"), 2)


@pytest.mark.parametrize("text", ["", "{}", '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}'])
def test_who_is_alone_has_no_cluster(text, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", text)
    assert cluster.read() is None


def test_a_cluster_can_be_left(described):
    assert described({"worker": WORKERS}) and cluster.read("none") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "`TF_CONFIG` must be JSON"),
        ('{"cluster": {"worker": ["a:1", "b:1"]}}', "`TF_CONFIG` must be JSON .*KeyError: 'type'"),
        (
            '{"cluster": {"worker": ["a:1", "b:1"], "ps": ["c:1"]}, "task": {"type": "ps", "index": 0}}',
            "must be a worker of its cluster. Received: ps 0. Known: worker.",
        ),
        (
            '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 2}}',
            "must be a worker of its cluster. Received: worker 2.",
        ),
    ],
)
def test_incomplete_descriptions_are_refused(text, message, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError, match=message):
        cluster.read()


def test_tasks_of_slurm_are_workers(monkeypatch):
    step = {"PROCID": "2", "STEP_NUM_TASKS": "3", "STEP_NODELIST": "node[1-2]", "STEP_TASKS_PER_NODE": "2,1"}
    for name, value in step.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    monkeypatch.setenv("TF_CONFIG", "")
    assert cluster.read("slurm") == cluster.Cluster(("node1:8888", "node1:8889", "node2:8888"), 2)
    assert json.loads(os.environ["TF_CONFIG"])["task"] == {"type": "worker", "index": 2}


def test_slurm_is_refused_outside_of_a_step(monkeypatch):
    monkeypatch.delenv("SLURM_PROCID", raising=False)
    with pytest.raises(ValueError, match="`cluster=slurm` must be used within `srun`"):
        cluster.read("slurm")


def test_signals_are_noted_and_a_second_interrupt_raises():
    with interrupts.StopRequest() as stop:
        os.kill(os.getpid(), 15)
        assert stop.received
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), 2)
