"""The command line of `train.py`, made from the fields of `Config`."""

import argparse
import dataclasses

from tfpose import runs
from tfpose.training import pose_cfg, presets
from tfpose.training.config import Config, from_dict
from tfpose.training.presets import PRESETS


def parse(argv=None) -> Config:
    """Reads a preset, or the `Config` of the run to be gone on with, and the flags that change it."""
    parser = argparse.ArgumentParser(description="Trains a pose estimator.")
    known = ", ".join(PRESETS)
    parser.add_argument(
        "--preset", choices=PRESETS, metavar="NAME", help=f"where to start (default: by model): {known}"
    )
    for f in dataclasses.fields(Config):
        if "help" in f.metadata:
            parser.add_argument(f"--{f.name}", default=argparse.SUPPRESS, **_argument(f))
    parser.add_argument(
        "--pose_cfg", metavar="FILE", help="deepercut: start from a pose_cfg.yaml; says what each key becomes"
    )
    flags = vars(parser.parse_args(argv))
    start = _start(flags)
    if "image_size" in flags:
        flags["image_size"] = tuple(flags["image_size"])
    return dataclasses.replace(start, **flags)


def _start(flags):
    """What the flags change; those that say so are taken out."""
    pose_cfg_file, preset = flags.pop("pose_cfg"), flags.pop("preset")
    if pose_cfg_file and (preset or flags.get("resume")):
        raise ValueError("`--pose_cfg` must be given without --preset and --resume. Received: both.")
    if pose_cfg_file:
        fields, lines = pose_cfg.read(pose_cfg_file)
        print(*lines, sep="\n")
        return Config(**{"image_size": (400, 400), **fields})
    if flags.get("resume"):
        folder = runs.MODELS / flags["run"] if flags.get("run") else runs.newest()
        return from_dict({**runs.read_config(folder), "run": folder.name})
    return PRESETS[preset or presets.built_in(flags.get("model", "part_detector"))]


def _argument(f):
    text, known = f.metadata["help"], f.metadata["known"]
    text = f"{', '.join(f.metadata['models'])}: {text}" if f.metadata["models"] else text
    shown = f"{text} (default: {'by device' if f.default is None else f.default!r})".replace("%", "%%")
    if f.type is bool or f.default is None:
        return {"action": argparse.BooleanOptionalAction, "help": shown}
    if isinstance(f.default, tuple):
        return {"type": int, "nargs": len(f.default), "metavar": ("HEIGHT", "WIDTH"), "help": shown}
    return {"type": f.type, "choices": known, "help": shown}
