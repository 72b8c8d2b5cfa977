"""Builds what a `Config` describes: model, losses and initial weights."""

import inspect

from tfpose import models
from tfpose.models.saved_file import open_model
from tfpose.models.transfer import transfer
from tfpose.prediction.tasks import task_of
from tfpose.pretrained.files import weights_file
from tfpose.training import devices
from tfpose.training.config import Config


def build(config: Config, skeleton) -> models.PoseModel:
    """Builds the model of a configuration, and checks that it has the loss.

    Args:
        config: The configuration.
        skeleton: The `Skeleton` of the records.

    Raises:
        ValueError: If the model, an argument of it or its loss is unknown.
    """
    if config.model not in models.MODELS:
        raise ValueError(f"Unknown `model`. Received: {config.model!r}. Known: {', '.join(models.MODELS)}.")
    model = models.build(config.model, skeleton, config.image_size, **_arguments(config))
    model.crop = config.crop or None
    model.xla = devices.on_gpu() if config.xla is None else config.xla
    losses(model, config)  # Raises here rather than after the run's folder was made.
    return model


def losses(model, config: Config) -> dict:
    """The loss of each output, by its name.

    Raises:
        ValueError: If the model does not have the loss.
    """
    if not config.loss:
        return model.default_loss()
    if config.loss not in model.LOSSES:
        raise ValueError(
            f"Unknown `loss` of {config.model}. Received: {config.loss}. Known: {', '.join(model.LOSSES)}."
        )
    return model.named_loss(config.loss)


def initialize(model, config: Config, training) -> dict:
    """Gives the model its initial weights: those of another, and statistics of the training people (its prior).

    A model that is restored keeps the statistics of the other one, if it has some: a spatial model that is put on a
    detector gets its prior, one that was trained already does not.

    Returns:
        The statistics, arrays by name, to be kept with the run; empty without a prior.

    Raises:
        ValueError: If `restore_model` has no weights for this model.
    """
    restored = restore(model, config.restore_model) if config.restore_model else None
    if config.prior and model.learns_statistics and not (restored and model.has_statistics_of(restored)):
        return model.learn_statistics(task_of(model).people(training, config.crop))
    return {}


def restore(model, path):
    """Copies the weights of another model where they fit, see `transfer`, and returns the other model.

    Args:
        model: The model whose variables are assigned.
        path: A trained model, see `pretrained.files.weights_file`.

    Raises:
        ValueError: If the file does not exist, or has no variable in common with the model.
    """
    path = weights_file(path)
    source = open_model(path)
    taken, left = transfer(source, model)
    if not taken:
        raise ValueError(f"`restore_model` must have variables in common with this model. Received: none in {path}.")
    print(f"Restored {len(taken)} of {len(model.variables)} variables from {path}.", *left[:5] and ["Not:", *left])
    return source


def _arguments(config):
    """Constructor arguments of the model."""
    chosen = models.MODELS[config.model]
    accepted = inspect.signature(chosen).parameters
    args = dict(config.model_args)
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
