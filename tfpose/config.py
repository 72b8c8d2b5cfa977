"""Everything one can choose about a training run. Each field is a flag of `train.py`."""

import argparse
import dataclasses
from dataclasses import field

from tfpose import runs
from tfpose.losses import LOSSES
from tfpose.models import MODELS
from tfpose.models.part_detector import GRAPHS, TORSOS
from tfpose.optimization import OPTIMIZERS, SCHEDULES

PRECISIONS = ("auto", "float32", "mixed_bfloat16", "mixed_float16")


def _flag(default, text, known=None, model=None):
    return field(default=default, metadata={"help": text, "known": known, "model": model})


@dataclasses.dataclass(frozen=True)
class Config:
    """A training run."""

    model: str = _flag("part_detector", "which system to train", tuple(MODELS))
    model_args: dict = field(default_factory=dict)  # Constructor arguments; set by presets, not by flags.
    data_dir: str = _flag("", "folder of the records; without it, the built-in data set is made and used")
    train_split: str = _flag("train[:95%]", "what to train on")
    val_split: str = _flag("train[95%:]", "what to watch, and to choose the best epoch by")
    image_size: tuple[int, int] = _flag((144, 216), "height and width of the network's input, in pixels")
    use_sm: bool = _flag(False, "train the spatial model too", model="part_detector")
    torso: str = _flag("predicted", "where the spatial model hears of the torso", TORSOS, model="part_detector")
    graph: str = _flag("full", "which pairs of keypoints the spatial model relates", GRAPHS, model="part_detector")
    prior: bool = _flag(True, "start the spatial model from the training records, else at random")
    stages: str = _flag("joint", "what to train in turn, with epochs: detector:30,spatial:10,joint:20")
    banks: int = _flag(3, "resolutions that it looks at", model="part_detector")
    lcn: bool = _flag(False, "normalise the images to their local contrast", model="part_detector")
    loss: str = _flag("cross_entropy", "how maps are compared", tuple(LOSSES))
    data_augm: bool = _flag(False, "vary the training images: mirror, turn, scale, shift, brightness, contrast")
    cache: bool = _flag(False, "keep the records in memory after reading them once")
    optimizer: str = _flag("adam", "how to descend", tuple(OPTIMIZERS))
    lr: float = _flag(2e-3, "learning rate at the start")
    schedule: str = _flag("steps", "how the learning rate falls", tuple(SCHEDULES))
    lmbd: float = _flag(0.0, "weight decay of the convolution kernels")
    clip: float = _flag(4.0, "largest global norm of the gradients; 0 for any")
    ema: float = _flag(0.0, "momentum of the running average of the weights, such as 0.999; 0 for none")
    n_epochs: int = _flag(10, "passes over the training data")
    batch_size: int = _flag(16, "images per step, over all replicas")
    precision: str = _flag("auto", "Keras dtype policy; auto: mixed_float16 on a GPU, else float32", PRECISIONS)
    xla: bool | None = _flag(None, "compile each replica's step with XLA; by default on a GPU only")
    multi_gpu: bool = _flag(False, "train on every GPU of this machine")
    debug: bool = _flag(False, "a quarter of the filters and a few batches, to see that everything runs")
    restore_model: str = _flag("", "a .keras file or a run whose weights to start from")
    resume: bool = _flag(False, "go on with --run (or the newest) from its last finished epoch")
    histograms: bool = _flag(False, "histograms of weights and gradients in TensorBoard, every epoch")
    run: str = _flag("", "name of the run; by default the time and the model")
    seed: int = _flag(0, "of everything random")


FIGURES = Config(
    model_args={"filters": (16, 32, 48, 64, 64), "kernels": (5, 5, 5, 5, 5, 9)},
    use_sm=True,
    data_augm=True,
    schedule="cosine",
    stages="detector:16,spatial:1,joint:3",
)

PRESETS = {
    # The built-in data set, in a few minutes on two cores.
    "figures": FIGURES,
    # FLIC, in three quarters of an hour on two cores that compute in bfloat16.
    "flic_small": dataclasses.replace(
        FIGURES,
        data_dir="data/flic",
        image_size=(240, 360),
        model_args={"filters": (24, 48, 96, 128, 128), "kernels": (5, 5, 5, 5, 5, 9)},
        schedule="cosine",
        precision="mixed_bfloat16",
        use_sm=True,
        stages="detector:9,spatial:1,joint:3",
    ),
    # The full recipe of joint-cnn-mrf: 60 epochs of whole frames, the true torso, everything trained at once.
    "flic": Config(
        data_dir="data/flic",
        train_split="train",
        val_split="test",
        image_size=(480, 720),
        torso="truth",
        use_sm=True,
        data_augm=True,
        lr=1e-3,
        lmbd=1e-3,
        n_epochs=60,
        batch_size=14,
    ),
}


def parse(argv=None) -> Config:
    """A preset, or the `Config` of the run to be gone on with; then the flags that change it."""
    parser = argparse.ArgumentParser(description="Trains a pose estimator.")
    known = ", ".join(PRESETS)
    parser.add_argument("--preset", choices=PRESETS, default="figures", metavar="NAME", help=f"where to start: {known}")
    for f in dataclasses.fields(Config):
        if "help" in f.metadata:
            parser.add_argument(f"--{f.name}", default=argparse.SUPPRESS, **_argument(f))
    flags = vars(parser.parse_args(argv))
    start = PRESETS[flags.pop("preset")]
    if flags.get("resume"):
        folder = runs.MODELS / flags["run"] if flags.get("run") else runs.newest()
        start = from_dict({**runs.read_config(folder), "run": folder.name})
    if "image_size" in flags:
        flags["image_size"] = tuple(flags["image_size"])
    return dataclasses.replace(start, **flags)


def from_dict(fields: dict) -> Config:
    """Takes back what `dataclasses.asdict` gave, also after a trip through JSON."""
    args = {name: tuple(value) if isinstance(value, list) else value for name, value in fields["model_args"].items()}
    return Config(**{**fields, "image_size": tuple(fields["image_size"]), "model_args": args})


def _argument(f):
    text, known = f.metadata["help"], f.metadata["known"]
    text = f"{f.metadata['model']}: {text}" if f.metadata["model"] else text
    shown = f"{text} (default: {'by device' if f.default is None else f.default!r})".replace("%", "%%")
    if f.type is bool or f.default is None:
        return {"action": argparse.BooleanOptionalAction, "help": shown}
    if isinstance(f.default, tuple):
        return {"type": int, "nargs": len(f.default), "metavar": ("HEIGHT", "WIDTH"), "help": shown}
    return {"type": f.type, "choices": known, "help": shown}
