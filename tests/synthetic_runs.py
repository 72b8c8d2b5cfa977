"""What the tests of training share: the flags of a tiny run, and what it logged."""

import csv
import pathlib

from tfpose.training.config import Config

SMALL = {"filters": (4, 4, 6, 8, 8), "kernels": (3, 3, 3, 3, 3, 3)}


def config(data_dir, **flags):
    plain = {"image_size": (48, 64), "batch_size": 4, "n_epochs": 2, "run": "a", "val_split": "test"}
    plain |= {"train_split": "train", "model_args": SMALL, "use_sm": True, "data_augm": True, "data_dir": str(data_dir)}
    return Config(**{**plain, **flags})


def rows(run="a"):
    return list(csv.DictReader(pathlib.Path("models_ex", run, "log.csv").read_text().splitlines()))
