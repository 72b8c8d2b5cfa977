"""A training run, from a `Config` to a trained model."""

import dataclasses
import functools

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
        folder = runs.folder(config.run, config.model, dataclasses.asdict(config), resume=config.resume)
        construction.initialize(model, config, folder, training)
        print(
            f"{model.name}: {model.count_params():,} parameters, {training.num_people} people, {steps} steps per epoch"
        )
        print(f"Writes {folder}/; watch it with: tensorboard --logdir {runs.BOARDS}")
        for i, (stage, epochs) in enumerate(stages):
            checkpoint = callbacks.Checkpoint(folder / f"state_{i}_{stage}.weights.h5", steps)
            _fit(model, config, folder, stage, epochs, checkpoint, training, validation)
    model.save(folder / "last.keras")
    return model, folder


def _fit(model, config, folder, stage, epochs, checkpoint, training, validation):
    """Trains one stage, from its last finished epoch on."""
    first, end = epochs
    _compile(model, config, stage, (end - first) * checkpoint.num_steps)
    start = first + checkpoint.restore(model)
    if start >= end:
        return
    seen = functools.partial(pipeline.single_person, image_size=config.image_size, batch_size=config.batch_size)
    varied = functools.partial(
        seen, training, training=True, augmentation=Augmentation() if config.data_augm else None, seed=config.seed
    )
    watched = seen(validation)
    if config.debug:
        watched = watched.take(DEBUG_STEPS)
    watched_output = "part_heatmaps_" if stage == "detector" else "heatmaps_"
    rate = f"val_{watched_output if config.use_sm else ''}detection_rate"
    average = [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if config.ema else []
    try:
        model.fit(
            varied(epochs=(start, end), cached=config.cache),
            validation_data=watched,
            initial_epoch=start,
            epochs=end,
            steps_per_epoch=checkpoint.num_steps,
            shuffle=False,
            callbacks=[
                checkpoint,
                *average,
                callbacks.KeepBest(folder / "best.keras", rate, folder / "log.csv"),
                keras.callbacks.CSVLogger(folder / "log.csv", append=True),
                callbacks.StopAtNaN(folder / "nan_batch.npz", lambda epoch: varied(epochs=(epoch, epoch + 1))),
                PoseBoard(runs.BOARDS / folder.name, watched, config.batch_size, histograms=config.histograms),
            ],
        )
    except KeyboardInterrupt:
        model.save(folder / "interrupted.keras")
        raise KeyboardInterrupt(
            f"Interrupted. The weights of this moment are in {folder}/interrupted.keras; "
            f"`python train.py --run={folder.name} --resume` goes on from the last finished epoch."
        ) from None


def _compile(model, config, stage, steps):
    reference = model.skeleton.indices(model.skeleton.reference)
    model.compile(
        optimization.optimizer(
            config.optimizer, config.schedule, lr=config.lr, steps=steps, clip=config.clip, ema=config.ema
        ),
        construction.losses(model, config),
        loss_weights=model.freeze(stage),
        metrics={name: [DetectionRate(reference)] for name in model.codec.candidates(model.output)},
        jit_compile=False,  # Of the whole step; see `TapeTraining.xla`.
    )
