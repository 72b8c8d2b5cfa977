"""Command line of `tfpose train`: its flags are the fields of `Config` and the arguments of the chosen model."""

import argparse
import dataclasses
import re
import sys
import textwrap

from tfpose.commands.arguments import ArgumentParser
from tfpose.training import applicability, signatures, sources
from tfpose.training.config import FLAGS, GROUPS, Config
from tfpose.training.presets import DESCRIPTIONS, PRESETS
from tfpose.training.values import convert

SOURCES = ("preset", "config", "pose_cfg", "resume", "run")  # Where a configuration starts from.


def parse(argv=None) -> Config:
    """Reads flags, and the preset, the file or the run that they change.

    Raises:
        ValueError: If they do not go together, or one has no effect.
    """
    argv = [_with_current_name(word) for word in (sys.argv[1:] if argv is None else argv)]
    first = _SourceParser(prog="tfpose train", add_help=False)
    _add_sources(first)
    first.add_argument("--model", choices=signatures.models(), default="")
    chosen, _ = first.parse_known_args(argv)
    source = {
        "pose_cfg_file": chosen.pose_cfg,
        **{name: getattr(chosen, name) for name in SOURCES if name != "pose_cfg"},
    }
    start, given = sources.start(model=chosen.model, **source)
    model = chosen.model or start.model
    flags = vars(_parser(start, model, argv).parse_args(argv))
    values = {name: value for name, value in flags.items() if name not in ("set", *SOURCES)}
    values |= dict(_setting(text) for text in flags["set"])
    named = {name: value for name, value in (("run", chosen.run), ("resume", chosen.resume)) if value}
    if chosen.resume and model != start.model:
        raise ValueError(f"`model` must be that of the run to continue, {start.model}. Received: {model!r}.")
    config = sources.change(start, values | named)
    applicability.check(config, dict.fromkeys([*given, *values]))
    if chosen.pose_cfg and not config.data_augm and config.augmentation:
        print("Without --data_augm the images are not varied: mirror and scale_jitter of pose_cfg have no effect.")
    return config


def _with_current_name(word):
    """A word of the command line, where an argument of a model that was renamed has its name of now."""
    dashes, name, rest = re.fullmatch(r"(-*)(\w*)(.*)", word, re.DOTALL).groups()
    return f"{dashes}{signatures.former_names().get(name, name)}{rest}"


class _SourceParser(ArgumentParser):
    """Reads the flags that tell which others there are, and leaves these alone."""

    def _check_flags(self, args):
        pass


def _add_sources(parser):
    """Adds the flags of `SOURCES`."""
    parser.add_argument("--preset", choices=PRESETS, metavar="NAME", default="", help=FLAGS["preset"].metadata["help"])
    parser.add_argument(
        "--config", metavar="FILE", default="", help="YAML file of flags, or config.json of a run; flags override it"
    )
    parser.add_argument(
        "--pose_cfg", metavar="FILE", default="", help="deepercut: start from a pose_cfg.yaml of pose-tensorflow"
    )
    for name in ("resume", "run"):
        f = FLAGS[name]
        action = {"action": argparse.BooleanOptionalAction} if f.type is bool else {"metavar": "NAME"}
        parser.add_argument(f"--{name}", default=f.default, help=f.metadata["help"], **action)


def _parser(start, model, argv):
    """The parser of all flags of a model, whose help shows the values of a configuration."""
    origin = f"preset {start.preset}" if start.preset else "the file or the run that is started from"
    parser = ArgumentParser(
        prog="tfpose train",
        usage="tfpose train [--preset=NAME] [--config=FILE] [--FLAG=VALUE ...] [--set NAME=VALUE ...]",
        description=f"Trains {model}. Defaults shown are the values of {origin}; flags override them.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="presets:\n" + "\n".join(f"  {name:36}{text}" for name, text in DESCRIPTIONS.items()),
    )
    _add_sources(parser.add_argument_group("start from"))
    for title, group in GROUPS.items():
        title = f"model ({model})" if title == "model" else title
        added = parser.add_argument_group(title)
        for f in dataclasses.fields(group):
            if f.name in FLAGS and f.name not in SOURCES:
                _add(added, f.name, f.default, getattr(start, f.name), f.metadata["help"], f.metadata["known"])
        if group is GROUPS["model"]:
            for name, default, text in signatures.arguments(model).values():
                _add(added, name, default, start.model_args.get(name, default), text)
    settings = parser.add_argument_group("settings", f"with --data_augm:\n{_augmentation(start)}")
    settings.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="NAME=VALUE",
        help="constructor arguments of the model and fields of the augmentation: stacks=4 augmentation.angle=30",
    )  # fmt: skip
    _refuse_flags_of_other_models(parser, model, argv)
    return parser


def _augmentation(start):
    """Help on the fields of the augmentation, with their values."""
    lines = []
    for name, default, text in signatures.augmentation().values():
        text = f"{_plain(text)} (default: {_shown(start.augmentation.get(name, default))})"
        lines += textwrap.wrap(text, 110, initial_indent=f"  augmentation.{name:12}", subsequent_indent=" " * 27)
    return "\n".join(lines)


def _refuse_flags_of_other_models(parser, model, argv):
    """Tells whose flag it is, rather than that nothing is known of it."""
    others = {name for other in signatures.models() for name in signatures.arguments(other)}
    for word in argv:
        name = word.removeprefix("--").partition("=")[0].removeprefix("no-")
        if word.startswith("--") and name in others - set(FLAGS) - set(signatures.arguments(model)):
            parser.error(sources.unknown(name, model))


def _plain(text):
    """A description of a docstring as a help text."""
    return text.translate({ord(letter): None for letter in '`"'}).rstrip(".")


def _add(group, name, default, value, text, known=None):
    """Adds a flag to a group of the parser."""
    shown = _shown(value).replace(",", " ") if name == "image_size" else _shown(value)
    options = {"default": argparse.SUPPRESS, "help": f"{_plain(text)} (default: {shown})".replace("%", "%%")}
    if isinstance(default, bool) or name == "xla":
        options["action"] = argparse.BooleanOptionalAction
    elif name == "image_size":
        options |= {"type": int, "nargs": 2, "metavar": ("HEIGHT", "WIDTH")}
    else:
        options |= {"type": _converter(name, default), "choices": known, "metavar": "NAME" if known else None}
        options["help"] += f"; known: {', '.join(known)}" if known else ""
    group.add_argument(f"--{name}", **options)


def _converter(name, default):
    """The `type` of a flag for argparse, which shows the message of an `ArgumentTypeError` only."""

    def converted(text):
        try:
            return convert(name, text, default)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return converted


def _shown(value):
    """A default value as one would type it."""
    if value is None:
        return "chosen automatically"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "none" if value == "" else str(value)


def _setting(text):
    """The name and the value of one `--set`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"`set` must be given NAME=VALUE, such as stacks=4. Received: {text!r}.")
    return name, value
