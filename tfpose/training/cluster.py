"""The workers that train one model together, as `TF_CONFIG` or SLURM describes them."""

import contextlib
import dataclasses
import json
import os
import shutil

CLUSTERS = ("auto", "slurm", "none")
COORDINATORS = ("chief", "worker")  # Jobs that take part in training, in the order in which workers are numbered.


@dataclasses.dataclass(frozen=True)
class Cluster:
    """The workers of a run.

    Attributes:
        workers: Address of each worker, `host:port`.
        index: Number of this worker; 0 is the chief, which writes the run.
    """

    workers: tuple[str, ...]
    index: int

    @property
    def chief(self):
        """Whether this worker writes the run."""
        return self.index == 0

    def describe(self) -> str:
        """Returns a line on the strategy, on this worker, and on those it waits for."""
        return (
            f"MultiWorkerMirroredStrategy: worker {self.index} of {', '.join(self.workers)}; waits for the others. "
            f"{'It' if self.chief else 'Worker 0'} prints and writes the run."
        )

    @contextlib.contextmanager
    def console(self):
        """Context in which workers other than the chief print nothing: they would repeat it."""
        if self.chief:
            yield
            return
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            yield


def read(choice: str = "auto") -> Cluster | None:
    """Returns the cluster that this process belongs to, or none if it trains alone.

    Args:
        choice: Where the cluster is described. `auto`: in the environment variable `TF_CONFIG`, if it names more than
            one worker. `slurm`: by the tasks of SLURM's step; `TF_CONFIG` is set from them, which TensorFlow reads.
            `none`: nowhere.

    Raises:
        ValueError: If the description is incomplete, names another kind of task, or there is no step of SLURM.
    """
    if choice == "slurm":
        os.environ["TF_CONFIG"] = json.dumps(_slurm())
    text = os.environ.get("TF_CONFIG", "")
    if choice == "none" or not text.strip():
        return None
    try:
        described = json.loads(text)
        jobs, task = described.get("cluster") or {}, described.get("task") or {}
        workers = [address for job in COORDINATORS for address in jobs.get(job, ())]
        if len(workers) < 2:
            return None
        before = len(jobs.get("chief", ())) if task["type"] == "worker" else 0
        index, own = int(task["index"]), jobs[task["type"]]
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(
            "`TF_CONFIG` must be JSON with the addresses of the `cluster` and the type and index of this `task`. "
            f"Received: {text!r} ({type(error).__name__}: {error})."
        ) from None
    if task["type"] not in COORDINATORS or not 0 <= index < len(own):
        raise ValueError(
            f"The task of `TF_CONFIG` must be a worker of its cluster. Received: {task['type']} {index}. "
            f"Known: {', '.join(job for job in COORDINATORS if job in jobs)}."
        )
    return Cluster(tuple(workers), before + index)


def _slurm():
    """`TF_CONFIG` of this task of a SLURM step."""
    import tensorflow as tf

    # Without GPUs, TensorFlow's resolver fails: it asks nvidia-smi, and divides by their number.
    without = {} if shutil.which("nvidia-smi") else {"gpus_per_node": 2**16, "gpus_per_task": 1, "auto_set_gpu": False}
    try:
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(**without)
        spec = resolver.cluster_spec().as_dict()
        kind, index = resolver.get_task_info()
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"`cluster=slurm` must be used within `srun`. Received: {error}") from None
    return {"cluster": spec, "task": {"type": kind, "index": index}}
