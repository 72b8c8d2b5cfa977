"""Trunk of associative embedding: stacked hourglasses of plain convolutions (Newell, Huang and Deng 2017)."""

import dataclasses

import keras
from keras import layers

from tfpose.models.trunks.trunk import Trunk, only

NEARLY_ZERO = keras.initializers.RandomNormal(stddev=1e-3)  # Without a ReLU, maps then begin near 0, as empty targets.


@dataclasses.dataclass(frozen=True)
class PlainHourglasses(Trunk):
    """A stem to a quarter of the image's size, and S hourglasses; each gets the features and the maps before it.

    Every method names its layers by what it is given.

    Args:
        stacks: S, the number of hourglasses.
        features: Channels; the stem has a quarter and a half of them.
        growth: Channels that each halving adds.
        depth: Number of times an hourglass halves its maps.
        weight_decay: Weight of half the squared norm of the kernels in the loss.
    """

    stacks: int
    features: int
    growth: int
    depth: int
    weight_decay: float

    @property
    def divisor(self):
        return self.stride * 2**self.depth

    def __call__(self, images, heads):
        output, head = only(heads)
        x, found = self._stem(images), []
        for i in range(1, self.stacks + 1):
            name = f"stack{i}"
            y = self._hourglass(x, self.depth, f"{name}_hourglass")
            y = self._conv(self._conv(y, self.features, f"{name}_out1"), self.features, f"{name}_out2")
            found.append(head(y, name))
            if i < self.stacks:
                told, remembered = (
                    self._conv(each, self.features, f"{name}_{kind}", 1, activation=None)
                    for kind, each in (("told", y), ("remembered", found[-1]))
                )
                x = layers.Add(name=f"{name}_sum")([x, told, remembered])
        return {output: found}

    def _stem(self, images):
        """`uint8 [B, H, W, 3]` → `[B, H / 4, W / 4, F]`."""
        features = self.features
        x = layers.Rescaling(1 / 255, name="rescaling")(images)
        x = self._conv(x, features // 4, "stem_conv1", 7, strides=2)
        x = self._conv(x, features // 2, "stem_conv2")
        x = layers.MaxPooling2D(2, name="stem_pool")(x)
        return self._conv(self._conv(x, features // 2, "stem_conv3"), features, "stem_conv4")

    def _hourglass(self, x, depth, name):
        """Down to `1 / 2**depth` of the size and up again, with a branch that skips each halving."""
        features = x.shape[-1]
        wider = features + self.growth
        skip = self._conv(x, features, f"{name}_skip{depth}")
        low = self._conv(layers.MaxPooling2D(2, name=f"{name}_pool{depth}")(x), wider, f"{name}_down{depth}")
        low = self._hourglass(low, depth - 1, name) if depth > 1 else self._conv(low, wider, f"{name}_bottom")
        low = self._conv(low, features, f"{name}_up{depth}")
        return layers.Add(name=f"{name}_sum{depth}")([skip, layers.UpSampling2D(2, name=f"{name}_double{depth}")(low)])

    def _conv(self, x, filters, name, size=3, **options):
        return convolution(x, filters, name, size, weight_decay=self.weight_decay, **options)


def convolution(x, filters, name, size=3, *, strides=1, activation="relu", weight_decay=0.0, dtype=None):
    """A convolution with bias and an activation; it pads as Torch does, the same on both sides."""
    if strides > 1:
        x = layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(x)
    return layers.Conv2D(
        filters, size, strides, padding="same" if strides == 1 else "valid", activation=activation, name=name,
        dtype=dtype,
        kernel_initializer=keras.initializers.HeUniform() if activation else NEARLY_ZERO.clone(),
        kernel_regularizer=keras.regularizers.L2(weight_decay / 2) if weight_decay else None,
    )(x)  # fmt: skip
