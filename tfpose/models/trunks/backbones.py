"""Classifiers of ImageNet as the first part of a network: without their last layers, of output stride 16."""

import dataclasses
import pathlib
import re
from collections.abc import Callable

import keras
from keras import layers, ops

from tfpose.models.trunks.squeezenet import squeezenet

STRIDE = 16
BGR_MEANS = (103.939, 116.779, 123.68)


@dataclasses.dataclass(frozen=True)
class Backbone:
    """A classifier, and what is changed in it.

    Args:
        build: Makes it: keyword arguments `input_shape` and `weights`.
        taken: Name of the layer whose output is taken.
        taps: Names of the layers, from the first to the last, whose output can be taught too.
        changes: Regular expressions of names of layers → new values of their configuration.
        bgr: Whether it wants BGR less the means of ImageNet, else RGB from -1 to 1.
    """

    build: Callable
    taken: str
    taps: tuple[str, ...]
    changes: dict[str, dict]
    bgr: bool = True

    def __call__(self, images, *, weights=None, tap=None, weight_decay=0.0, frozen_statistics=True):
        """The features of images, and those of the tap.

        Args:
            images: RGB `[B, H, W, 3]`, 0 … 255; height and width multiples of 16.
            weights: A file; `"imagenet"`, which Keras downloads once to its cache; or none, which is random.
            tap: Which of `taps`, from 1; the middle one by default.
            weight_decay: Weight of half the squared norm of the convolution kernels in the loss.
            frozen_statistics: Whether batch normalisation always uses the means and variances that it has.

        Returns:
            `(features, tapped)`, both `[B, H / 16, W / 16, ·]`.
        """
        tap = (len(self.taps) + 1) // 2 if tap is None else tap
        if tap not in range(1, len(self.taps) + 1):
            raise ValueError(f"`intermediate` must be one of the blocks. Received: {tap}. Known: 1 … {len(self.taps)}.")
        if weights not in (None, "imagenet") and not pathlib.Path(weights).is_file():
            raise ValueError(f"`weights` must be imagenet, random or a file. Received: {str(weights)!r}.")
        base = self.build(input_shape=tuple(images.shape[1:]), weights=weights)
        outputs = [base.get_layer(name).output for name in (self.taken, self.taps[tap - 1])]
        base = keras.Model(base.input, outputs, name="backbone")
        changed = keras.models.clone_model(
            base, clone_function=lambda layer: self._changed(layer, weight_decay, frozen_statistics)
        )
        if weights:
            changed.set_weights(base.get_weights())
        return changed(self._normalised(images))

    def _changed(self, layer, weight_decay, frozen_statistics):
        config = layer.get_config()
        for pattern, values in self.changes.items():
            if re.fullmatch(pattern, layer.name):
                config |= values
        if isinstance(layer, layers.BatchNormalization):
            config["momentum"] = 0.9  # After a few hundred steps 0.99 still remembers the beginning.
            return (FrozenNormalization if frozen_statistics else type(layer)).from_config(config)
        kernel = "depthwise_regularizer" if isinstance(layer, layers.DepthwiseConv2D) else "kernel_regularizer"
        if weight_decay and kernel in config:
            config[kernel] = keras.regularizers.L2(weight_decay / 2)
        return type(layer).from_config(config)

    def _normalised(self, images):
        if not self.bgr:
            return layers.Rescaling(1 / 127.5, offset=-1.0, name="rescaling")(images)
        return ops.flip(ops.cast(images, "float32"), axis=-1) - ops.convert_to_tensor(BGR_MEANS, "float32")


@keras.saving.register_keras_serializable("tfpose")
class FrozenNormalization(layers.BatchNormalization):
    """Batch normalisation that never learns means and variances, but scale and offset."""

    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=False, mask=mask)


def resnet(name, units) -> Backbone:
    """A residual network of `keras.applications`: its last block is dilated instead of strided."""

    def build(input_shape, weights):
        return getattr(keras.applications, name)(include_top=False, weights=weights, input_shape=input_shape)

    return Backbone(
        build,
        "conv5_block3_out",
        tuple(f"conv4_block{i + 1}_out" for i in range(units)),
        {"conv5_block1_[01]_conv": {"strides": (1, 1)}, "conv5_block[123]_2_conv": {"dilation_rate": (2, 2)}},
    )


def mobilenet_v2(alpha) -> Backbone:
    """MobileNetV2 of a width, its last blocks dilated instead of strided."""

    def build(input_shape, weights):
        return keras.applications.MobileNetV2(include_top=False, weights=weights, input_shape=input_shape, alpha=alpha)

    return Backbone(
        build,
        "block_16_project_BN",
        tuple(f"block_{i}_add" for i in (7, 8, 9, 11, 12)),
        {
            "block_13_pad": {"padding": ((0, 0), (0, 0))},
            "block_13_depthwise": {"strides": (1, 1), "padding": "same"},
            "block_1[456]_depthwise": {"dilation_rate": (2, 2)},
        },
        bgr=False,
    )


BACKBONES = {
    "resnet50": resnet("ResNet50", 6),
    "resnet101": resnet("ResNet101", 23),
    "resnet152": resnet("ResNet152", 36),
    "mobilenet_v2": mobilenet_v2(1.0),
    "mobilenet_v2_0.5": mobilenet_v2(0.5),
    "mobilenet_v2_0.35": mobilenet_v2(0.35),
    "squeezenet": Backbone(squeezenet, "fire9_concat", tuple(f"fire{i}_concat" for i in (6, 7, 8)), {}),
}
