"""Presets with the full recipes of the papers and of their public codes, meant for GPUs."""

import dataclasses

from tfpose.training.config import Config

PAPER = Config(data_augm=True, schedule="constant", clip=0.0)  # What most of the recipes have in common.
HOURGLASS = dataclasses.replace(  # The authors' Torch code draws Gaussians of 7 cells and keeps the learning rate.
    PAPER,
    model="hourglass",
    data_dir="data/mpii",
    image_size=(256, 256),
    augmentation={
        "angle": 60.0, "turned": 0.4, "scale": (0.7071, 1.4142), "deviations": 2.0, "shift": 0.0,
        "gain": (0.6, 1.4), "brightness": 0.0, "contrast": (1.0, 1.0),
    },
    metric="pck",
    optimizer="rmsprop",
    lr=2.5e-4,
    n_epochs=100,
    batch_size=6,
)  # fmt: skip
THREE_SETS = dataclasses.replace(HOURGLASS, data_dir="data/lsp,data/lspet,data/mpii", skeleton="mpii")
TAGS = dataclasses.replace(  # pose-ae-train.
    PAPER,
    model="associative_embedding",
    data_dir="data/coco",
    image_size=(512, 512),
    augmentation={
        "angle": 30.0, "scale": (0.75, 1.25), "shift": 40 / 512, "hue": 72.0, "saturation": (0.5, 1.5),
        "brightness": 76.5, "contrast": (0.5, 1.5),
    },
    lr=2e-4,
    n_epochs=150,
)  # fmt: skip
PARTS = dataclasses.replace(  # pose-tensorflow.
    PAPER,
    model="deepercut",
    model_args={"weights": "imagenet", "graph": "sparse"},
    data_dir="data/coco",
    image_size=(400, 400),
    augmentation={
        "angle": 0.0, "scale": (0.85, 1.15), "shift": 0.0, "brightness": 0.0, "contrast": (1.0, 1.0),
    },
    optimizer="momentum",
    multi_step="0.005:10000,0.02:450000,0.002:750000,0.0005:1050000,0.0002:1550000,0.00005:1800000",
    n_epochs=0,
    batch_size=1,
)  # fmt: skip

PAPERS = {
    "flic": (
        "Tompson 2014 as joint-cnn-mrf: FLIC, whole frames, true torso, everything trained at once",
        Config(
            data_dir="data/flic",
            image_size=(480, 720),
            model_args={"use_sm": True, "torso": "truth"},
            data_augm=True,
            lr=1e-3,
            lmbd=1e-3,
            n_epochs=60,
            batch_size=14,
        ),
    ),
    "mpii_hourglass": ("Newell 2016: MPII, 8 stacked hourglasses", HOURGLASS),
    "lsp_self_adversarial": (
        "Chou 2017: LSP, its extension and MPII, hourglasses against an autoencoding discriminator",
        dataclasses.replace(
            THREE_SETS,
            model="self_adversarial",
            augmentation={
                **HOURGLASS.augmentation, "angle": 30.0, "turned": 0.6, "scale": (0.75, 1.25), "deviations": 1.0,
            },
            batch_size=4,
        ),
    ),
    "lsp_adversarial_posenet": (
        "Chen 2017: LSP, its extension and MPII, Adversarial PoseNet with two discriminators",
        dataclasses.replace(
            THREE_SETS,
            model="adversarial_posenet",
            augmentation={
                **HOURGLASS.augmentation, "angle": 30.0, "turned": 1.0, "scale": (0.75, 1.25), "deviations": 0.0,
            },
            n_epochs=250,
        ),
    ),
    "coco_associative_embedding": ("Newell 2017 as pose-ae-train: COCO, 4 stacked hourglasses with tags", TAGS),
    "coco_self_adversarial_embedding": (
        "the same with an autoencoding discriminator, as a public PyTorch code",
        dataclasses.replace(TAGS, model="self_adversarial_embedding"),
    ),
    "coco_deepercut": ("Insafutdinov 2016 as pose-tensorflow: COCO, ResNet-101, sparse graph of pairs", PARTS),
    "mpii_deepercut": (
        "the same for one person: MPII, without pairs",
        dataclasses.replace(
            PARTS,
            data_dir="data/mpii",
            model_args={"weights": "imagenet", "pairwise": False, "several": False},
            metric="pck",
            multi_step="0.005:10000,0.02:430000,0.002:730000,0.001:1030000",
        ),
    ),
}  # fmt: skip
