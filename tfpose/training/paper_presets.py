"""The full recipes of the papers and of their public codes, meant for GPUs."""

import dataclasses

from tfpose.training.config import Config

HOURGLASS = Config(  # The Torch code: Gaussians of 7 cells, without a falling rate.
    model="hourglass",
    data_dir="data/mpii",
    image_size=(256, 256),
    data_augm=True,
    augmentation={
        "angle": 60.0, "turned": 0.4, "scale": (0.7071, 1.4142), "deviations": 2.0, "shift": 0.0,
        "gain": (0.6, 1.4), "brightness": 0.0, "contrast": (1.0, 1.0),
    },
    metric="pck",
    optimizer="rmsprop",
    lr=2.5e-4,
    schedule="constant",
    clip=0.0,
    n_epochs=100,
    batch_size=6,
)  # fmt: skip

THREE_SETS = dataclasses.replace(HOURGLASS, data_dir="data/lsp,data/lspet,data/mpii", skeleton="mpii")
TAGS = Config(  # pose-ae-train.
    model="associative_embedding",
    data_augm=True,
    data_dir="data/coco",
    image_size=(512, 512),
    augmentation={
        "angle": 30.0, "scale": (0.75, 1.25), "shift": 40 / 512, "hue": 72.0, "saturation": (0.5, 1.5),
        "brightness": 76.5, "contrast": (0.5, 1.5),
    },
    max_people=30,
    lr=2e-4,
    schedule="constant",
    clip=0.0,
    n_epochs=150,
    batch_size=16,
)  # fmt: skip
PARTS = Config(  # pose-tensorflow.
    model="deepercut",
    data_dir="data/coco",
    image_size=(400, 400),
    weights="imagenet",
    model_args={"graph": "sparse"},
    data_augm=True,
    augmentation={
        "angle": 0.0, "scale": (0.85, 1.15), "shift": 0.0, "brightness": 0.0, "contrast": (1.0, 1.0),
    },
    optimizer="momentum",
    multi_step="0.005:10000,0.02:450000,0.002:750000,0.0005:1050000,0.0002:1550000,0.00005:1800000",
    clip=0.0,
    n_epochs=0,
    batch_size=1,
)  # fmt: skip

RECIPES = {
    # 60 epochs of whole frames, the true torso, everything trained at once.
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
    "mpii_hourglass": HOURGLASS,
    "lsp_self_adversarial": dataclasses.replace(
        THREE_SETS,
        model="self_adversarial",
        augmentation={**HOURGLASS.augmentation, "angle": 30.0, "turned": 0.6, "scale": (0.75, 1.25), "deviations": 1.0},
        batch_size=4,
    ),
    "lsp_adversarial_posenet": dataclasses.replace(
        THREE_SETS,
        model="adversarial_posenet",
        augmentation={**HOURGLASS.augmentation, "angle": 30.0, "turned": 1.0, "scale": (0.75, 1.25), "deviations": 0.0},
        n_epochs=250,
    ),
    "coco_associative_embedding": TAGS,
    "coco_self_adversarial_embedding": dataclasses.replace(TAGS, model="self_adversarial_embedding"),
    "coco_deepercut": PARTS,
    "mpii_deepercut": dataclasses.replace(
        PARTS,
        data_dir="data/mpii",
        model_args={"pairwise": False},
        several=False,
        metric="pck",
        multi_step="0.005:10000,0.02:430000,0.002:730000,0.001:1030000",
    ),
}
