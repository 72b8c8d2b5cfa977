"""The multi-resolution network of Tompson et al. 2014 (https://arxiv.org/abs/1406.2984), section 3.1."""

import dataclasses

import keras
from keras import layers

from tfpose.models.layers.local_contrast import LocalContrastNormalization
from tfpose.models.trunks.trunk import Trunk, map_size


@dataclasses.dataclass(frozen=True)
class Convolutions:
    """The convolutions of the network, by their index in `filters` and `kernels`.

    Attributes:
        filters: Channels of the four convolutions of a bank, and of the one after the banks.
        kernels: Sizes of these five.
        weight_decay: Weight of half the squared norm of the kernels in the loss.
    """

    filters: tuple[int, ...]
    kernels: tuple[int, ...]
    weight_decay: float

    def block(self, x, i, name, strides=1):
        """Convolution `i`, ReLU, batch normalisation."""
        x = convolution(
            self.filters[i], self.kernels[i], self.weight_decay, strides=strides, name=f"{name}_conv{i + 1}"
        )(x)
        return layers.BatchNormalization(momentum=0.9, name=f"{name}_norm{i + 1}")(layers.ReLU()(x))


@dataclasses.dataclass(frozen=True)
class MultiResolution(Trunk):
    """Banks of convolutions on the image, its half, its quarter …, averaged at one resolution, then one convolution.

    Images are padded with black, right and below, to multiples of the stride `2 * 2**pools`.

    Args:
        convolutions: The `Convolutions`.
        banks: Copies of the network, with weights of their own.
        lcn: Whether every bank's image is first normalised to its local contrast.
        pools: Poolings of a bank.
    """

    convolutions: Convolutions
    banks: int
    lcn: bool
    pools: int

    @property
    def stride(self):
        return 2 * 2**self.pools

    def __call__(self, images, heads):
        cells = map_size(images.shape[1:3], self.stride)
        size = [n * self.stride for n in cells]
        margins = [(0, padded - n) for padded, n in zip(size, images.shape[1:3], strict=True)]
        x = layers.ZeroPadding2D(margins)(layers.Rescaling(1 / 255)(images))
        found = []
        for bank in range(self.banks):
            y = layers.Resizing(*(-(-n // 2**bank) for n in size))(x) if bank else x
            y = LocalContrastNormalization()(y) if self.lcn else y
            y = self._bank(y, f"bank{bank + 1}")
            found.append(layers.Resizing(*cells)(y) if bank else y)
        x = self.convolutions.block(sum(found) / self.banks, 4, "all")
        return {name: [head(x, "")] for name, head in heads.items()}

    def _bank(self, x, name):
        block = self.convolutions.block
        x = block(x, 0, name, strides=2)
        for i in (1, 2):
            x = layers.MaxPooling2D(padding="same")(x) if i <= self.pools else x
            x = block(x, i, name)
        return block(x, 3, name)


def convolution(filters, kernel, weight_decay=0.0, **options):
    """A convolution that keeps the size of the maps (divided by `strides`), with He initialisation."""
    return layers.Conv2D(
        filters,
        kernel,
        padding="same",
        kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(weight_decay / 2) if weight_decay else None,
        **options,
    )
