"""Trunk of stacked hourglasses of residual modules: Newell, Yang and Deng 2016 (https://arxiv.org/abs/1603.06937)."""

import dataclasses

from keras import layers

from tfpose.models.layers.residual import Residuals
from tfpose.models.trunks.trunk import Trunk, only


@dataclasses.dataclass(frozen=True)
class Hourglasses(Trunk):
    """A stem to a quarter of the image's size, and S hourglasses; each gets the features and the maps before it.

    Args:
        residuals: Builds the residual modules.
        stacks: S, the number of hourglasses.
        features: Channels, a multiple of 8.
        depth: Number of times an hourglass halves its maps.
    """

    residuals: Residuals
    stacks: int
    features: int
    depth: int

    def __post_init__(self):
        if self.features < 8 or self.features % 8:
            raise ValueError(f"`features` must be a multiple of 8. Received: {self.features}.")

    @property
    def divisor(self):
        return self.stride * 2**self.depth

    def __call__(self, images, heads):
        name, head = only(heads)
        return {name: self.residuals.stacks(self._stem(images), self.stacks, head, self.depth)}

    def _stem(self, images):
        """`uint8 [B, H, W, 3]` → `[B, H / 4, W / 4, F]`: convolution, pooling and three residual modules.

        The first layers have a quarter and half of the features: 64 and 128 of the paper's 256.
        """
        build, features = self.residuals, self.features
        x = build.conv(layers.Rescaling(1 / 255, name="rescaling")(images), features // 4, 7, "stem_conv", strides=2)
        x = build.residual(build.activated(x, "stem"), features // 2, "stem_residual1")
        x = layers.MaxPooling2D(2, name="stem_pool")(x)
        return build.residual(build.residual(x, features // 2, "stem_residual2"), features, "stem_residual3")
