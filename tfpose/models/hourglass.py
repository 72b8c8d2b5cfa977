"""Stacked hourglass, Newell, Yang and Deng 2016 (https://arxiv.org/abs/1603.06937)."""

import dataclasses

import keras
from keras import layers, ops

from tfpose.codecs import HeatmapCodec
from tfpose.losses import heatmaps
from tfpose.models.layers.residual import Residuals
from tfpose.models.pose_model import PoseModel
from tfpose.skeletons import Skeleton

STRIDE = 4


@keras.saving.register_keras_serializable("tfpose")
class StackedHourglass(PoseModel):
    """Hourglass networks in a row, each of which is taught: `uint8 [B, H, W, 3]` → `heatmaps` `[B, S, h, w, K]`.

    The maps have a quarter of the input's size, and are not bounded: the targets are Gaussians of height 1.

    Args:
        skeleton: The `Skeleton` whose K keypoints are to be found.
        image_size: `(H, W)`, multiples of `4 * 2**depth`.
        stacks: S, the number of hourglasses.
        features: Channels, a multiple of 8.
        modules: Residual modules at each place of an hourglass.
        depth: How often an hourglass halves its maps.
        sigma: Spread of the targets, in cells.
        refinement: How decoding goes below a cell, see `HeatmapCodec`.
        weight_decay: Weight of half the squared norm of the convolution kernels in the loss.
    """

    LOSSES = heatmaps.HEATMAP_LOSSES
    WIDTHS = ("features",)

    def __init__(
        self, skeleton, image_size=(256, 256), *, stacks=8, features=256, modules=1, depth=4, sigma=1.0,
        refinement="quarter", weight_decay=0.0, name=None,
    ):  # fmt: skip
        check_size(image_size, depth)
        check_features(features)
        build = Residuals(modules, weight_decay)
        images = keras.Input((*image_size, 3), dtype="uint8", name="images")
        found = build.stacks(stem(build, images, features), stacks, len(skeleton), depth)
        super().__init__(images, {"heatmaps": stacked(found)}, name=name)

        self.codec = HeatmapCodec(image_size, STRIDE, sigma, refinement=refinement)
        self.skeleton = skeleton
        self.config = {
            "skeleton": dataclasses.asdict(skeleton), "image_size": tuple(image_size), "stacks": stacks,
            "features": features, "modules": modules, "depth": depth, "sigma": sigma, "refinement": refinement,
            "weight_decay": weight_decay,
        }  # fmt: skip

    def default_loss(self):
        return {"heatmaps": heatmaps.HeatmapError()}

    def get_config(self):
        return {**self.config, "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "skeleton": Skeleton.from_dict(config["skeleton"])})


def stem(build, images, features):
    """From images `uint8 [B, H, W, 3]` to `[B, H / 4, W / 4, F]`: convolution, pooling and three residual modules.

    The first layers have a quarter and half of the features: 64 and 128 of the paper's 256.
    """
    x = build.conv(layers.Rescaling(1 / 255, name="rescaling")(images), features // 4, 7, "stem_conv", strides=2)
    x = build.residual(build.activated(x, "stem"), features // 2, "stem_residual1")
    x = layers.MaxPooling2D(2, name="stem_pool")(x)
    return build.residual(build.residual(x, features // 2, "stem_residual2"), features, "stem_residual3")


def stacked(maps):
    """S tensors `[B, h, w, K]` → `[B, S, h, w, K]`."""
    return ops.stack(maps, axis=1)


def check_size(image_size, depth):
    """Tells whether an hourglass of a depth can look at images of a size.

    Raises:
        ValueError: If not.
    """
    whole = STRIDE * 2**depth
    if len(image_size) != 2 or any(n < whole or n % whole for n in image_size):
        raise ValueError(
            f"`image_size` must be two multiples of {whole}, for a `depth` of {depth}. Received: {tuple(image_size)}."
        )


def check_features(features):
    """Tells whether a network can have so many channels.

    Raises:
        ValueError: If not.
    """
    if features < 8 or features % 8:
        raise ValueError(f"`features` must be a multiple of 8. Received: {features}.")
