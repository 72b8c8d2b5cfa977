"""Training of one model by several processes, each of which runs the same program: `MultiWorkerMirroredStrategy`.

Keras 3.15's `fit` fails under this strategy (Keras issue 20585), so `Workers.fit` is a loop over the model's own
`train_step` and `test_step`, with the callbacks of `fit`. It uses public names of Keras and TensorFlow only.
"""

import atexit
import contextlib
import gc
import pathlib
import re
import shutil
import tempfile
import zlib

import keras
import tensorflow as tf

from tfpose.training.interrupts import Preempted

LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
    tf.errors.FailedPreconditionError,
)
"""What TensorFlow raises in a collective operation after another worker has ended or become silent."""


class LostWorkerError(ConnectionError):
    """Raised when another worker of the cluster has ended or become silent.

    Attributes:
        status: Exit status of the command, as of `interrupts.Preempted`.
    """

    status = 138


def connect() -> tf.distribute.Strategy:
    """Starts the server of this worker, waits for all others, and returns the strategy.

    It must be called before TensorFlow computes anything. Gradients are exchanged by NCCL between GPUs, and by a ring
    of TCP connections between CPUs.
    """
    kinds = tf.distribute.experimental.CommunicationImplementation
    chosen = kinds.NCCL if tf.config.list_physical_devices("GPU") else kinds.RING
    options = tf.distribute.experimental.CommunicationOptions(implementation=chosen)
    return tf.distribute.MultiWorkerMirroredStrategy(communication_options=options)


@contextlib.contextmanager
def lost_workers(cluster):
    """Context in which the errors of TensorFlow that another worker's end causes become a `LostWorkerError`.

    TensorFlow's coordination service notices a closed connection at once, and a silent worker after ten seconds.
    """
    try:
        yield
    except LOST as error:
        if not re.search("ollective|oordination|task:|heartbeat|Connect|Socket|RPC", str(error)):
            raise
        named = set(map(int, re.findall(r"task:(\d+)", str(error)))) - {cluster.index}
        names = [f"{i} ({cluster.workers[i]})" for i in sorted(named) if i < len(cluster.workers)] or ["another one"]
        raise LostWorkerError(
            f"All workers must run until the end. Received: worker {cluster.index} has lost worker {', '.join(names)}, "
            "whose own output says why. Start all of them again, with --resume to go on from the last finished epoch."
        ) from None


class Workers:
    """Trains a model with the other workers of a cluster.

    Args:
        cluster: The `Cluster`.
        strategy: The strategy of `connect`, under which the model is built.
        stop: A `StopRequest`, which is passed on to all workers.

    Attributes:
        chief: Whether this worker writes the run.
        shares: Number of this worker and of all, as for `Batches`.
    """

    def __init__(self, cluster, strategy, stop):
        self.cluster = cluster
        self.strategy = strategy
        self.stop = stop
        self.chief = cluster.chief
        self.shares = (cluster.index, len(cluster.workers))

    def wait(self):
        """Waits until all workers have come here: one that ends early is lost to those that are still saving."""
        self.gathered(tf.constant(self.cluster.index))

    def temporary_folder(self) -> pathlib.Path:
        """Makes a folder that is removed when the process ends."""
        folder = tempfile.mkdtemp(prefix=f"tfpose_worker_{self.cluster.index}_")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return pathlib.Path(folder)

    def require_equal(self, values):
        """Checks that named values are the same on all workers, by the checksums of their texts.

        Raises:
            ValueError: If not, on all of them.
        """
        own = [zlib.crc32(repr(value).encode()) for value in values.values()]
        found = self.gathered(tf.constant(own, tf.int64))
        differing = (found != found[0]).any(axis=0)
        names = [name for name, differs in zip(values, differing, strict=True) if differs]
        if names:
            own = ", ".join(f"{name}={values[name]!r}" for name in names)
            raise ValueError(
                f"All workers must be started with the same flags and records. Received: other values of "
                f"{', '.join(names)} on some. Worker {self.cluster.index} has {own}."
            )

    def gathered(self, value):
        """The tensors of all workers, one from each, in a new first axis."""
        return self.strategy.gather(value[None], axis=0).numpy()

    def fit(self, model, batches, *, first, end, callbacks):
        """Trains a compiled model as Keras's `fit` does.

        Args:
            model: The `PoseModel`, built and compiled in the scope of the strategy.
            batches: The `Batches` of this worker.
            first: First epoch.
            end: Epoch to stop before.
            callbacks: Keras callbacks. Reading a metric's variable is a collective operation, so whatever reads or
                saves them must be there on every worker.

        Raises:
            Preempted: On all workers after the same step, if one of them was asked to stop.
        """
        chief, logs = self.chief, None
        callbacks = keras.callbacks.CallbackList(
            callbacks, add_progbar=chief, model=model, verbose=int(chief), epochs=end, steps=batches.steps
        )
        train = Steps(self, model.train_step, batches.training_shares(first, end))
        test = Steps(self, model.test_step, batches.validation_shares)
        callbacks.on_train_begin()
        with train.started():
            for epoch in range(first, end):
                model.reset_metrics()
                callbacks.on_epoch_begin(epoch)
                for step in range(batches.steps):
                    callbacks.on_train_batch_begin(step)
                    callbacks.on_train_batch_end(step, train.run())
                logs = _floats(model.get_metrics_result())
                logs |= {f"val_{name}": value for name, value in self._validate(model, test, callbacks).items()}
                callbacks.on_epoch_end(epoch, logs)
        model.optimizer.finalize_variable_values(model.trainable_variables)
        callbacks.on_train_end(logs)

    def chief_logs(self):
        """Returns a callback that replaces the logs of an epoch by those of the chief.

        To be placed after callbacks that compute logs on each worker by itself: the last digits may depend on the
        processor, and what is done with the logs, such as saving, must be the same on all workers.
        """
        return _ChiefLogs(self)

    def _validate(self, model, test, callbacks):
        model.reset_metrics()
        callbacks.on_test_begin()
        with test.started():
            for step in range(test.count):
                callbacks.on_test_batch_begin(step)
                callbacks.on_test_batch_end(step, test.run())
        logs = model.validation_metrics(_floats(model.get_metrics_result()))
        callbacks.on_test_end(logs)
        return logs

    @property
    def replicas(self):
        """Number of replicas on each worker."""
        return self.strategy.num_replicas_in_sync // len(self.cluster.workers)


class _ChiefLogs(keras.callbacks.Callback):
    def __init__(self, workers):
        super().__init__()
        self.workers = workers

    def on_epoch_end(self, epoch, logs=None):
        chief = float(self.workers.chief)
        own = tf.constant([value * chief for value in logs.values()], tf.float64)
        logs.update(zip(logs, self.workers.gathered(own).sum(axis=0).tolist(), strict=True))


class Steps:
    """A step of the model on every replica of all workers, and the batches for it.

    Attributes:
        batches: The distributed batches.
        count: Number of batches.
    """

    def __init__(self, workers, step, dataset):
        self.count = int(dataset.cardinality())
        # Of a finite data set, TensorFlow asks all workers before each batch whether they have one: a collective more.
        endless = _by_replica(dataset, workers.replicas).apply(
            tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
        )
        self.batches = workers.strategy.distribute_datasets_from_function(lambda _: endless)
        self.stop = workers.stop
        self.names = []
        self._iterator = None

        def replica(batch, stop):
            logs = step(batch)
            self.names[:] = logs
            values = tf.stack([*(tf.cast(value, tf.float32) for value in logs.values()), stop])
            return tf.distribute.get_replica_context().all_reduce("MEAN", values)

        # One trace only: a collective operation is known to the other workers by the number of those traced before.
        @tf.function(input_signature=[self.batches.element_spec, tf.TensorSpec([])], autograph=False)
        def everywhere(batch, stop):
            values = workers.strategy.run(replica, args=(batch, stop))
            return workers.strategy.experimental_local_results(values)[0]

        self._everywhere = everywhere

    @contextlib.contextmanager
    def started(self):
        """Context in which `run` takes one batch after the other, at most `count`.

        Its iterator is deleted at the end, also if an error holds the stack: an iterator that still prefetches when
        Python ends waits for Python, and Python for it.
        """
        self._iterator = iter(self.batches)
        try:
            yield
        finally:
            self._iterator = None
            gc.collect()

    def run(self):
        """Runs one step. Returns the model's logs so far, averaged over the replicas.

        Raises:
            Preempted: If a worker was asked to stop.
        """
        *values, stop = self._everywhere(next(self._iterator), tf.constant(float(self.stop.received))).numpy()
        if stop:
            raise Preempted
        return dict(zip(self.names, values, strict=True))


def _by_replica(dataset, replicas):
    """Cuts each batch of a worker into equal consecutive ones for its replicas; those of an incomplete one differ."""
    if replicas == 1:
        return dataset

    def cut(*batch):
        size = -(-tf.shape(batch[0])[0] // replicas)
        parts = tf.data.Dataset.range(replicas, output_type=tf.int32)
        return parts.map(lambda i: tf.nest.map_structure(lambda value: value[i * size : (i + 1) * size], batch))

    return dataset.flat_map(cut)


def _floats(logs):
    return {name: float(value) for name, value in logs.items()}
