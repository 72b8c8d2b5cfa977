"""Runs of tiny networks through the loop of training itself: its stages, callbacks, files and resuming."""

import dataclasses
import types

import keras
import numpy as np
import tensorflow as tf

from tests.training.callbacks import small_training
from tfpose.training import loop

PARTS = {1: [("joint", (48, 64), (0, 3))], 3: [(s, (48, 64), (i, i + 1)) for i, s in enumerate("abc")]}


class SmallBatches:
    """What the loop asks of `training.batches.Batches`, without images."""

    def __init__(self, epoch, steps):
        self.epoch, self.steps, self.validation = epoch, steps, None

    def training(self, first, last):
        """Batches of the epochs from `first` up to `last`, which differ."""
        parts = [self.epoch(i) for i in range(first, last)]
        data = parts[0]
        for part in parts[1:]:
            data = data.concatenate(part)
        return data


@dataclasses.dataclass
class SmallConfig:
    """The settings that the loop reads while it trains."""

    resume: bool
    copy_to: str = ""
    batch_size: int = 4
    histograms: bool = False


class _Run(types.SimpleNamespace):
    def at(self, size):
        return self


def train(folder, *, stages=1, resume=False, **optimizer):
    """Trains a tiny network in a folder. Returns it.

    Args:
        folder: The folder of the run.
        stages: Number of stages, 1 or 3; three epochs altogether.
        resume: Whether to go on in the folder.
        **optimizer: Such as `use_ema=True`.
    """
    keras.utils.set_random_seed(3)
    run = _plain_run(optimizer)
    folder.mkdir(exist_ok=True)
    run.config, run.together = SmallConfig(resume), None
    parts = PARTS[stages]
    loop._train_stages(run, folder, [(stage, span) for stage, _, span in parts], parts)
    return run.model


def patch(monkeypatch, optimizer):
    """Leaves out of the loop what needs images: pictures for TensorBoard, the metric, and tracing."""

    def compile(run, stage, first, epochs):
        run.model.compile(keras.optimizers.Adam(0.1, **optimizer), "mse", metrics=["mae"], run_eagerly=True)
        return "mae"

    task = types.SimpleNamespace(people_metric=lambda: None)
    monkeypatch.setattr(loop, "_compile", compile)
    monkeypatch.setattr(loop, "task_of", lambda model: task)
    monkeypatch.setattr(loop, "PoseBoard", lambda *_, **__: keras.callbacks.Callback())
    monkeypatch.setattr(loop.devices, "describe", lambda *_: "")
    monkeypatch.setattr(loop, "EpochTime", keras.callbacks.Callback)  # Seconds differ from run to run.


def _plain_run(optimizer):
    model = small_training.model(**optimizer)
    model.callbacks = lambda: ()

    def epoch(i):
        rng = np.random.default_rng(i)
        shapes = (small_training.STEPS * 8, 4), (small_training.STEPS * 8, 2)
        return tf.data.Dataset.from_tensor_slices(tuple(rng.normal(size=s).astype("float32") for s in shapes)).batch(8)

    return _Run(model=model, batches=SmallBatches(epoch, small_training.STEPS))
