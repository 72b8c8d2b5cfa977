"""From a `Config` to a model that is ready to train: network, loss, metric, initial weights."""

import dataclasses
import inspect
import pathlib

import keras
import numpy as np

from tfpose import models, runs
from tfpose.data import single_person
from tfpose.metrics import METRICS, KeypointRecall
from tfpose.metrics.sigmas import sigmas_of
from tfpose.models.transfer import transfer
from tfpose.training import devices
from tfpose.training.config import Config


def build(config: Config, skeleton) -> models.PoseModel:
    """Builds the network that the flags describe.

    Raises:
        ValueError: If a flag is given that this model does not have, or a crop for a model of several people.
    """
    if config.model not in models.MODELS:
        raise ValueError(f"Unknown `model`. Received: {config.model!r}. Known: {', '.join(models.MODELS)}.")
    model = models.build(config.model, skeleton, config.image_size, **_arguments(config))
    if model.codec.several and config.crop not in ("", "frame"):
        raise ValueError(
            f"`crop` is for networks of one person; those of several are shown the frame. Received: {config.crop!r}."
        )
    model.xla = devices.on_gpu() if config.xla is None else config.xla
    return model


def losses(model, config: Config) -> dict:
    """The loss of each output.

    Raises:
        ValueError: If this model cannot be compared so.
    """
    if not config.loss:
        return model.default_loss()
    if config.loss not in model.LOSSES:
        raise ValueError(
            f"Unknown `loss` of {config.model}. Received: {config.loss}. Known: {', '.join(model.LOSSES)}."
        )
    return model.named_loss(config.loss)


def metric(model, config: Config):
    """What is watched: of one person as `metric` says, of several how many keypoints are among the candidates."""
    if model.codec.several:
        return KeypointRecall(sigmas_of(model.skeleton)[0])
    return METRICS[config.metric](model.skeleton.indices(model.skeleton.reference))


def initialize(model, config: Config, folder, training):
    """Gives the model its first weights: those of another, or what the training records say of people's build."""
    if config.restore_model:
        restore(model, config.restore_model)
    elif config.prior and model.learns_statistics:
        people = single_person.people(training, config.image_size, crop="frame" if model.codec.several else config.crop)
        np.savez_compressed(pathlib.Path(folder, "pairwise_prior.npz"), **model.learn_statistics(people))


def restore(model, path):
    """Takes over the weights of another model where they fit, see `transfer`.

    Raises:
        ValueError: If the file is none, or has no variable of this model.
    """
    path = runs.weights_file(path)
    taken, left = transfer(keras.saving.load_model(path, compile=False), model)
    if not taken:
        raise ValueError(f"`restore_model` must have variables in common with this model. Received: none in {path}.")
    print(f"Restored {len(taken)} of {len(model.variables)} variables from {path}.", *left[:5] and ["Not:", *left])


def _arguments(config):
    """The constructor arguments that the flags give; `model_args` come first."""
    chosen = models.MODELS[config.model]
    accepted = inspect.signature(chosen).parameters
    args = dict(config.model_args)
    for f in dataclasses.fields(Config):
        value, owners = getattr(config, f.name), f.metadata.get("models", ())
        if config.model in owners:
            args[f.name] = value
        elif owners and value != f.default:
            raise ValueError(f"`{f.name}` is for {', '.join(owners)} only. Received: `model={config.model}`.")
    if "max_people" in accepted:
        args["max_people"] = config.max_people
    if "weight_decay" in accepted:
        args["weight_decay"] = config.lmbd
    elif config.lmbd:
        raise ValueError(f"`lmbd` must be 0: {config.model} has no weight decay. Received: {config.lmbd}.")
    if config.debug:
        args |= {name: _quarter(args.get(name, accepted[name].default)) for name in chosen.WIDTHS}
    if unknown := sorted(set(args) - set(accepted)):
        raise ValueError(
            f"Unknown `model_args` of {config.model}. Received: {', '.join(unknown)}. Known: {', '.join(accepted)}."
        )
    return args


def _quarter(width):
    return width // 4 if isinstance(width, int) else tuple(n // 4 for n in width)
