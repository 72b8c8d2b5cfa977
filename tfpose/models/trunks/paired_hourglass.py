"""Trunk of Adversarial PoseNet: in each stack an hourglass for the pose and one for occlusions (Chen et al. 2017)."""

import dataclasses

from keras import layers

from tfpose.models.layers.instance_residual import InstanceResiduals
from tfpose.models.trunks.trunk import Trunk


@dataclasses.dataclass(frozen=True)
class PairedHourglasses(Trunk):
    """Stacks of two hourglasses, of which the second gets the features of the first; the heads are one for each.

    Every stack but the first gets the maps of the one before, and the features of the image.

    Args:
        residuals: Builds the residual modules.
        stacks: S.
        features: Channels.
        depth: Number of times an hourglass halves its maps.
    """

    residuals: InstanceResiduals
    stacks: int
    features: int
    depth: int

    @property
    def divisor(self):
        return self.stride * 2**self.depth

    def __call__(self, images, heads):
        build = self.residuals
        stem = x = self._stem(images)
        found = {kind: [] for kind in heads}
        for i in range(1, self.stacks + 1):
            name = f"stack{i}"
            pose = build.hourglass(x, self.depth, f"{name}_pose")
            told = layers.Concatenate(name=f"{name}_told")([pose, x])
            occlusion = build.conv(told, x.shape[-1], 1, f"{name}_told_conv")
            occlusion = build.hourglass(occlusion, self.depth, f"{name}_occlusion")
            for (kind, head), y in zip(heads.items(), (pose, occlusion), strict=True):
                found[kind].append(head(y, name))
            x = layers.Concatenate(name=f"{name}_end")([*(maps[-1] for maps in found.values()), stem])
        return found

    def _stem(self, images):
        """`uint8 [B, H, W, 3]` → `[B, H / 4, W / 4, F]`."""
        build, features = self.residuals, self.features
        x = build.conv(layers.Rescaling(1 / 255, name="rescaling")(images), 64, 7, "stem_conv", strides=2)
        x = layers.MaxPooling2D(2, name="stem_pool")(build.activated(x, "stem"))
        return build.residual(build.residual(x, features, "stem_residual1"), features, "stem_residual2")
