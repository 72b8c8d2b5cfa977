"""A training run, from a `Config` to a trained model."""

import dataclasses
import pathlib

import keras

from tfpose import callbacks, construction, optimization, runs
from tfpose.config import Config
from tfpose.data import pipeline, records
from tfpose.data.augment import Augmentation
from tfpose.metrics import DetectionRate
from tfpose.tensorboard import PoseBoard

DEBUG_STEPS = 4


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
    keras.config.set_dtype_policy(construction.precision(config))
    stages = optimization.stages(config.stages, config.n_epochs)
    training = records.load(config.data_dir, config.train_split)
    validation = records.load(config.data_dir, config.val_split)
    steps = DEBUG_STEPS if config.debug else training.num_people // config.batch_size
    if not steps:
        raise ValueError(
            f"`batch_size` must be at most the people to train on. Received: {config.batch_size} and "
            f"{training.num_people} people in {config.train_split!r}."
        )
    with construction.strategy(config.multi_gpu).scope():
        model = construction.build(config, training.skeleton)
        for stage, _ in stages:
            model.freeze(stage)  # Refuses a stage that the model does not have.
        folder = runs.folder(config.run, config.model, dataclasses.asdict(config), resume=config.resume)
        construction.initialize(model, config, folder, training)
        print(f"{model.name}: {model.count_params():,} weights; {training.num_people} people, {steps} steps per epoch")
        print(f"Writes {folder}/; watch it with: tensorboard --logdir {runs.BOARDS}")
        run = _Run(config, folder, training, validation, steps, stages[-1][1][1])
        for i, (stage, epochs) in enumerate(stages):
            state = callbacks.Checkpoint(folder / f"state_{i}_{stage}.weights.h5")
            _fit(model, run, _compile(model, run, stage, epochs[0]), epochs, state)
    model.save(folder / "last.keras")
    return model, folder


@dataclasses.dataclass(frozen=True)
class _Run:
    config: Config
    folder: pathlib.Path
    training: records.Records
    validation: records.Records
    steps: int  # Of an epoch.
    epochs: int  # Of all stages.

    def batches(self, first, end):
        """What is trained on from one epoch to another."""
        return pipeline.single_person(
            self.training,
            self.config.image_size,
            self.config.batch_size,
            training=True,
            augmentation=Augmentation() if self.config.data_augm else None,
            seed=self.config.seed,
            epochs=(first, end),
            cached=self.config.cache,
        )

    def watched(self):
        """What is looked at after every epoch."""
        batches = pipeline.single_person(self.validation, self.config.image_size, self.config.batch_size)
        return batches.take(DEBUG_STEPS) if self.config.debug else batches


def _compile(model, run, stage, epoch):
    """Makes the model ready for a stage that begins with an epoch. Returns the rate by which to choose the best."""
    c = run.config
    learned = model.freeze(stage)
    rate = DetectionRate(model.skeleton.indices(model.skeleton.reference))
    watched = [name for name in model.codec.candidates(model.output) if name in learned]
    model.compile(
        optimization.optimizer(
            c.optimizer,
            c.schedule,
            lr=c.lr,
            steps=run.epochs * run.steps,
            start=epoch * run.steps,
            clip=c.clip,
            ema=c.ema,
        ),
        {name: loss for name, loss in construction.losses(model, c).items() if name in learned},
        metrics={name: [DetectionRate.from_config(rate.get_config())] for name in watched},
        jit_compile=False,  # Of the whole step; see `TapeTraining.xla`.
    )
    prefix = f"{watched[0]}_" if len(model.output) > 1 else ""
    return f"val_{prefix}{rate.name}"


def _fit(model, run, rate, epochs, state):
    """Trains one stage, from its last finished epoch on."""
    first, end = epochs
    start = first + state.restore(model)
    if start >= end:
        return
    watched = run.watched()
    board = PoseBoard(runs.BOARDS / run.folder.name, watched, run.config.batch_size, histograms=run.config.histograms)
    log = callbacks.Log(run.folder / "log.csv")
    average = [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if run.config.ema else []
    try:
        model.fit(
            run.batches(start, end),
            validation_data=watched,
            initial_epoch=start,
            epochs=end,
            steps_per_epoch=run.steps,
            shuffle=False,
            callbacks=[
                state,
                *average,
                callbacks.KeepBest(run.folder / "best.keras", rate, log.best(rate)),
                log,
                callbacks.StopAtNaN(run.folder / "nan_batch.npz", lambda epoch: run.batches(epoch, epoch + 1)),
                board,
            ],
        )
    except KeyboardInterrupt:
        model.save(run.folder / "interrupted.keras")
        raise KeyboardInterrupt(
            f"Interrupted. The weights of this moment are in {run.folder}/interrupted.keras; "
            f"`python train.py --run={run.folder.name} --resume` goes on from the last finished epoch."
        ) from None
