"""Residual modules of Adversarial PoseNet: each convolution is followed by its normalisation and ReLU.

Every image is normalised on its own (Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022), as in the public code of
the system, whose batches hold one image.
"""

from keras import layers

from tfpose.models.layers.residual import Residuals


class InstanceResiduals(Residuals):
    """`Residuals` with instance normalisation, after each convolution instead of before."""

    def activated(self, x, name):
        """Instance normalisation (each channel of each image over its cells), then ReLU."""
        x = layers.GroupNormalization(-1, epsilon=1e-5, center=False, scale=False, name=f"{name}_norm")(x)
        return layers.ReLU(name=f"{name}_relu")(x)

    def residual(self, x, features, name):
        """One bottleneck: 1x1 to half the features, 3x3, 1x1, each activated, and a shortcut around them."""
        shortcut = x if x.shape[-1] == features else self.conv(x, features, 1, f"{name}_shortcut")
        for i, (filters, size) in enumerate(((features // 2, 1), (features // 2, 3), (features, 1)), start=1):
            x = self.activated(self.conv(x, filters, size, f"{name}_conv{i}"), f"{name}_{i}")
        return layers.Add(name=f"{name}_sum")([shortcut, x])
