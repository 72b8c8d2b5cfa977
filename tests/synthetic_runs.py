"""What the tests of training share: the flags of a tiny run, and what it logged."""

import csv
import dataclasses
import pathlib

from tfpose.training.config import Config

SMALL = {"filters": (4, 4, 6, 8, 8), "kernels": (3, 3, 3, 3, 3, 3)}
WITH_SPATIAL_MODEL = {**SMALL, "use_sm": True}
FIELDS = {f.name for f in dataclasses.fields(Config)}


def config(data_dir, **flags):
    """A small part detector with spatial model, changed by fields of `Config` and by arguments of the model."""
    plain = {"image_size": (48, 64), "batch_size": 4, "n_epochs": 2, "run": "a", "val_split": "test"}
    plain["precision"] = "float32"  # On every processor: tiny untrained maps have ties in bfloat16.
    plain |= {"train_split": "train", "data_augm": True, "data_dir": str(data_dir)}
    plain["model_args"] = WITH_SPATIAL_MODEL
    plain |= {name: value for name, value in flags.items() if name in FIELDS}
    arguments = {name: value for name, value in flags.items() if name not in FIELDS}
    return Config(**{**plain, "model_args": {**plain["model_args"], **arguments}})


def rows(run="a"):
    return list(csv.DictReader(pathlib.Path("models_ex", run, "log.csv").read_text().splitlines()))
