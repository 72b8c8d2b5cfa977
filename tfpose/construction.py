"""From a `Config` to a model that is ready to train: devices, precision, network, first weights."""

import dataclasses
import inspect
import pathlib

import keras
import numpy as np
import tensorflow as tf

from tfpose import models
from tfpose.config import Config
from tfpose.data import pipeline
from tfpose.losses import LOSSES


def strategy(multi_gpu: bool) -> tf.distribute.Strategy:
    """One replica; or, with `multi_gpu`, one per GPU of this machine, or per logical CPU where there is no GPU."""
    if not multi_gpu:
        return tf.distribute.get_strategy()
    kind = "GPU" if on_gpu() else "CPU"
    devices = [device.name for device in tf.config.list_logical_devices(kind)]
    if len(devices) < 2:
        raise ValueError(f"`multi_gpu` needs at least two devices. Received: {', '.join(devices)}.")
    exchange = tf.distribute.ReductionToOneDevice() if kind == "CPU" else None
    return tf.distribute.MirroredStrategy(devices, exchange)


def on_gpu() -> bool:
    """Whether TensorFlow has a GPU."""
    return bool(tf.config.list_logical_devices("GPU"))


def precision(config: Config) -> str:
    """The Keras dtype policy that is meant."""
    if config.precision != "auto":
        return config.precision
    return "mixed_float16" if on_gpu() else "float32"


def build(config: Config, skeleton) -> models.PoseModel:
    """Builds the network that the flags describe.

    Raises:
        ValueError: If a flag is given that this model does not have.
    """
    if config.model not in models.MODELS:
        raise ValueError(f"Unknown `model`. Received: {config.model!r}. Known: {', '.join(models.MODELS)}.")
    accepted = inspect.signature(models.MODELS[config.model]).parameters
    args = dict(config.model_args)
    for f in dataclasses.fields(Config):
        value = getattr(config, f.name)
        if f.metadata.get("model") == config.model and f.name in accepted:
            args[f.name] = value
        elif f.metadata.get("model") and value != f.default:
            raise ValueError(f"`{f.name}` is for {f.metadata['model']} only. Received: `model={config.model}`.")
    if config.debug:
        args["filters"] = tuple(n // 4 for n in args.get("filters", accepted["filters"].default))
    model = models.build(config.model, skeleton, config.image_size, weight_decay=config.lmbd, **args)
    model.xla = on_gpu() if config.xla is None else config.xla
    return model


def losses(model, config: Config) -> dict:
    """The loss of each output."""
    return dict.fromkeys(model.output, LOSSES[config.loss]())


def initialize(model, config: Config, folder, training):
    """Gives the model its first weights: those of another, or what the training records say of people's build."""
    if config.restore_model:
        restore(model, config.restore_model)
    elif config.prior:
        statistics = model.learn_statistics(pipeline.people(training, config.image_size))
        if statistics:
            np.savez_compressed(pathlib.Path(folder, "pairwise_prior.npz"), **statistics)


def restore(model, path):
    """Takes over the weights of another model, variable by variable, where name and shape are the same.

    Raises:
        ValueError: If the file is none, or has no variable of this model.
    """
    path = pathlib.Path(path)
    path = path / "best.keras" if path.is_dir() else path
    if not path.exists():
        raise ValueError(f"`restore_model` must be a .keras file or a run with a best.keras. Received: {str(path)!r}.")
    other = {v.path: v for v in keras.saving.load_model(path, compile=False).variables}
    fitting = [v for v in model.variables if v.path in other and v.shape == other[v.path].shape]
    if not fitting:
        raise ValueError(f"`restore_model` must have variables in common with this model. Received: none in {path}.")
    for v in fitting:
        v.assign(other[v.path])
    left = [v.path for v in model.variables if not any(v is w for w in fitting)]
    print(f"Restored {len(fitting)} of {len(model.variables)} variables from {path}.", *left[:5] and ["Not:", *left])
