"""The multi-resolution network of Tompson et al. 2014 (https://arxiv.org/abs/1406.2984), section 3.1."""

import dataclasses

import keras
from keras import layers

from tfpose.models.layers.local_contrast import LocalContrastNormalization


@dataclasses.dataclass(frozen=True)
class Convolutions:
    """The convolutions of the network, by their place in `filters` and `kernels`.

    Attributes:
        filters: Channels of the four of a bank, and of the one after the banks.
        kernels: Sizes of these, and of the last, which gives the maps.
        weight_decay: Weight of half the squared norm of the kernels in the loss.
    """

    filters: tuple[int, ...]
    kernels: tuple[int, ...]
    weight_decay: float

    def block(self, x, i, name, strides=1):
        """Convolution `i`, rectified, then normalised."""
        x = self._conv(self.filters[i], self.kernels[i], strides, name=f"{name}_conv{i + 1}")(x)
        return layers.BatchNormalization(momentum=0.9, name=f"{name}_norm{i + 1}")(layers.ReLU()(x))

    def maps(self, x, channels, name):
        """The last convolution: logits, `float32 [B, h, w, channels]`."""
        return self._conv(channels, self.kernels[-1], dtype="float32", name=name)(x)

    def _conv(self, filters, kernel, strides=1, **kwargs):
        return layers.Conv2D(
            filters,
            kernel,
            strides,
            padding="same",
            kernel_initializer="he_normal",
            kernel_regularizer=keras.regularizers.L2(self.weight_decay / 2) if self.weight_decay else None,
            **kwargs,
        )


def features(images, codec, conv, *, banks, lcn, pools):
    """All banks, brought to one resolution, averaged, and the convolution after: `[B, h, w, filters[-1]]`."""
    size = [cells * codec.stride for cells in codec.map_size]
    margins = [(0, padded - n) for padded, n in zip(size, codec.image_size, strict=True)]
    x = layers.ZeroPadding2D(margins)(layers.Rescaling(1 / 255)(images))
    found = []
    for bank in range(banks):
        y = layers.Resizing(*(-(-n // 2**bank) for n in size))(x) if bank else x
        y = LocalContrastNormalization()(y) if lcn else y
        y = _bank(y, conv, pools, f"bank{bank + 1}")
        found.append(layers.Resizing(*codec.map_size)(y) if bank else y)
    return conv.block(sum(found) / banks, 4, "all")


def _bank(x, conv, pools, name):
    x = conv.block(x, 0, name, strides=2)
    for i in (1, 2):
        x = layers.MaxPooling2D(padding="same")(x) if i <= pools else x
        x = conv.block(x, i, name)
    return conv.block(x, 3, name)
