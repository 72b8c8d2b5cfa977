"""Merges the sources of a configuration: preset < configuration file < flags."""

import dataclasses

from tfpose.commands import reading, runs
from tfpose.commands.arguments import suggestion
from tfpose.training import pose_cfg, presets, signatures, stages
from tfpose.training.config import FLAGS, Config, from_dict
from tfpose.training.presets import PRESETS
from tfpose.training.values import convert


def start(*, preset="", model="", config="", pose_cfg_file="", resume=False, run="") -> tuple[Config, list[str]]:
    """The configuration that flags change.

    Args:
        preset: Name of a preset; by default that of the model on the built-in data.
        model: Name of the model, if it is given.
        config: YAML or JSON file of flags, or the `config.json` of a run.
        pose_cfg_file: `pose_cfg.yaml` of pose-tensorflow.
        resume: Whether to continue a run.
        run: Name of the run to continue; by default the newest.

    Returns:
        The configuration, and names of the flags that the file gave.

    Raises:
        ValueError: If sources exclude each other, or a file is not what it must be.
    """
    chosen = {"preset": preset, "config": config, "pose_cfg": pose_cfg_file, "resume": resume}
    several = [f"--{name}" for name, value in chosen.items() if value]
    if len(several) > 1 and set(several) != {"--preset", "--config"}:
        raise ValueError(f"`{several[0]}` must be given without {several[1]}. Received: both.")
    if pose_cfg_file:
        fields, lines = pose_cfg.read(pose_cfg_file)
        print(*lines, sep="\n")
        return Config(**{"image_size": (400, 400), **fields}), []
    if resume:
        runs.check_name(run)
        folder = runs.MODELS / run if run else runs.newest()
        with reading.named(folder / "config.json"):
            return from_dict({**runs.read_config(folder), "run": folder.name}), []
    if preset:
        _check_preset(preset)
    if not config:
        return _changed_preset(preset, model, {})
    with reading.named(config):
        values = read(config)
        if "resume" in values:  # The config.json of a run: a new run with the same settings.
            return from_dict({**values, "run": "", "resume": False}), []
        return _changed_preset(preset, model, values)


def _changed_preset(preset, model, values):
    """The preset that is asked for, changed by the values of a file."""
    named = values.pop("preset", "")
    preset = preset or named
    if preset:
        _check_preset(preset)
    model = model or values.get("model") or PRESETS[preset or "figures"].model
    if not isinstance(model, str) or model not in signatures.models():
        raise ValueError(f"Unknown `model`. Received: {reading.short(model)}. Known: {', '.join(signatures.models())}.")
    return change(PRESETS[preset or presets.built_in(model)], values), list(values)


def _check_preset(preset):
    if not isinstance(preset, str) or preset not in PRESETS:
        raise ValueError(f"Unknown `preset`. Received: {reading.short(preset)}{suggestion(str(preset), PRESETS)}")


def read(path) -> dict:
    """Reads a configuration file: flags by name in YAML or JSON; `model_args` and `augmentation` may be mappings.

    Returns:
        Values by name; fields of `augmentation` as `augmentation.NAME`. That of a run is returned as it is.

    Raises:
        ValueError: If the file is not a mapping.
    """
    values = reading.read_yaml(path, "a YAML or JSON file, `config`")
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        received = f"{str(path)!r} with {reading.short(values)}"
        raise ValueError(f"`config` must hold flags with their values. Received: {received}.")
    if "resume" in values:
        return values
    groups = {name: values.pop(name, None) or {} for name in ("model_args", "augmentation")}
    for name, group in groups.items():
        if not isinstance(group, dict) or not all(isinstance(key, str) for key in group):
            raise ValueError(f"`{name}` must be names with values. Received: {reading.short(group)}.")
    former = signatures.former_names()
    values = {former.get(name, name): value for name, value in (values | groups["model_args"]).items()}
    return values | {f"augmentation.{k}": value for k, value in groups["augmentation"].items()}


def change(config: Config, values: dict) -> Config:
    """Changes a configuration by flags.

    Args:
        config: The configuration to start from.
        values: Values by name of a flag, of a constructor argument of the model, or of `augmentation.NAME`.

    Raises:
        ValueError: If a name is unknown, a value is not of its type, or flags exclude each other.
    """
    model = values.get("model") or config.model
    fields = {"model_args": dict(config.model_args), "augmentation": dict(config.augmentation)}
    for name, value in values.items():
        group, key, default = _place(name, model)
        (fields[group] if group else fields)[key] = convert(name, value, default)
    fields |= _epochs(config, fields)
    changed = dataclasses.replace(config, **fields)
    if unknown := sorted(set(changed.model_args) - set(signatures.arguments(changed.model))):
        origin = f"preset {config.preset}" if config.preset else config.model
        raise ValueError(
            f"`model` must have the arguments of {origin}; give another --preset. "
            f"Received: `model={changed.model}`, which has no `{unknown[0]}`."
        )
    return changed


def _place(name, model):
    """The dict of `Config` that a name belongs to, if any, its key there, and the default value."""
    arguments, augmentation = signatures.arguments(model), signatures.augmentation()
    if name in FLAGS:
        return "", name, FLAGS[name].default
    if name in arguments:
        return "model_args", name, arguments[name].default
    field = name.removeprefix("augmentation.")
    if field != name and field in augmentation:
        return "augmentation", field, augmentation[field].default
    raise ValueError(unknown(name, model))


def unknown(name: str, model: str) -> str:
    """What to tell about a name that is no flag: the nearest one, and all that `--set` takes."""
    if name in signatures.ELSEWHERE:
        return f"`{name}` is set by `--{signatures.ELSEWHERE[name]}`. Received: `{name}`."
    if others := [other for other in signatures.models() if name in signatures.arguments(other)]:
        return f"`{name}` must be an argument of {model}. Received: `{name}`, one of {', '.join(others)}."
    arguments = [*signatures.arguments(model), *(f"augmentation.{name}" for name in signatures.augmentation())]
    near = suggestion(name, [*arguments, *FLAGS])
    return f"Unknown setting. Received: `{name[:80]}`{near} Known, beside the flags: {', '.join(arguments)}."


def _epochs(config, fields):
    """Brings `stages` and `n_epochs` into agreement.

    Raises:
        ValueError: If both were given and the stages have numbers, or a stage is unknown.
    """
    text, epochs = fields.get("stages"), fields.get("n_epochs")
    if text is not None and stages.numbered(text):
        if epochs is not None:
            raise ValueError(
                f"`n_epochs` must be left out beside `stages` with numbers of epochs. Received: {epochs} and {text!r}."
            )
        return {"n_epochs": stages.read(text, 0)[-1][1][1]}
    if text is None and epochs is not None and stages.numbered(config.stages):
        if fields.get("resume"):
            raise ValueError(
                f"`stages` must be given instead of `n_epochs` to continue a run of stages {config.stages}. "
                f"Received: {epochs}."
            )
        return {"stages": stages.share(config.stages, epochs)}
    stages.read(text or config.stages, epochs or config.n_epochs or 1)
    return {}
