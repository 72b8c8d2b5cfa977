"""Everything one can choose about a training run. Each field is a flag of `train.py`."""

import dataclasses
from dataclasses import field

from tfpose.data.crops import CROPS
from tfpose.models import MODELS
from tfpose.models.adversaries.pose_and_confidence import ADVERSARIES
from tfpose.models.part_detector import GRAPHS, TORSOS
from tfpose.models.trunks.dilated import DILATIONS
from tfpose.models.trunks.pyramid import TRUNKS
from tfpose.skeletons import SKELETONS
from tfpose.training.optimizers import OPTIMIZERS, SCHEDULES

PRECISIONS = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
LOSSES = tuple(dict.fromkeys(name for model in MODELS.values() for name in model.LOSSES))
BALANCED = "self_adversarial self_adversarial_embedding"
ADVERSARIAL = f"adversarial_posenet {BALANCED}"
EVERY = " ".join(MODELS)
WATCHED = ("detection_rate", "pck")


def _flag(default, text, known=None, models=""):
    """A flag; if it names models, it is a constructor argument of theirs."""
    return field(default=default, metadata={"help": text, "known": known, "models": tuple(models.split())})


@dataclasses.dataclass(frozen=True)
class Config:
    """A training run."""

    model: str = _flag("part_detector", "which system to train", tuple(MODELS))
    model_args: dict = field(default_factory=dict)  # Constructor arguments; set by presets, not by flags.
    data_dir: str = _flag(
        "", "folder of the records, or several: data/lsp,data/lspet:0.5; by default the built-in ones"
    )
    skeleton: str = _flag("", "keypoints to be found; by default those of the records", tuple(SKELETONS))
    train_split: str = _flag("train[:95%]", "what to train on")
    val_split: str = _flag("train[95%:]", "what to watch, and to choose the best epoch by")
    crop: str = _flag("", "what one person is shown in; by default what the records were made for", CROPS)
    image_size: tuple[int, int] = _flag((144, 216), "height and width of the network's input, in pixels")
    sizes: str = _flag("", "growing sizes instead, with the fraction of epochs each ends at: 128x192:0.5,192x288:1")
    use_sm: bool = _flag(False, "train the spatial model too", models="part_detector")
    torso: str = _flag("predicted", "where the spatial model hears of the torso", TORSOS, models="part_detector")
    graph: str = _flag("full", "which pairs of keypoints the spatial model relates", GRAPHS, models="part_detector")
    prior: bool = _flag(True, "start the spatial model from the training records, else at random")
    stages: str = _flag("joint", "what to train in turn, with epochs: detector:30,spatial:10,joint:20")
    banks: int = _flag(3, "resolutions that it looks at", models="part_detector")
    lcn: bool = _flag(False, "normalise the images to their local contrast", models="part_detector")
    backbone: str = _flag("resnet101", "the classifier that it begins with", tuple(DILATIONS), models="deepercut")
    trunk: str = _flag("paper", "network before the heads", TRUNKS, models=EVERY)
    weights: str = _flag("", "of the backbone: a file; imagenet, downloaded once; or random", models=EVERY)
    frozen_blocks: int = _flag(0, "first blocks of the backbone that are not trained", models=EVERY)
    several: bool = _flag(True, "find several people, else the one who is shown", models="deepercut")
    adversaries: str = _flag("both", "which discriminators there are", tuple(ADVERSARIES), models="adversarial_posenet")
    adversary: bool = _flag(True, "train against the adversary", models=BALANCED)
    adversarial_weight: float = _flag(1.0, "factor of the adversaries' weights in the loss", models=ADVERSARIAL)
    warm_up: int = _flag(0, "steps over which these weights rise from 0", models=ADVERSARIAL)
    lr_d: float = _flag(0.0, "learning rate of the adversaries; 0 for the paper's", models=ADVERSARIAL)
    loss: str = _flag("", "how maps are compared; by default as the paper does", LOSSES)
    data_augm: bool = _flag(False, "vary the training images: mirror, turn, scale, shift, brightness, contrast")
    augmentation: dict = field(default_factory=dict)  # Fields of `Augmentation`; set by presets, not by flags.
    cache: bool = _flag(False, "keep the records in memory after reading them once")
    max_people: int = _flag(30, "of an image; of more, the largest are learnt from")
    metric: str = _flag("detection_rate", "what is watched, and the best epoch chosen by", WATCHED)
    optimizer: str = _flag("adam", "how to descend", tuple(OPTIMIZERS))
    lr: float = _flag(2e-3, "learning rate at the start")
    trunk_lr: float = _flag(0.0, "learning rate at the start of a backbone's layers; 0: lr")
    schedule: str = _flag("steps", "how the learning rate falls", tuple(SCHEDULES))
    multi_step: str = _flag("", "rates, each with the update it ends at, instead of lr: 0.005:10000,0.02:430000")
    lmbd: float = _flag(0.0, "weight decay of the convolution kernels")
    clip: float = _flag(4.0, "largest global norm of the gradients; 0 for any")
    ema: float = _flag(0.0, "momentum of the running average of the weights, such as 0.999; 0 for none")
    n_epochs: int = _flag(10, "passes over the training data; 0: until the end of multi_step")
    batch_size: int = _flag(16, "images per step, over all replicas")
    precision: str = _flag("auto", "Keras dtype policy; auto: half precision where it is faster", PRECISIONS)
    xla: bool | None = _flag(None, "compile each replica's step with XLA; by default on a GPU only")
    multi_gpu: bool = _flag(False, "train on every GPU of this machine")
    gpus: str = _flag("", "indices of the GPUs to train on, such as 0,2; by default the first, or all with multi_gpu")
    debug: bool = _flag(False, "a quarter of the filters and a few batches, to see that everything runs")
    restore_model: str = _flag("", "a .keras file or a run whose weights to start from")
    resume: bool = _flag(False, "go on with --run (or the newest) from its last finished epoch")
    overwrite: bool = _flag(False, "replace an earlier run of the same name")
    histograms: bool = _flag(False, "histograms of weights and gradients in TensorBoard, every epoch")
    run: str = _flag("", "name of the run; by default the time and the model")
    seed: int = _flag(0, "of everything random")


def from_dict(fields: dict) -> Config:
    """Takes back what `dataclasses.asdict` gave, also after a trip through JSON."""
    lists = {
        name: {key: tuple(value) if isinstance(value, list) else value for key, value in fields.get(name, {}).items()}
        for name in ("model_args", "augmentation")
    }
    return Config(**{**fields, "image_size": tuple(fields["image_size"]), **lists})
