"""Configuration of a training run. Each field is a flag of `tfpose train`; so is each argument of the model."""

import dataclasses
from dataclasses import field
from typing import Any

from tfpose.commands.arguments import suggestion
from tfpose.commands.reading import short
from tfpose.skeletons import SKELETONS
from tfpose.training import signatures
from tfpose.training.cluster import CLUSTERS
from tfpose.training.values import convert, tuples

# Names of choices, written out so that parsing flags does not import Keras; tests compare them with their modules.
PRECISIONS = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
LOSSES = ("cross_entropy", "mse", "bce", "bce_skew", "huber")
CROPS = ("frame", "person", "torso", "records")
METRICS = ("detection_rate", "pck", "box_pck")
OPTIMIZERS = ("adam", "momentum", "rmsprop", "sgd")
SCHEDULES = ("steps", "cosine", "warmup_cosine", "constant")


def _flag(default, text, known=None, least=None):
    """A field that is a flag.

    Args:
        default: Default value.
        text: Help text.
        known: Choices, if there are only these.
        least: Smallest number that is allowed.
    """
    return field(default=default, metadata={"help": text, "known": known, "least": least})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Data:
    """What is trained on, and how its images are varied."""

    data_dir: str = _flag(
        "", "folder of the records, or several: data/lsp,data/lspet:0.5; by default the built-in ones"
    )
    skeleton: str = _flag("", "keypoints to be found; by default those of the records", tuple(SKELETONS))
    train_split: str = _flag("train[:95%]", "split of the records to train on")
    val_split: str = _flag("train[95%:]", "split to validate on after every epoch; the best epoch is chosen by it")
    crop: str = _flag(
        "", "input of models of one person; by default, and with records, what each data set was made for", CROPS
    )
    image_size: tuple[int, int] = _flag((144, 216), "height and width of the network's input, in pixels", least=1)
    sizes: str = _flag("", "growing sizes instead, with the fraction of epochs each ends at: 128x192:0.5,192x288:1")
    max_people: int = _flag(30, "models of several people: maximum per image; the largest are kept", least=1)
    data_augm: bool = _flag(False, "vary the training images: mirror, rotation, scale, shift, brightness, contrast")
    augmentation: dict = field(default_factory=dict)  # Fields of `Augmentation` that differ from its defaults.
    cache: bool = _flag(False, "keep the records (JPEG bytes) in memory after reading them once")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Network:
    """The model, its constructor arguments, first weights and loss."""

    model: str = _flag("part_detector", "model to train", tuple(signatures.models()))
    model_args: dict = field(default_factory=dict)  # Constructor arguments that differ from their defaults.
    loss: str = _flag("", "loss of the heatmaps, or of the offsets (deepercut); by default the paper's", LOSSES)
    prior: bool = _flag(
        True, "initialise the spatial model or the pairwise terms with statistics of the training people"
    )
    restore_model: str = _flag("", "run folder, .keras file, or a model of `tfpose models` whose weights to start from")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Optimisation:
    """Optimizer, learning rate, and how long to train."""

    optimizer: str = _flag("adam", "optimizer", OPTIMIZERS)
    lr: float = _flag(2e-3, "learning rate at the start")
    trunk_lr: float = _flag(0.0, "learning rate at the start of the layers of a backbone with weights; 0: lr", least=0)
    schedule: str = _flag("steps", "learning rate schedule", SCHEDULES)
    multi_step: str = _flag(
        "", "learning rates, each with the update it ends at, instead of lr and schedule: 0.005:10000,0.02:430000"
    )
    lmbd: float = _flag(0.0, "weight decay of the convolution kernels", least=0)
    clip: float = _flag(4.0, "maximum global norm of the gradients; 0: no clipping", least=0)
    ema: float = _flag(
        0.0, "momentum of the exponential moving average of the weights, such as 0.999; 0: none", least=0
    )
    stages: str = _flag("joint", "training stages, with epochs: detector:30,spatial:10,joint:20 (part_detector)")
    n_epochs: int = _flag(10, "epochs, shared over the stages in their proportion; 0: until multi_step ends", least=0)
    batch_size: int = _flag(16, "images per step, over all replicas", least=1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """Name, devices and logs of the run."""

    preset: str = _flag("", "preset to start from; by default the model's on the built-in data")
    run: str = _flag("", "name of the run; by default the time and the model")
    resume: bool = _flag(False, "continue --run (or the newest run) after its last finished epoch")
    overwrite: bool = _flag(False, "replace an earlier run of the same name")
    metric: str = _flag(
        "", "validation metric, for models of one person; by default detection_rate, without torso box_pck", METRICS
    )
    histograms: bool = _flag(False, "write histograms of weights and gradients to TensorBoard, every epoch")
    precision: str = _flag("auto", "Keras dtype policy; auto: half precision where it is faster", PRECISIONS)
    xla: bool | None = _flag(None, "compile each replica's step with XLA; by default on a GPU only")
    multi_gpu: bool = _flag(False, "train on every GPU of this machine")
    copy_to: str = _flag("", "address such as gs://bucket/pose, where the run is copied to after every epoch")
    cluster: str = _flag(
        "auto",
        "several machines, each running this command; auto: if TF_CONFIG says so; slurm: the tasks of srun",
        CLUSTERS,
    )
    gpus: str = _flag("", "indices of the GPUs to train on, such as 0,2; by default the first, or all with multi_gpu")
    debug: bool = _flag(False, "a quarter of the channels and a few batches per epoch, to see that everything runs")
    seed: int = _flag(0, "random seed", least=0)


GROUPS = {"data": Data, "model": Network, "optimisation": Optimisation, "run": Run}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config(Run, Optimisation, Network, Data):
    """A training run: the fields of `GROUPS`.

    Raises:
        ValueError: If a choice is unknown or a number out of its range.
    """

    def __post_init__(self):
        for f in dataclasses.fields(self):
            value, known, least = getattr(self, f.name), f.metadata.get("known"), f.metadata.get("least")
            if known and value not in known and value != f.default:
                near = suggestion(str(value), known)
                raise ValueError(f"Unknown `{f.name}`. Received: {value!r}{near} Known: {', '.join(known)}.")
            if least is not None and min(value if isinstance(value, tuple) else [value]) < least:
                raise ValueError(f"`{f.name}` must be at least {least}. Received: {value}.")
        if not self.lr > 0 or not self.ema < 1:
            raise ValueError(f"`lr` must be above 0, and `ema` below 1. Received: {self.lr} and {self.ema}.")
        if not self.n_epochs and not self.multi_step:
            raise ValueError("`n_epochs` must be above 0, or `multi_step` be given. Received: neither.")

    def argument(self, name: str, default: Any = None):
        """The value of a constructor argument of the model: given, or its default; `default` if it has no such."""
        known = signatures.arguments(self.model)
        return self.model_args.get(name, known[name].default if name in known else default)

    @property
    def several(self) -> bool:
        """Whether the model finds several people in an image, or one."""
        return bool(self.argument("several", signatures.constant(self.model, "SEVERAL")))


FLAGS = {f.name: f for f in dataclasses.fields(Config) if "help" in f.metadata}
# Fields of older runs that are arguments of a model now; every run had them all, whatever its model.
FORMERLY = (
    "use_sm", "torso", "graph", "banks", "lcn", "backbone", "weights", "several", "adversaries", "adversary",
    "adversarial_weight", "warm_up", "lr_d",
)  # fmt: skip


def from_dict(fields: dict) -> Config:
    """Takes back what `dataclasses.asdict` gave, also after a trip through JSON; and the `config.json` of older runs.

    Raises:
        ValueError: If a field is unknown, or a value is not of its type.
    """
    fields = {"model_args": {}, "augmentation": {}, **fields}
    for name in ("model_args", "augmentation"):
        if not isinstance(fields[name], dict):
            raise ValueError(f"`{name}` must be names with values. Received: {short(fields[name])}.")
    model = convert("model", fields.get("model", Config.model), Config.model)
    moved = {name: fields.pop(name) for name in FORMERLY if name in fields}
    if not moved.get("weights"):  # Then empty by default, and for every model.
        moved.pop("weights", None)
    known = signatures.arguments(model) if model in signatures.models() else {}
    fields["model_args"] = {name: value for name, value in moved.items() if name in known} | fields["model_args"]
    names = [f.name for f in dataclasses.fields(Config)]
    if unknown := sorted(set(fields) - set(names)):
        raise ValueError(
            f"Unknown field of a configuration. Received: {unknown[0][:80]}{suggestion(unknown[0], names)}"
        )
    fields |= {name: convert(name, fields[name], flag.default) for name, flag in FLAGS.items() if name in fields}
    for name in ("model_args", "augmentation"):
        former = signatures.former_names()
        fields[name] = {former.get(key, key): tuples(value) for key, value in fields[name].items()}
    return Config(**fields)
