"""Trains a model as a `Config` says, stage by stage, and writes the run's folder."""

import contextlib
import dataclasses
import math
import shutil

import keras
import numpy as np

from tfpose.commands import runs
from tfpose.commands.paths import remove_partial
from tfpose.data import records, single_person
from tfpose.data.integrity import naming_damage
from tfpose.models import PoseModel
from tfpose.prediction.tasks import task_of
from tfpose.training import build, cluster, devices, optimizers, sizes, stages, workers
from tfpose.training.batches import Batches
from tfpose.training.callbacks import checkpoints
from tfpose.training.callbacks.averages import AveragedWeights
from tfpose.training.callbacks.copies import Copies, check_address
from tfpose.training.callbacks.epoch_time import EpochTime
from tfpose.training.callbacks.finite import StopAtNaN
from tfpose.training.callbacks.people_ap import PeopleAP
from tfpose.training.callbacks.tensorboard import PoseBoard
from tfpose.training.config import Config
from tfpose.training.interrupts import StopRequest, sigterm_interrupts


def train(config: Config):
    """Trains all stages, and writes the run's folder and its TensorBoard logs.

    Returns:
        The trained `PoseModel`, and the folder of the run.

    Raises:
        ValueError: If flags do not go together; raised before anything is written.
        FloatingPointError: If the loss or a weight becomes NaN or infinite. Nothing of that epoch is saved.
        KeyboardInterrupt: If the user interrupts it, or, as `Terminated`, on SIGTERM; the weights are saved then. In a
            cluster, `Preempted` on all workers.
        LostWorkerError: If another worker of the cluster has ended.
    """
    members = cluster.read(config.cluster)
    if not members:
        with sigterm_interrupts():
            return _train(config, lambda: None)
    print(members.describe(), flush=True)
    with contextlib.ExitStack() as stack:
        stack.enter_context(workers.lost_workers(members))
        stack.enter_context(members.console())

        def connected():
            strategy = workers.connect()  # Its server sets a handler of SIGTERM, which has to be replaced.
            return workers.Workers(members, strategy, stack.enter_context(StopRequest()))

        return _train(config, connected)


def _train(config, connected):
    devices.select(config.gpus)
    together = connected()  # Before TensorFlow computes anything.
    strategy = together.strategy if together else devices.strategy(config.multi_gpu, config.gpus)
    keras.utils.set_random_seed(config.seed)
    policy = devices.precision(config.precision, config.model)
    keras.config.set_dtype_policy(policy)
    table = optimizers.multi_step(config.multi_step) if config.multi_step else ()
    training = records.load(config.data_dir, config.train_split, config.skeleton)
    validation = records.load(config.data_dir, config.val_split, config.skeleton or training.skeleton)
    config = dataclasses.replace(config, crop=config.crop or _crop(config, training))
    with strategy.scope():
        model = build.build(config, training.skeleton)
        shares = together.shares if together else None
        run = _Run(config, model, Batches(config, model, training, validation, shares), table, together)
        run.batches.check()
        plan = stages.read(config.stages, config.n_epochs or run.epochs)
        if config.trunk_lr and not _factors(model, config):  # Asked before a stage freezes the trunk.
            raise ValueError(f"`trunk_lr` needs a `trunk` with a backbone. Received: {config.trunk_lr}.")
        for stage, _ in plan:
            model.freeze(stage)  # Raises if the model does not have this stage.
        parts = sizes.split(plan, sizes.read(config.sizes), config.image_size)
        with naming_damage(training):
            statistics = build.initialize(model, config, training)
        if config.copy_to:
            check_address(config.copy_to)
        # Whatever can be refused has been refused by now.
        folder = _folder(run)
        if statistics:
            np.savez_compressed(folder / "pairwise_prior.npz", **statistics)
        _report(run, plan, training)
        # Without the option, TensorBoard shows ten pictures of a run.
        print(f"Writes {folder}/; watch it with: tensorboard --logdir {runs.BOARDS} --samples_per_plugin images=1000")
        print(devices.slow(policy), end="")
        with runs.only_process(folder), naming_damage(training, validation):
            model = _train_stages(run, folder, plan, parts)
    if together:
        together.wait()
    return model, folder


def _train_stages(run, folder, plan, parts):
    """Trains the stages in their order, writes the run's files, and copies them. Returns the model."""
    c, epochs = run.config, plan[-1][1][1]
    states = [folder / f"state_{i}_{stage}.weights.h5" for i, (stage, _, _) in enumerate(parts)]
    if c.resume:
        print(runs.progress(states, epochs))
    writes = not run.together or run.together.chief
    copies = [Copies(c.copy_to, [folder, runs.BOARDS / folder.name])] if c.copy_to and writes else []
    with contextlib.ExitStack() as stack:
        for each in copies:
            stack.callback(each.copy)  # At the end, also if it is interrupted, which saves the weights.
        for (stage, size, span), state in zip(parts, states, strict=True):
            run = run.at(size)
            chosen_by = _compile(run, stage, span[0], epochs)
            _fit(run, folder, *chosen_by, span, [checkpoints.Checkpoint(state), *copies])
        checkpoints.save_model(run.model, folder / "last.keras")
    return run.model


def _crop(config, training):
    """The crop that the model is shown if none is asked for."""
    return "frame" if config.several else single_person.resolve(training)


def _folder(run):
    """The folder of the run. Workers other than the chief write into a copy, which is removed when they end.

    They must save what the chief saves, since reading a metric's variable takes all workers, and decide as it does what
    is the best epoch.
    """
    c, together = run.config, run.together
    chosen = dataclasses.asdict(c)
    if together:
        data = {"training people": run.batches.training_records.num_people, "steps per epoch": run.batches.steps}
        policy = {"precision": keras.config.dtype_policy().name, "xla": run.model.xla}  # `auto` depends on the machine.
        together.require_equal({**chosen, **policy, **data})
    if not together or together.chief:
        return runs.folder(c.run, c.model, chosen, resume=c.resume, overwrite=c.overwrite)
    copy = together.temporary_folder()
    if c.resume:
        shutil.copytree(runs.MODELS / c.run if c.run else runs.newest(), copy, dirs_exist_ok=True)
    return copy


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
    together: workers.Workers | None  # None in a single process.

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
    """Compiles the model for a stage that begins at epoch `first` of `epochs`.

    Returns:
        The column of the log to choose the best epoch by, and the metric of each watched output, by its name.
    """
    c, model, task = run.config, run.model, task_of(run.model)
    learned = model.freeze(stage)
    metric = task.metric(c.metric)
    watched = [name for name in model.codec.watched if name in learned]
    metrics = {name: metric.from_config(metric.get_config()) for name in watched}
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
        metrics={name: [each] for name, each in metrics.items()},
        jit_compile=False,  # It would compile the whole step; see `TapeTraining.xla`.
    )
    return task.monitor(metric, watched), metrics


def _factors(model, config):
    """Factors of the learning rate of the layers that came from a file; none in a stage that does not train them."""
    pretrained = model.trunk.pretrained_variables(model) if config.trunk_lr and model.trunk else []
    return {v.path: config.trunk_lr / config.lr for v in pretrained}


def _fit(run, folder, monitor, metrics, epochs, last):
    """Trains one stage, from its last finished epoch on. The `Checkpoint` is the first of the `last` callbacks."""
    c, model, (state, *_) = run.config, run.model, last
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
    keep_best = checkpoints.KeepBest(best, monitor, log.best(monitor, start))
    callbacks = [
        EpochTime(),
        *_writers(run, folder, averages, log, keep_best, metrics),
        *last,  # The state says that all of an epoch has been written.
    ]
    try:
        if run.together:
            run.together.fit(model, run.batches, first=start, end=end, callbacks=callbacks)
            return
        model.fit(
            run.batches.training(start, end),
            validation_data=run.batches.validation,
            initial_epoch=start,
            epochs=end,
            steps_per_epoch=run.batches.steps,
            shuffle=False,
            callbacks=callbacks,
        )
    except KeyboardInterrupt as interrupt:
        message = _save_interrupted(model, folder, averages)
        chief = not run.together or run.together.chief
        raise type(interrupt)(message if chief else "Interrupted, as all workers are.") from None


def _writers(run, folder, averages, log, keep_best, metrics):
    """Callbacks that measure, show and save an epoch, in their order."""
    c, model = run.config, run.model
    yield StopAtNaN(folder / "nan_batch.npz", lambda epoch: run.batches.training(epoch, epoch + 1))
    yield averages
    if metric := task_of(model).people_metric():
        yield PeopleAP(run.batches.validation, metric)
    if run.together:
        yield run.together.chief_logs()
    if not run.together or run.together.chief:
        yield from model.callbacks()
        yield PoseBoard(
            runs.BOARDS / folder.name,
            run.batches.validation,
            c.batch_size,
            config=dataclasses.asdict(c),
            metrics={} if run.together else metrics,  # One worker alone must not read what all of them sum up.
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
