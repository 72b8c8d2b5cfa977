"""A training run, from a `Config` to a trained model."""

import dataclasses
import math

import keras

from tfpose import runs
from tfpose.data import records, single_person
from tfpose.data.multi_person import crowded
from tfpose.metrics.sigmas import sigmas_of
from tfpose.models import PoseModel
from tfpose.training import build, devices, optimizers, sizes
from tfpose.training.batches import Feed
from tfpose.training.callbacks import checkpoints
from tfpose.training.callbacks.epoch_time import EpochTime
from tfpose.training.callbacks.people_ap import PeopleAP
from tfpose.training.callbacks.tensorboard import PoseBoard
from tfpose.training.config import Config


def train(config: Config):
    """Trains one stage after the other, and writes the run's folder and its TensorBoard.

    Returns:
        The trained `PoseModel`, and the folder of the run.

    Raises:
        ValueError: If the flags do not go together; before anything is written.
        FloatingPointError: If the loss becomes NaN.
        KeyboardInterrupt: If the user stopped it; the weights of that moment are saved.
    """
    keras.utils.set_random_seed(config.seed)
    devices.select(config.gpus)
    policy = devices.precision(config.precision, config.model)
    keras.config.set_dtype_policy(policy)
    table = optimizers.multi_step(config.multi_step) if config.multi_step else ()
    training = records.load(config.data_dir, config.train_split, config.skeleton)
    validation = records.load(config.data_dir, config.val_split, config.skeleton or training.skeleton)
    with devices.strategy(config.multi_gpu, config.gpus).scope():
        model = build.build(config, training.skeleton)
        run = _Run(config, model, Feed(config, model, training, validation), table)
        run.feed.check()
        stages = optimizers.stages(config.stages, config.n_epochs or run.epochs)
        for stage, _ in stages:
            model.freeze(stage)  # Refuses a stage that the model does not have.
        parts = sizes.split(stages, sizes.read(config.sizes), config.image_size)
        people = f"{training.num_people} people, {run.feed.steps} steps per epoch"
        # Whatever can be refused has been refused by now.
        chosen = dataclasses.asdict(config)
        folder = runs.folder(config.run, config.model, chosen, resume=config.resume, overwrite=config.overwrite)
        build.initialize(model, config, folder, training)
        print(f"{model.name}: {model.count_params():,} weights; {people}")
        if model.codec.several:
            _tell_crowded(training, config.max_people)
        elif unshown := single_person.left_out(training, config.crop):
            print(f"{unshown} people are not learnt from, since they have no box to crop by.")
        print(f"Writes {folder}/; watch it with: tensorboard --logdir {runs.BOARDS}")
        print(devices.slow(policy), end="")
        states = [folder / f"state_{i}_{stage}.weights.h5" for i, (stage, _, _) in enumerate(parts)]
        if config.resume:
            print(runs.progress(states, stages[-1][1][1]))
        for (stage, size, epochs), state in zip(parts, states, strict=True):
            run = run.at(size)
            rate = _compile(run, stage, epochs[0], stages[-1][1][1])
            _fit(run, folder, rate, epochs, checkpoints.Checkpoint(state))
    run.model.save(folder / "last.keras")
    return run.model, folder


def _tell_crowded(training, max_people):
    images, people = crowded(training, max_people)
    if people:
        print(f"{people} people of {images} images are not learnt from: more than {max_people} in an image.")


@dataclasses.dataclass(frozen=True)
class _Run:
    config: Config
    model: PoseModel
    feed: Feed
    table: list  # Of learning rates.

    def at(self, size):
        """The same run at another size of images, with the weights of this one."""
        if size == tuple(self.model.codec.image_size):
            return self
        config, model = dataclasses.replace(self.config, image_size=size), self.model.resized(size)
        return dataclasses.replace(self, model=model, feed=dataclasses.replace(self.feed, config=config, model=model))

    @property
    def epochs(self):
        """Those that the table takes."""
        if not self.table:
            raise ValueError("`n_epochs` must be above 0, or `multi_step` be given. Received: neither.")
        return math.ceil(self.table[-1][1] / self.updates)

    @property
    def updates(self):
        """Of an epoch."""
        return getattr(self.model, "updates_per_step", 1) * self.feed.steps


def _compile(run, stage, epoch, epochs):
    """Makes the model ready for a stage that begins with an epoch, of so many. Returns what to choose the best by."""
    c, model = run.config, run.model
    learned = model.freeze(stage)
    rate = build.metric(model, c)
    watched = [name for name in model.codec.watched if name in learned]
    model.compile(
        optimizers.optimizer(
            c.optimizer,
            c.schedule,
            lr=c.lr,
            steps=epochs * run.updates,
            start=epoch * run.updates,
            table=run.table,
            clip=c.clip,
            ema=c.ema,
            factors=_factors(model, c),
        ),
        {name: loss for name, loss in build.losses(model, c).items() if name in learned},
        metrics={name: [rate.from_config(rate.get_config())] for name in watched},
        jit_compile=False,  # Of the whole step; see `TapeTraining.xla`.
    )
    if model.codec.several:
        return "val_AP"
    prefix = f"{watched[0]}_" if len(model.codec.watched) > 1 else ""
    return f"val_{prefix}{rate.name}"


def _factors(model, config):
    """Factors of the learning rate of the layers that came from a file."""
    if not config.trunk_lr:
        return {}
    if not (pretrained := model.trunk.pretrained_variables(model) if model.trunk else []):
        raise ValueError(f"`trunk_lr` needs a `trunk` with a backbone. Received: {config.trunk_lr}.")
    return {v.path: config.trunk_lr / config.lr for v in pretrained}


def _fit(run, folder, rate, epochs, state):
    """Trains one stage, from its last finished epoch on."""
    c, model = run.config, run.model
    first, end = epochs
    start = first + state.restore(model)
    if start >= end:
        return
    print(devices.describe(model, c.batch_size))
    log = checkpoints.Log(folder / "log.csv")
    average = [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if c.ema else []
    found = [PeopleAP(run.feed.watched, sigmas_of(model.skeleton)[0])] if model.codec.several else []
    try:
        model.fit(
            run.feed.batches(start, end),
            validation_data=run.feed.watched,
            initial_epoch=start,
            epochs=end,
            steps_per_epoch=run.feed.steps,
            shuffle=False,
            callbacks=[
                state,
                EpochTime(),
                *average,
                *found,
                *model.callbacks(),
                checkpoints.KeepBest(folder / "best.keras", rate, log.best(rate)),
                log,
                checkpoints.StopAtNaN(folder / "nan_batch.npz", lambda epoch: run.feed.batches(epoch, epoch + 1)),
                PoseBoard(runs.BOARDS / folder.name, run.feed.watched, c.batch_size, histograms=c.histograms),
            ],
        )
    except KeyboardInterrupt:
        model.save(folder / "interrupted.keras")
        raise KeyboardInterrupt(
            f"Interrupted. The weights of this moment are in {folder}/interrupted.keras; "
            f"`python train.py --run={folder.name} --resume` goes on from the last finished epoch."
        ) from None
