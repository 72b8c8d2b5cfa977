"""Builds what a `Config` describes: model, losses, metric and initial weights."""

import inspect

import keras

from tfpose import models
from tfpose.commands import runs
from tfpose.data import single_person
from tfpose.metrics import METRICS, BoxPCK, KeypointRecall
from tfpose.metrics.sigmas import sigmas_of
from tfpose.models.transfer import transfer
from tfpose.training import devices
from tfpose.training.config import Config


def build(config: Config, skeleton) -> models.PoseModel:
    """Builds the model of a configuration, and tells whether its loss and metric exist.

    Args:
        config: The configuration.
        skeleton: The `Skeleton` of the records.

    Raises:
        ValueError: If the model, an argument of it or its loss is unknown, or several people are to be cropped.
    """
    if config.model not in models.MODELS:
        raise ValueError(f"Unknown `model`. Received: {config.model!r}. Known: {', '.join(models.MODELS)}.")
    model = models.build(config.model, skeleton, config.image_size, **_arguments(config))
    if model.codec.several and config.crop not in ("", "frame"):
        raise ValueError(
            f"`crop` is for networks of one person; those of several are shown the frame. Received: {config.crop!r}."
        )
    model.xla = devices.on_gpu() if config.xla is None else config.xla
    losses(model, config)  # Raises here rather than after the run's folder was made.
    if config.metric and not model.codec.several and metric(model, config).name != config.metric:
        print(f"{config.metric} needs the reference of a torso, which {skeleton.name} lacks; validates by box_pck.")
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


def metric(model, config: Config) -> keras.metrics.Metric:
    """The validation metric: recall of keypoints for several people; for one person that of `config.metric`.

    Metrics that are relative to the torso fall back to `BoxPCK` where the skeleton has no reference pair.
    """
    if model.codec.several:
        return KeypointRecall(sigmas_of(model.skeleton)[0])
    reference = model.skeleton.reference
    if config.metric == "box_pck" or reference is None:
        return BoxPCK()
    return METRICS[config.metric or "detection_rate"](model.skeleton.indices(reference))


def initialize(model, config: Config, training) -> dict:
    """Gives the model its initial weights: those of another, or statistics of the training people (its prior).

    Returns:
        The statistics, arrays by name, to be kept with the run; empty without a prior.

    Raises:
        ValueError: If `restore_model` has no weights for this model.
    """
    if config.restore_model:
        restore(model, config.restore_model)
    elif config.prior and model.learns_statistics:
        people = single_person.people(training, config.image_size, crop="frame" if model.codec.several else config.crop)
        return model.learn_statistics(people)
    return {}


def restore(model, path):
    """Copies the weights of another model where they fit, see `transfer`.

    Args:
        model: The model whose variables are assigned.
        path: A `.keras` file, or the folder of a run that has a `best.keras`.

    Raises:
        ValueError: If the file does not exist, or has no variable in common with the model.
    """
    path = runs.weights_file(path)
    taken, left = transfer(keras.saving.load_model(path, compile=False), model)
    if not taken:
        raise ValueError(f"`restore_model` must have variables in common with this model. Received: none in {path}.")
    print(f"Restored {len(taken)} of {len(model.variables)} variables from {path}.", *left[:5] and ["Not:", *left])


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
