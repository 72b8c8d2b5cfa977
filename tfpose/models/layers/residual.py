"""Pre-activation bottlenecks and the hourglass made of them: Newell, Yang and Deng 2016 (https://arxiv.org/abs/1603.06937)."""

import dataclasses

import keras
from keras import layers

from tfpose.models.layers.batch_norm import FusedNormalization

# The default of Torch, in which the papers' networks were trained.
INITIALIZER = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")


@dataclasses.dataclass(frozen=True)
class Residuals:
    """Builds the parts of an hourglass network; every method takes a name, the prefix of its layers' names.

    Args:
        modules: Residual modules at each position of an hourglass.
        weight_decay: Weight of half the squared norm of the kernels in the loss.
    """

    modules: int = 1
    weight_decay: float = 0.0

    def conv(self, x, filters, size, name, *, strides=1, bias=0.0):
        """A convolution with an initial bias; it pads as Torch does, the same on both sides."""
        if strides > 1:
            x = layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(x)
        return layers.Conv2D(
            filters, size, strides, padding="same" if strides == 1 else "valid", name=name,
            kernel_initializer=INITIALIZER.clone(), bias_initializer=keras.initializers.Constant(bias),
            kernel_regularizer=keras.regularizers.L2(self.weight_decay / 2) if self.weight_decay else None,
        )(x)  # fmt: skip

    def activated(self, x, name):
        """Batch normalisation, then ReLU."""
        x = FusedNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_norm")(x)
        return layers.ReLU(name=f"{name}_relu")(x)

    def residual(self, x, features, name):
        """One pre-activation bottleneck: 1x1 to half the features, 3x3, 1x1, and a shortcut around them."""
        shortcut = x if x.shape[-1] == features else self.conv(x, features, 1, f"{name}_shortcut")
        for i, (filters, size) in enumerate(((features // 2, 1), (features // 2, 3), (features, 1)), start=1):
            x = self.conv(self.activated(x, f"{name}_{i}"), filters, size, f"{name}_conv{i}")
        return layers.Add(name=f"{name}_sum")([shortcut, x])

    def residuals(self, x, features, name):
        """`modules` bottlenecks, one after the other."""
        for i in range(1, self.modules + 1):
            x = self.residual(x, features, f"{name}_residual{i}")
        return x

    def hourglass(self, x, depth, name):
        """Down to `1 / 2**depth` of the size and up again, with a branch that skips each halving."""
        features = x.shape[-1]
        skip = self.residuals(x, features, f"{name}_skip{depth}")
        low = layers.MaxPooling2D(2, name=f"{name}_pool{depth}")(x)
        low = self.residuals(low, features, f"{name}_down{depth}")
        deepest = depth == 1
        low = self.residuals(low, features, f"{name}_bottom") if deepest else self.hourglass(low, depth - 1, name)
        low = self.residuals(low, features, f"{name}_up{depth}")
        return layers.Add(name=f"{name}_sum{depth}")([skip, layers.UpSampling2D(2, name=f"{name}_double{depth}")(low)])

    def head(self, channels):
        """A head: features and the name of a stack → maps `[B, h, w, channels]`, by a 1x1 convolution."""
        return lambda y, name: self.conv(y, channels, 1, f"{name}_maps")

    def stacks(self, x, number, head, depth):
        """Hourglasses in a row, each of which gets the features and the maps of the one before.

        Args:
            x: `[B, h, w, F]`.
            number: S, the number of hourglasses.
            head: From features `[B, h, w, F]` and the name of a stack to maps `[B, h, w, K]`; or K alone.
            depth: Number of times an hourglass halves its maps.

        Returns:
            S tensors `[B, h, w, K]`.
        """
        head = self.head(head) if isinstance(head, int) else head
        features, found = x.shape[-1], []
        for i in range(1, number + 1):
            name = f"stack{i}"
            y = self.residuals(self.hourglass(x, depth, f"{name}_hourglass"), features, f"{name}_out")
            y = self.activated(self.conv(y, features, 1, f"{name}_feature"), f"{name}_feature")
            found.append(head(y, name))
            if i < number:
                told = [
                    self.conv(y, features, 1, f"{name}_told"),
                    self.conv(found[-1], features, 1, f"{name}_remembered"),
                ]
                x = layers.Add(name=f"{name}_sum")([x, *told])
        return found
