"""Presets: the papers' recipes, and small configurations for two CPU cores."""

import dataclasses

from tfpose.training.config import Config
from tfpose.training.paper_presets import PAPERS

CPU = Config(data_augm=True, schedule="cosine")  # What the small configurations have in common.
FIGURES = dataclasses.replace(
    CPU,
    model_args={"filters": (16, 32, 48, 64, 64), "kernels": (5, 5, 5, 3, 3, 7), "use_sm": True},
    image_size=(128, 192),
    lr=3e-3,
    stages="detector:19,spatial:1,joint:3",
    n_epochs=23,
)

FLIC_MOBILENET = dataclasses.replace(
    CPU,
    data_dir="data/flic",
    model_args={"trunk": "mobilenet_v2", "weights": "imagenet", "frozen_blocks": 4, "sigma": 1.0},
    image_size=(192, 288),
    sizes="128x192:0.5,192x288:1",
    augmentation={
        "scale": (1 / 1.3, 1.3), "shift": 0.07, "contrast": (0.75, 1.25), "gain": (0.85, 1.15), "brightness": 30.0,
    },
    cache=True,
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
    crop="person",
    augmentation={**FLIC_MOBILENET.augmentation, "angle": 30.0},
    metric="pck",
    n_epochs=60,
)
BODY = dataclasses.replace(  # FLIC has four times as many people as LSP, and their upper bodies only.
    LSP_MOBILENET,
    data_dir="data/lsp,data/lspet,data/mpii:3,data/coco:2,data/flic:0.25",
    skeleton="lsp",
    sizes="",
    lr=1e-3,
    trunk_lr=1.5e-4,
    n_epochs=10,
)
HOURGLASS = {"stacks": 2, "features": 64}
SELF_ADVERSARIAL = {**HOURGLASS, "modules": 1, "lr_d": 2e-4}
POSENET = {"stacks": 1, "features": 48, "modules": 1, "discriminator_features": 32, "updates": "once"}
TAGS = {"stacks": 2, "features": 64, "growth": 32, "depth": 3, "sigma": 1.0, "positions": True}
TAG_ADVERSARY = {
    "discriminator_stacks": 1,
    "discriminator_features": 48,
    "discriminator_stem": 24,
    "discriminator_depth": 3,
    "lr_d": 2e-4,
}
LSP = dataclasses.replace(  # LSP and LSP extended, on two cores.
    CPU,
    model="hourglass",
    model_args=HOURGLASS,
    data_dir="data/lsp,data/lspet",
    image_size=(128, 128),
    augmentation={"angle": 30.0, "scale": (0.75, 1.25), "gain": (0.8, 1.2)},
    metric="pck",
    cache=True,
    n_epochs=20,
)
ONE = dataclasses.replace(
    LSP,
    data_dir="",
    image_size=(128, 192),
    augmentation={},
    metric="",
    n_epochs=12,
)
SEVERAL = dataclasses.replace(
    CPU,
    model="associative_embedding",
    model_args=TAGS,
    image_size=(256, 256),
    augmentation={"angle": 30.0, "scale": (0.75, 1.25), "shift": 40 / 512, "gain": (0.8, 1.2)},
    max_people=8,
    cache=True,
    lr=1e-3,
    n_epochs=20,
    batch_size=8,
)
SEVERAL_MOBILENET = dataclasses.replace(
    SEVERAL,
    model_args={**FLIC_MOBILENET.model_args, "frozen_blocks": 0, "positions": True, "refinement": "parabola"},
    sizes="128x128:0.4,256x256:1",
    lr=2e-3,
    trunk_lr=3e-4,
    schedule="warmup_cosine",
    n_epochs=40,
)
BUILT_IN = {
    "figures": ("built-in people, part detector and spatial model: 4 minutes on two cores", FIGURES),
    "figures_hourglass": ("built-in people, a small stacked hourglass", ONE),
    "figures_self_adversarial": (
        "built-in people, a small hourglass against an autoencoding discriminator",
        dataclasses.replace(ONE, model="self_adversarial", model_args={**SELF_ADVERSARIAL, "warm_up": 500}),
    ),
    "figures_adversarial_posenet": (
        "built-in people, a small Adversarial PoseNet",
        dataclasses.replace(
            ONE, model="adversarial_posenet", model_args={**POSENET, "warm_up": 500}, loss="bce", lr=1e-3
        ),
    ),
    "figures_associative_embedding": (
        "built-in images of several people, a small associative embedding",
        dataclasses.replace(SEVERAL, image_size=(192, 192), n_epochs=75),
    ),
    "figures_associative_embedding_mobilenet": (
        "the same on MobileNetV2 with ImageNet weights",
        SEVERAL_MOBILENET,
    ),
    "figures_self_adversarial_embedding": (
        "built-in images of several people, associative embedding against a discriminator",
        dataclasses.replace(
            SEVERAL,
            model="self_adversarial_embedding",
            model_args={**TAGS, **TAG_ADVERSARY, "warm_up": 500},
        ),
    ),
    "figures_deepercut": (
        "built-in images of several people, DeeperCut on a small MobileNetV2",
        dataclasses.replace(
            SEVERAL,
            model="deepercut",
            model_args={
                "backbone": "mobilenet_v2_0.35", "frozen_statistics": False, "graph": "sparse", "pos_dist_thresh": 8.0,
            },
        ),
    ),
}  # fmt: skip
SMALL = {
    "flic_small": (
        "FLIC on two cores: three quarters of an hour",
        dataclasses.replace(
            FIGURES,
            data_dir="data/flic",
            image_size=(240, 360),
            model_args={
                "filters": (24, 48, 96, 128, 128), "kernels": (5, 5, 5, 5, 5, 9), "use_sm": True,
            },
            lr=2e-3,
            stages="detector:9,spatial:1,joint:3",
            n_epochs=13,
        ),
    ),
    "flic_mobilenet": (
        "FLIC's whole frames, part detector on MobileNetV2 with ImageNet weights: 40 minutes on one core",
        FLIC_MOBILENET,
    ),
    "flic_torso_mobilenet": (
        "the same in a square around FLIC's torso box, which is known at test time",
        FLIC_TORSO_MOBILENET,
    ),
    "lsp_mobilenet": ("LSP and its extension, part detector on MobileNetV2 with ImageNet weights", LSP_MOBILENET),
    "mpii_mobilenet": (
        "the same on MPII, LSP and its extension",
        dataclasses.replace(LSP_MOBILENET, data_dir="data/mpii,data/lsp,data/lspet", skeleton="mpii"),
    ),
    "body_mobilenet": (
        "LSP, its extension, MPII, COCO and FLIC under LSP's 14 keypoints; restore lsp_mobilenet first",
        BODY,
    ),
    "lsp_hourglass_small": ("LSP and its extension on two cores, a small stacked hourglass", LSP),
    "lsp_self_adversarial_small": (
        "the same hourglass against an autoencoding discriminator",
        dataclasses.replace(LSP, model="self_adversarial", model_args={**SELF_ADVERSARIAL, "warm_up": 1000}),
    ),
    "lsp_adversarial_posenet_small": (
        "LSP and its extension on two cores, a small Adversarial PoseNet",
        dataclasses.replace(
            LSP,
            model="adversarial_posenet",
            model_args={**POSENET, "warm_up": 1000},
            loss="bce",  # With squared errors, maps between 0 and 1 collapse to empty ones more easily.
            lr=1e-3,
            n_epochs=10,
        ),
    ),
    "lsp_deepercut_small": (
        "LSP and its extension on two cores, DeeperCut for one person on MobileNetV2",
        dataclasses.replace(
            LSP,
            model="deepercut",
            model_args={
                "several": False, "backbone": "mobilenet_v2", "weights": "imagenet", "pairwise": False,
                "pos_dist_thresh": 10.0,
            },
            image_size=(192, 192),
            lr=5e-4,
            batch_size=4,  # The authors' is 1.
            n_epochs=10,
        ),
    ),
    "coco_associative_embedding_small": (
        "COCO on two cores, a small associative embedding",
        dataclasses.replace(SEVERAL, data_dir="data/coco"),
    ),
    "people_associative_embedding_mobilenet": (
        "COCO, LSP, its extension and built-in people, associative embedding on pretrained MobileNetV2",
        dataclasses.replace(
            SEVERAL_MOBILENET,
            data_dir="data/coco:8,data/lsp,data/lspet,data/several/figures:0.5",
            skeleton="coco",
            augmentation={**FLIC_MOBILENET.augmentation, "angle": 30.0, "scale": (0.6, 1.4), "shift": 0.1},
            n_epochs=12,
        ),
    ),
    "coco_deepercut_small": (
        "COCO on two cores, DeeperCut on MobileNetV2",
        dataclasses.replace(
            SEVERAL,
            data_dir="data/coco",
            model="deepercut",
            model_args={
                "backbone": "mobilenet_v2", "weights": "imagenet", "graph": "sparse", "pos_dist_thresh": 10.0,
            },
        ),
    ),
}  # fmt: skip
_ALL = {**BUILT_IN, **SMALL, **PAPERS}
DESCRIPTIONS = {name: text for name, (text, _) in _ALL.items()}
"""One line about each preset, by its name."""
PRESETS = {name: dataclasses.replace(config, preset=name) for name, (_, config) in _ALL.items()}
"""The `Config` of each preset, by its name."""


def built_in(model: str) -> str:
    """The preset that trains a model on the built-in data set."""
    return "figures" if model == "part_detector" else f"figures_{model}"
