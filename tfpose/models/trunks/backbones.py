"""Classifiers of ImageNet, without their last layers: which there are, their weights, and their features by stride."""

import dataclasses
import pathlib
import re
import warnings
from collections.abc import Callable

import keras
from keras import layers, ops

from tfpose.commands.reading import one_line
from tfpose.models.trunks.squeezenet import squeezenet

WEIGHTS = ("imagenet", "random")
BGR_MEANS = (103.939, 116.779, 123.68)
SIDE = 224  # Pixels. Published weights are built for this size; all layers are convolutions, so other sizes work, too.


@dataclasses.dataclass(frozen=True)
class Backbone:
    """A classifier.

    Args:
        build: Returns it as a `keras.Model`, from keyword arguments `input_shape` and `weights`.
        levels: Stride → name of the layer whose output is used as the features of that stride.
        block: Regular expression whose match in a layer's name identifies the block that the layer belongs to.
        colours: Pixel values that it expects: `"bgr"`, less the means of ImageNet; `"signed"`, RGB from -1 to 1;
            `"rgb"`, 0 to 255, which the classifier then normalises itself.
        url: Page where the weights can be found, if Keras does not download them.
    """

    build: Callable
    levels: dict[int, str]
    block: str
    colours: str = "rgb"
    url: str = ""

    def classifier(self, weights, input_shape=(SIDE, SIDE, 3)):
        """The `keras.Model`.

        Args:
            weights: A file; `"imagenet"`, which Keras downloads once and checks by its hash; `"random"`, or none.
            input_shape: `(H, W, 3)`.

        Raises:
            ValueError: If `weights` is none of these, or cannot be had or read.
        """
        if weights in (None, "", "random"):
            return self.build(input_shape=input_shape, weights=None)
        if weights != "imagenet" and not pathlib.Path(weights).is_file():
            raise ValueError(f"`weights` must be imagenet, random or a file. Received: {str(weights)!r}.")
        if weights == "imagenet" and self.url:
            raise ValueError(
                f"`weights` must be a file for this backbone, which Keras does not download: see {self.url}, then "
                "--weights=FILE. Received: 'imagenet'."
            )
        try:
            with warnings.catch_warnings():
                # Keras warns that weights are those for 224 x 224 pixels, which suit convolutions of any size.
                warnings.filterwarnings("ignore", "`input_shape` is undefined or non-square", UserWarning)
                return self.build(input_shape=input_shape, weights=weights)
        except Exception as error:
            if weights == "imagenet":  # `keras.utils.get_file` raises a plain Exception that names the address.
                address = re.search(r"https?://\S+?(?=[:,]?\s|$)", str(error))
                raise ValueError(
                    "`weights=imagenet` must be downloaded once, which failed. Fetch "
                    f"{address[0] if address else 'the file that Keras names'} and give --weights=FILE, or train with "
                    f"--weights=random. Received: {str(error).splitlines()[0]}"
                ) from error
            raise ValueError(
                f"`weights` must hold the layers of this backbone. Received: {str(weights)!r}: {one_line(error)}."
            ) from error

    def normalised(self, images):
        """Images RGB `[B, H, W, 3]`, 0 … 255, in the pixel values that the weights were trained with."""
        if self.colours == "bgr":
            return ops.flip(ops.cast(images, "float32"), axis=-1) - ops.convert_to_tensor(BGR_MEANS, "float32")
        scale, offset = (1 / 127.5, -1.0) if self.colours == "signed" else (1.0, 0.0)
        return layers.Rescaling(scale, offset=offset, name="rescaling")(images)

    def blocks(self, names):
        """Groups the names of layers by block, in order; layers before the first block belong to it, as do unnamed."""
        found, current = {}, None
        for name in names:
            match = re.search(self.block, name)
            current = match[0] if match else current
            found.setdefault(current, []).append(name)
        stem = found.pop(None, [])
        groups = list(found.values())
        return [[*stem, *groups[0]], *groups[1:]]


def _application(name, **fixed):
    def build(input_shape, weights):
        make = getattr(keras.applications, name)
        return make(include_top=False, weights=weights, input_shape=input_shape, **fixed)

    return build


def _resnet(name, units):
    levels = {4: "conv2_block3_out", 8: f"conv3_block{units[0]}_out", 16: f"conv4_block{units[1]}_out"}
    return Backbone(_application(name), {**levels, 32: "conv5_block3_out"}, r"^conv[2-5]_block\d+", colours="bgr")


def _mobilenet_v2(alpha):
    levels = {4: "block_2_add", 8: "block_5_add", 16: "block_12_add", 32: "block_16_project_BN"}
    build = _application("MobileNetV2", alpha=alpha)
    return Backbone(build, levels, r"^(expanded_conv|block_\d+)(?=_)", colours="signed")


def _mobilenet_v3(name, ends):
    levels = dict(zip((4, 8, 16, 32), ends, strict=True))
    return Backbone(_application(name), levels, r"^expanded_conv(_\d+)?(?=_)")


def _efficientnet_v2(name, ends):
    levels = {stride: f"block{end}_add" for stride, end in zip((4, 8, 16, 32), ends, strict=True)}
    return Backbone(_application(name), levels, r"^block\d[a-z](?=_)")


def _convnext():
    levels = {4 * 2**i: f"convnext_tiny_stage_{i}_block_{n}_identity" for i, n in enumerate((2, 2, 8, 2))}
    return Backbone(_application("ConvNeXtTiny"), levels, r"^convnext_tiny_stage_\d_block_\d")


BACKBONES = {
    "resnet50": _resnet("ResNet50", (4, 6)),
    "resnet101": _resnet("ResNet101", (4, 23)),
    "resnet152": _resnet("ResNet152", (8, 36)),
    **{f"mobilenet_v2{f'_{alpha}' if alpha != 1 else ''}": _mobilenet_v2(alpha) for alpha in (1, 0.75, 0.5, 0.35)},
    "mobilenet_v2_1.4": _mobilenet_v2(1.4),
    "mobilenet_v3_small": _mobilenet_v3(
        "MobileNetV3Small",
        ("expanded_conv_project_bn", "expanded_conv_2_add", "expanded_conv_7_add", "expanded_conv_10_add"),
    ),
    "mobilenet_v3_large": _mobilenet_v3(
        "MobileNetV3Large",
        ("expanded_conv_2_add", "expanded_conv_5_add", "expanded_conv_11_add", "expanded_conv_14_add"),
    ),
    "efficientnet_v2_b0": _efficientnet_v2("EfficientNetV2B0", ("2b", "3b", "5e", "6h")),
    "efficientnet_v2_b1": _efficientnet_v2("EfficientNetV2B1", ("2c", "3c", "5f", "6i")),
    "efficientnet_v2_b2": _efficientnet_v2("EfficientNetV2B2", ("2c", "3c", "5f", "6j")),
    "efficientnet_v2_b3": _efficientnet_v2("EfficientNetV2B3", ("2c", "3c", "5g", "6l")),
    "convnext_tiny": _convnext(),
    "squeezenet": Backbone(
        squeezenet,
        {4: "fire3_concat", 8: "fire5_concat", 16: "fire9_concat"},
        r"^fire\d",
        colours="bgr",
        url="https://github.com/rcmalli/keras-squeezenet/releases",
    ),
}


@keras.saving.register_keras_serializable("tfpose")
class FrozenNormalization(layers.BatchNormalization):
    """Batch normalisation that keeps its means and variances; scale and offset are trained."""

    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=False, mask=mask)
