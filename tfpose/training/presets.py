"""Settings that belong together: small ones for two cores, and the recipes of the papers."""

import dataclasses

from tfpose.training.config import Config
from tfpose.training.paper_presets import RECIPES

FIGURES = Config(
    model_args={"filters": (16, 32, 48, 64, 64), "kernels": (5, 5, 5, 3, 3, 7)},
    image_size=(128, 192),
    use_sm=True,
    data_augm=True,
    lr=3e-3,
    schedule="cosine",
    stages="detector:19,spatial:1,joint:3",
)

FLIC_MOBILENET = Config(
    model_args={"sigma": 1.0},
    trunk="mobilenet_v2",
    weights="imagenet",
    frozen_blocks=4,
    data_dir="data/flic",
    image_size=(192, 288),
    sizes="128x192:0.5,192x288:1",
    data_augm=True,
    augmentation={
        "scale": (1 / 1.3, 1.3), "shift": 0.07, "contrast": (0.75, 1.25), "gain": (0.85, 1.15), "brightness": 30.0,
    },
    cache=True,
    lr=2e-3,
    trunk_lr=3e-4,
    schedule="warmup_cosine",
    n_epochs=24,
)  # fmt: skip

FLIC_TORSO_MOBILENET = dataclasses.replace(
    FLIC_MOBILENET, crop="torso", image_size=(192, 192), sizes="128x128:0.5,192x192:1"
)
LSP_MOBILENET = dataclasses.replace(
    FLIC_TORSO_MOBILENET,
    data_dir="data/lsp,data/lspet",
    crop="",
    augmentation={**FLIC_MOBILENET.augmentation, "angle": 30.0},
    metric="pck",
    n_epochs=60,
)

SMALL = {"stacks": 2, "features": 64}
ADVERSARIAL = {"stacks": 1, "features": 48, "modules": 1, "judge_features": 32, "updates": "once"}
LSP = Config(  # LSP and LSP extended, on two cores.
    model="hourglass",
    model_args=SMALL,
    data_dir="data/lsp,data/lspet",
    image_size=(128, 128),
    data_augm=True,
    augmentation={"angle": 30.0, "scale": (0.75, 1.25), "gain": (0.8, 1.2)},
    metric="pck",
    cache=True,
    schedule="cosine",
    n_epochs=20,
)
ONE = dataclasses.replace(
    LSP,
    data_dir="",
    image_size=(128, 192),
    augmentation={},
    metric="detection_rate",
    n_epochs=12,
)
TAGS = {"stacks": 2, "features": 64, "growth": 32, "depth": 3, "sigma": 1.0, "positions": True}
SEVERAL = Config(
    model="associative_embedding",
    image_size=(256, 256),
    data_augm=True,
    augmentation={"angle": 30.0, "scale": (0.75, 1.25), "shift": 40 / 512, "gain": (0.8, 1.2)},
    max_people=8,
    cache=True,
    lr=1e-3,
    schedule="cosine",
    n_epochs=20,
    batch_size=8,
)
PRESETS = {
    **RECIPES,
    # The built-in data set, in a few minutes on two cores.
    "figures": FIGURES,
    # FLIC, in about an hour on two cores.
    "flic_small": dataclasses.replace(
        FIGURES,
        data_dir="data/flic",
        image_size=(240, 360),
        model_args={"filters": (24, 48, 96, 128, 128), "kernels": (5, 5, 5, 5, 5, 9)},
        lr=2e-3,
        schedule="cosine",
        use_sm=True,
        stages="detector:9,spatial:1,joint:3",
    ),
    # One person with an ImageNet backbone; `--weights` is `imagenet`, or a file.
    "flic_mobilenet": FLIC_MOBILENET,
    "flic_torso_mobilenet": FLIC_TORSO_MOBILENET,
    "lsp_mobilenet": LSP_MOBILENET,
    "mpii_mobilenet": dataclasses.replace(LSP_MOBILENET, data_dir="data/mpii,data/lsp,data/lspet", skeleton="mpii"),
    # LSP and its extension, on two cores; to be compared with each other.
    "lsp_hourglass_small": LSP,
    "lsp_self_adversarial_small": dataclasses.replace(
        LSP, model="self_adversarial", model_args={**SMALL, "modules": 1}, lr_d=2e-4, warm_up=1000
    ),
    "lsp_adversarial_posenet_small": dataclasses.replace(
        LSP,
        model="adversarial_posenet",
        model_args=ADVERSARIAL,
        loss="bce",  # Squared errors of maps between 0 and 1 die more easily.
        lr=1e-3,
        warm_up=1000,
        n_epochs=10,
    ),
    # Several people in photos, and one, on two cores.
    "coco_associative_embedding_small": dataclasses.replace(SEVERAL, data_dir="data/coco", model_args=TAGS),
    "coco_deepercut_small": dataclasses.replace(
        SEVERAL,
        data_dir="data/coco",
        model="deepercut",
        backbone="mobilenet_v2",
        weights="imagenet",
        model_args={"graph": "sparse", "pos_dist_thresh": 10.0},
    ),
    "lsp_deepercut_small": dataclasses.replace(
        LSP,
        model="deepercut",
        several=False,
        backbone="mobilenet_v2",
        weights="imagenet",
        image_size=(192, 192),
        model_args={"pairwise": False, "pos_dist_thresh": 10.0},
        lr=5e-4,
        batch_size=4,  # The authors' is 1.
        n_epochs=10,
    ),
    # The built-in data set with the other models.
    "figures_hourglass": ONE,
    "figures_self_adversarial": dataclasses.replace(
        ONE, model="self_adversarial", model_args={**SMALL, "modules": 1}, lr_d=2e-4, warm_up=500
    ),
    "figures_adversarial_posenet": dataclasses.replace(
        ONE, model="adversarial_posenet", model_args=ADVERSARIAL, loss="bce", lr=1e-3, warm_up=500
    ),
    "figures_associative_embedding": dataclasses.replace(SEVERAL, model_args=TAGS, image_size=(192, 192), n_epochs=75),
    "figures_self_adversarial_embedding": dataclasses.replace(
        SEVERAL,
        model="self_adversarial_embedding",
        lr_d=2e-4,
        warm_up=500,
        model_args={**TAGS, "judge_stacks": 1, "judge_features": 48, "judge_stem": 24, "judge_depth": 3},
    ),
    "figures_deepercut": dataclasses.replace(
        SEVERAL,
        model="deepercut",
        backbone="mobilenet_v2_0.35",
        model_args={"frozen_statistics": False, "graph": "sparse", "pos_dist_thresh": 8.0},
    ),
}


def built_in(model: str) -> str:
    """The preset that trains a model on the built-in data set."""
    return "figures" if model == "part_detector" else f"figures_{model}"
