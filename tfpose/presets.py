"""Settings that belong together: the recipes of the papers, and small ones for two cores."""

import dataclasses

from tfpose.config import Config

FIGURES = Config(
    model_args={"filters": (16, 32, 48, 64, 64), "kernels": (5, 5, 5, 5, 5, 9)},
    use_sm=True,
    data_augm=True,
    schedule="cosine",
    stages="detector:16,spatial:1,joint:3",
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
    LSP, data_dir="", image_size=(128, 192), augmentation={}, metric="detection_rate", n_epochs=12
)
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
    # The papers' recipes.
    "mpii_hourglass": HOURGLASS,
    "lsp_self_adversarial": dataclasses.replace(
        HOURGLASS,
        model="self_adversarial",
        data_dir="data/lsp,data/lspet,data/mpii",
        skeleton="mpii",
        augmentation={**HOURGLASS.augmentation, "angle": 30.0, "turned": 0.6, "scale": (0.75, 1.25), "deviations": 1.0},
        batch_size=4,
    ),
    "lsp_adversarial_posenet": dataclasses.replace(
        HOURGLASS,
        model="adversarial_posenet",
        data_dir="data/lsp,data/lspet,data/mpii",
        skeleton="mpii",
        augmentation={**HOURGLASS.augmentation, "angle": 30.0, "turned": 1.0, "scale": (0.75, 1.25), "deviations": 0.0},
        n_epochs=250,
    ),
    # The built-in data set with the other models.
    "figures_hourglass": ONE,
    "figures_self_adversarial": dataclasses.replace(
        ONE, model="self_adversarial", model_args={**SMALL, "modules": 1}, lr_d=2e-4, warm_up=500
    ),
    "figures_adversarial_posenet": dataclasses.replace(
        ONE, model="adversarial_posenet", model_args=ADVERSARIAL, loss="bce", lr=1e-3, warm_up=500
    ),
    "figures_associative_embedding": dataclasses.replace(
        SEVERAL, model_args={"stacks": 1, "features": 48, "growth": 16, "depth": 3}
    ),
    "figures_deepercut": dataclasses.replace(
        SEVERAL, model="deepercut", model_args={"backbone": "mobilenet_v2_0.35", "frozen_statistics": False}
    ),
}


def built_in(model: str) -> str:
    """The preset that trains a model on the built-in data set."""
    return "figures" if model == "part_detector" else f"figures_{model}"
