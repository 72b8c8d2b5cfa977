"""Trunk of an ImageNet backbone and a light decoder, as a feature pyramid: Lin et al. 2017 (https://arxiv.org/abs/1612.03144)."""

import dataclasses

import keras
from keras import layers

from tfpose.models.layers.batch_norm import FusedNormalization
from tfpose.models.trunks import folding
from tfpose.models.trunks.backbones import BACKBONES
from tfpose.models.trunks.trunk import Trunk, map_size

PAPER = "paper"
TRUNKS = (PAPER, *BACKBONES)
STRIDES = (4, 8)
DEEPEST = 160  # Channels of the features of the largest stride, and of the 3x3 convolution at each smaller one.
CHANNELS = {16: 96, 8: 48, 4: 48}
PADDED = 32  # Pixels: strides of all backbones divide it.


@dataclasses.dataclass(frozen=True)
class Pyramid(Trunk):
    """A backbone, and a decoder to stride 4 or 8, which has 273 k weights after MobileNetV2.

    The features of the largest stride are brought to 160 channels; then, at each smaller stride, they are doubled in
    size, a 1x1 convolution of the backbone's features of that stride is added, and the sum is normalised, rectified and
    convolved 3x3. The heads are called once (S = 1); an output `intermediate` gets the features of twice the stride.
    Images are padded with black, right and below, to multiples of 32.

    Args:
        backbone: One of `BACKBONES`.
        weights: See `Backbone.classifier`.
        stride: Of the maps: 4 or 8.
        frozen_blocks: Blocks of the backbone, from its first layer on, that are not trained.
        frozen_statistics: Whether batch normalisation of the backbone keeps its means and variances.
        weight_decay: Weight of half the squared norm of the convolution kernels in the loss.
    """

    backbone: str
    weights: str | None = None
    stride: int = 4
    frozen_blocks: int = 0
    frozen_statistics: bool = True
    weight_decay: float = 0.0

    @property
    def divisor(self):
        return self.stride

    def __call__(self, images, heads):
        size = images.shape[1:3]
        margins = [(0, -n % PADDED) for n in size]
        if any(after for _, after in margins):
            images = layers.ZeroPadding2D(margins, name="padding")(images)
        chosen = BACKBONES[self.backbone]
        base = folding.features(
            chosen, tuple(images.shape[1:]), weights=self.weights, weight_decay=self.weight_decay,
            frozen_statistics=self.frozen_statistics,
        )  # fmt: skip
        levels = dict(zip(chosen.levels, base(chosen.normalised(images)), strict=True))
        x, earlier = self._decoder(levels)
        h, w = map_size(size, self.stride)
        x, earlier = x[:, :h, :w], earlier[:, : -(-h // 2), : -(-w // 2)]
        return {name: [head(earlier if name == "intermediate" else x, "stack1")] for name, head in heads.items()}

    def freeze(self, model):
        base = model.get_layer("backbone")
        blocks = BACKBONES[self.backbone].blocks([layer.name for layer in base.layers])
        if not 0 <= self.frozen_blocks <= len(blocks):
            raise ValueError(
                f"`frozen_blocks` must be at most the {len(blocks)} blocks of {self.backbone}. "
                f"Received: {self.frozen_blocks}."
            )
        for name in (name for block in blocks[: self.frozen_blocks] for name in block):
            base.get_layer(name).trainable = False

    def pretrained_variables(self, model):
        return model.get_layer("backbone").trainable_variables

    def _decoder(self, levels):
        """The features at `stride`, normalised and rectified, and those before at twice the stride."""
        deepest, *others = sorted((stride for stride in levels if stride >= self.stride), reverse=True)
        x = self._conv(levels[deepest], DEEPEST, 1, "decoder_deepest")
        for stride in others:
            earlier, name = x, f"decoder_stride{stride}"
            x = layers.UpSampling2D(2, name=f"{name}_double")(x)
            lateral = self._conv(levels[stride], x.shape[-1], 1, f"{name}_lateral")
            x = _activated(layers.Add(name=f"{name}_sum")([x, lateral]), name)
            x = self._conv(x, CHANNELS[stride], 3, f"{name}_conv")
        return _activated(x, "decoder"), earlier

    def _conv(self, x, channels, size, name):
        regularizer = keras.regularizers.L2(self.weight_decay / 2) if self.weight_decay else None
        return layers.Conv2D(
            channels, size, padding="same", kernel_initializer="he_normal", kernel_regularizer=regularizer, name=name
        )(x)


def _activated(x, name):
    x = FusedNormalization(momentum=0.9, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def chosen(paper, trunk, *, weights="", stride=4, frozen_blocks=0, frozen_statistics=None, weight_decay=0.0):
    """The trunk that a model's constructor arguments ask for: its own, or a `Pyramid`.

    Args:
        paper: The model's own `Trunk`.
        trunk: One of `TRUNKS`.
        weights, stride, frozen_blocks, frozen_statistics, weight_decay: See `Pyramid`. By default statistics are frozen
            if there are weights.

    Raises:
        ValueError: If a choice is unknown, or an argument is for backbones and the model's own trunk is asked for.
    """
    if trunk not in TRUNKS:
        raise ValueError(f"Unknown `trunk`. Received: {trunk!r}. Known: {', '.join(TRUNKS)}.")
    if stride not in STRIDES:
        raise ValueError(f"Unknown `stride`. Received: {stride!r}. Known: 4, 8.")
    given = weights not in (None, "", "random")
    if trunk != PAPER:
        frozen_statistics = given if frozen_statistics is None else frozen_statistics
        return Pyramid(trunk, weights, stride, frozen_blocks, frozen_statistics, weight_decay)
    if (given and not hasattr(paper, "weights")) or frozen_blocks:
        raise ValueError(
            "`weights` and `frozen_blocks` are for a `trunk` with a backbone. "
            f"Received: {weights!r} and {frozen_blocks}, with `trunk='paper'`."
        )
    return paper
