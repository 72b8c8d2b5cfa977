"""Trains a model as a `Config` says, stage by stage, and writes the run's folder."""

import contextlib
import dataclasses
import math
import signal
import threading

import keras
import numpy as np

from tfpose.commands import runs
from tfpose.commands.paths import remove_partial
from tfpose.data import records, single_person
from tfpose.models import PoseModel
from tfpose.prediction.tasks import task_of
from tfpose.training import build, devices, optimizers, sizes, stages
from tfpose.training.batches import Batches
from tfpose.training.callbacks import checkpoints
from tfpose.training.callbacks.averages import AveragedWeights
from tfpose.training.callbacks.epoch_time import EpochTime
from tfpose.training.callbacks.finite import StopAtNaN
from tfpose.training.callbacks.people_ap import PeopleAP
from tfpose.training.callbacks.tensorboard import PoseBoard
from tfpose.training.config import Config


class Terminated(KeyboardInterrupt):
    """Raised on SIGTERM, which schedulers send some time before they kill a job.

    Attributes:
        status: Exit status of the command, by convention 128 + 15.
    """

    status = 143


def train(config: Config):
    """Trains all stages, and writes the run's folder and its TensorBoard logs.

    Returns:
        The trained `PoseModel`, and the folder of the run.

    Raises:
        ValueError: If flags do not go together; raised before anything is written.
        FloatingPointError: If the loss or a weight becomes NaN or infinite. Nothing of that epoch is saved.
        KeyboardInterrupt: If the user interrupts it, or, as `Terminated`, on SIGTERM; the weights are saved then.
    """
    with _sigterm_interrupts():
        return _train(config)


def _train(config):
    keras.utils.set_random_seed(config.seed)
    devices.select(config.gpus)
    policy = devices.precision(config.precision, config.model)
    keras.config.set_dtype_policy(policy)
    table = optimizers.multi_step(config.multi_step) if config.multi_step else ()
    training = records.load(config.data_dir, config.train_split, config.skeleton)
    validation = records.load(config.data_dir, config.val_split, config.skeleton or training.skeleton)
    config = dataclasses.replace(config, crop=config.crop or _crop(config, training))
    with devices.strategy(config.multi_gpu, config.gpus).scope():
        model = build.build(config, training.skeleton)
        run = _Run(config, model, Batches(config, model, training, validation), table)
        run.batches.check()
        plan = stages.read(config.stages, config.n_epochs or run.epochs)
        for stage, _ in plan:
            model.freeze(stage)  # Raises if the model does not have this stage.
        parts = sizes.split(plan, sizes.read(config.sizes), config.image_size)
        _factors(model, config)  # Raises if there are no pretrained layers for `trunk_lr`.
        statistics = build.initialize(model, config, training)
        # Whatever can be refused has been refused by now.
        chosen = dataclasses.asdict(config)
        folder = runs.folder(config.run, config.model, chosen, resume=config.resume, overwrite=config.overwrite)
        if statistics:
            np.savez_compressed(folder / "pairwise_prior.npz", **statistics)
        _report(run, plan, training)
        # Without the option, TensorBoard shows ten pictures of a run.
        print(f"Writes {folder}/; watch it with: tensorboard --logdir {runs.BOARDS} --samples_per_plugin images=1000")
        print(devices.slow(policy), end="")
        states = [folder / f"state_{i}_{stage}.weights.h5" for i, (stage, _, _) in enumerate(parts)]
        if config.resume:
            print(runs.progress(states, plan[-1][1][1]))
        for (stage, size, epochs), state in zip(parts, states, strict=True):
            run = run.at(size)
            monitor = _compile(run, stage, epochs[0], plan[-1][1][1])
            _fit(run, folder, monitor, epochs, checkpoints.Checkpoint(state))
    checkpoints.save_model(run.model, folder / "last.keras")
    return run.model, folder


def _crop(config, training):
    """The crop that the model is shown if none is asked for."""
    return "frame" if config.several else single_person.resolve(training)


@contextlib.contextmanager
def _sigterm_interrupts():
    """Context in which SIGTERM raises `Terminated`; further ones are ignored, since they would cut saving short."""
    if threading.current_thread() is not threading.main_thread():  # Only that one may set handlers.
        yield
        return

    def terminate(*_):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _report(run, plan, training):
    """Prints what will be trained, on how many people, and whom it leaves out."""
    c, model = run.config, run.model
    start = f" (preset {c.preset})" if c.preset else ""
    print(f"Trains {c.model}{start} for {stages.describe(plan)}.")
    people = f"{training.num_people} people, {run.batches.steps} steps per epoch"
    print(f"{model.name}: {model.count_params():,} weights; {people}")
    for sentence in task_of(model).remarks(training, crop=c.crop, max_people=c.max_people, metric=c.metric):
        print(sentence)


@dataclasses.dataclass(frozen=True)
class _Run:
    config: Config
    model: PoseModel
    batches: Batches
    table: list  # Learning rates with the updates they end at.

    def at(self, size):
        """The same run at another size of images, with the weights of this one."""
        if size == tuple(self.model.codec.image_size):
            return self
        config, model = dataclasses.replace(self.config, image_size=size), self.model.resized(size)
        batches = dataclasses.replace(self.batches, config=config, model=model)
        return dataclasses.replace(self, model=model, batches=batches)

    @property
    def epochs(self):
        """Number of epochs until the end of the table of learning rates."""
        if not self.table:
            raise ValueError("`n_epochs` must be above 0, or `multi_step` be given. Received: neither.")
        return math.ceil(self.table[-1][1] / self.updates)

    @property
    def updates(self):
        """Optimizer updates per epoch."""
        return getattr(self.model, "updates_per_step", 1) * self.batches.steps


def _compile(run, stage, first, epochs):
    """Compiles the model for a stage that begins at epoch `first` of `epochs`. Returns the metric to choose by."""
    c, model, task = run.config, run.model, task_of(run.model)
    learned = model.freeze(stage)
    metric = task.metric(c.metric)
    watched = [name for name in model.codec.watched if name in learned]
    model.compile(
        optimizers.optimizer(
            c.optimizer,
            c.schedule,
            lr=c.lr,
            steps=epochs * run.updates,
            start=first * run.updates,
            table=run.table,
            clip=c.clip,
            ema=c.ema,
            factors=_factors(model, c),
        ),
        {name: loss for name, loss in build.losses(model, c).items() if name in learned},
        metrics={name: [metric.from_config(metric.get_config())] for name in watched},
        jit_compile=False,  # It would compile the whole step; see `TapeTraining.xla`.
    )
    return task.monitor(metric, watched)


def _factors(model, config):
    """Factors of the learning rate of the layers that came from a file."""
    if not config.trunk_lr:
        return {}
    if not (pretrained := model.trunk.pretrained_variables(model) if model.trunk else []):
        raise ValueError(f"`trunk_lr` needs a `trunk` with a backbone. Received: {config.trunk_lr}.")
    return {v.path: config.trunk_lr / config.lr for v in pretrained}


def _fit(run, folder, monitor, epochs, state):
    """Trains one stage, from its last finished epoch on."""
    c, model = run.config, run.model
    first, end = epochs
    remove_partial(folder)
    finished = state.restore(model)
    start = first + finished
    log, best = checkpoints.Log(folder / "log.csv"), folder / "best.keras"
    for sentence in checkpoints.inconsistencies(log, best, start) if finished else ():
        print(f"Warning: {sentence}")
    if start >= end:
        # What `fit` does after its last epoch: with averaged weights, the stage ends with them.
        model.optimizer.finalize_variable_values(model.trainable_variables)
        return
    print(devices.describe(model, c.batch_size))
    averages = AveragedWeights()
    try:
        model.fit(
            run.batches.training(start, end),
            validation_data=run.batches.validation,
            initial_epoch=start,
            epochs=end,
            steps_per_epoch=run.batches.steps,
            shuffle=False,
            callbacks=[
                EpochTime(),
                *_writers(run, folder, averages, log, checkpoints.KeepBest(best, monitor, log.best(monitor, start))),
                state,  # Last, since it says that all of an epoch has been written.
            ],
        )
    except KeyboardInterrupt as interrupt:
        raise type(interrupt)(_save_interrupted(model, folder, averages)) from None


def _writers(run, folder, averages, log, keep_best):
    """Callbacks that measure, show and save an epoch, in their order."""
    c, model = run.config, run.model
    yield StopAtNaN(folder / "nan_batch.npz", lambda epoch: run.batches.training(epoch, epoch + 1))
    yield averages
    if metric := task_of(model).people_metric():
        yield PeopleAP(run.batches.validation, metric)
    yield from model.callbacks()
    yield PoseBoard(
        runs.BOARDS / folder.name,
        run.batches.validation,
        c.batch_size,
        config=dataclasses.asdict(c),
        histograms=c.histograms,
    )
    yield keep_best
    yield log
    yield keras.callbacks.LambdaCallback(on_epoch_end=averages.restore)


def _save_interrupted(model, folder, averages):
    """Saves the weights of an interrupted stage. Returns a message."""
    if model.optimizer.iterations > 0:  # Before the first update there are no averages.
        averages.average()
    try:
        checkpoints.save_model(model, folder / "interrupted.keras")
        kept = f"The weights of this moment are in {folder}/interrupted.keras"
    except FloatingPointError:
        kept = "The weights of this moment are not finite and were not saved"
    return f"Interrupted. {kept}; `tfpose train --run={folder.name} --resume` goes on from the last finished epoch."
