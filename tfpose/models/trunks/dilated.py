"""Trunk of DeeperCut: a classifier of ImageNet whose last blocks are dilated instead of strided, so of stride 16."""

import dataclasses
import re

import keras
from keras import layers

from tfpose.models.trunks.backbones import BACKBONES, FrozenNormalization
from tfpose.models.trunks.trunk import Trunk

STRIDE = 16


@dataclasses.dataclass(frozen=True)
class Dilation:
    """What is changed in a backbone.

    Attributes:
        taken: Name of the layer whose output the heads get.
        taps: Names of the layers, from the first to the last, one of whose outputs the head `intermediate` gets.
        changes: Regular expressions of names of layers → new values of their configuration.
    """

    taken: str
    taps: tuple[str, ...]
    changes: dict[str, dict]


@dataclasses.dataclass(frozen=True)
class Dilated(Trunk):
    """A dilated classifier: the heads get features of stride 16, and double them (`stride` is that of the maps, 8).

    Args:
        backbone: One of `DILATIONS`.
        weights: See `Backbone.classifier`.
        weight_decay: Weight of half the squared norm of the convolution kernels in the loss.
        frozen_statistics: Whether batch normalisation keeps its means and variances.
        tap: Which of `taps` the head `intermediate` gets, from 1; the middle one by default.
        stride: Input pixels per cell of the maps that the heads make.
    """

    backbone: str
    weights: str | None = None
    weight_decay: float = 0.0
    frozen_statistics: bool = True
    tap: int | None = None
    stride: int = STRIDE // 2

    def __call__(self, images, heads):
        margins = [(0, -n % STRIDE) for n in images.shape[1:3]]
        x, tapped = self.features(layers.ZeroPadding2D(margins, name="padding")(images))
        return {name: [head(tapped if name == "intermediate" else x, "")] for name, head in heads.items()}

    def features(self, images):
        """Images RGB `[B, H, W, 3]`, 0 … 255, of multiples of 16 → `(features, tapped)` `[B, H / 16, W / 16, ·]`."""
        dilation, backbone = DILATIONS[self.backbone], BACKBONES[self.backbone]
        taps = dilation.taps
        tap = (len(taps) + 1) // 2 if self.tap is None else self.tap
        if tap not in range(1, len(taps) + 1):
            raise ValueError(f"`tap` must be one of the blocks. Received: {tap}. Known: 1 … {len(taps)}.")
        base = backbone.classifier(self.weights, tuple(images.shape[1:]))
        outputs = [base.get_layer(name).output for name in (dilation.taken, taps[tap - 1])]
        base = keras.Model(base.input, outputs, name="backbone")
        changed = keras.models.clone_model(base, clone_function=self._changed)
        if self.weights not in (None, "", "random"):
            changed.set_weights(base.get_weights())
        return changed(backbone.normalised(images))

    def pretrained_variables(self, model):
        return model.get_layer("backbone").trainable_variables

    def _changed(self, layer):
        config = layer.get_config()
        for pattern, values in DILATIONS[self.backbone].changes.items():
            if re.fullmatch(pattern, layer.name):
                config |= values
        if isinstance(layer, layers.BatchNormalization):
            config["momentum"] = (
                0.9  # With 0.99, statistics are still those of the initial weights after hundreds of steps.
            )
            return (FrozenNormalization if self.frozen_statistics else type(layer)).from_config(config)
        kernel = "depthwise_regularizer" if isinstance(layer, layers.DepthwiseConv2D) else "kernel_regularizer"
        if self.weight_decay and kernel in config:
            config[kernel] = keras.regularizers.L2(self.weight_decay / 2)
        return type(layer).from_config(config)


def _resnet(units):
    return Dilation(
        "conv5_block3_out",
        tuple(f"conv4_block{i + 1}_out" for i in range(units)),
        {"conv5_block1_[01]_conv": {"strides": (1, 1)}, "conv5_block[123]_2_conv": {"dilation_rate": (2, 2)}},
    )


_MOBILENET_V2 = Dilation(
    "block_16_project_BN",
    tuple(f"block_{i}_add" for i in (7, 8, 9, 11, 12)),
    {
        "block_13_pad": {"padding": ((0, 0), (0, 0))},
        "block_13_depthwise": {"strides": (1, 1), "padding": "same"},
        "block_1[456]_depthwise": {"dilation_rate": (2, 2)},
    },
)

DILATIONS = {
    "resnet50": _resnet(6),
    "resnet101": _resnet(23),
    "resnet152": _resnet(36),
    "mobilenet_v2": _MOBILENET_V2,
    "mobilenet_v2_0.5": _MOBILENET_V2,
    "mobilenet_v2_0.35": _MOBILENET_V2,
    "squeezenet": Dilation("fire9_concat", tuple(f"fire{i}_concat" for i in (6, 7, 8)), {}),
}
