"""Stacked hourglass, Newell, Yang and Deng 2016 (https://arxiv.org/abs/1603.06937)."""

import keras
from keras import ops

from tfpose.codecs import HeatmapCodec
from tfpose.losses import heatmaps
from tfpose.models.layers.residual import Residuals
from tfpose.models.pose_model import PoseModel
from tfpose.models.trunks import pyramid
from tfpose.models.trunks.hourglass import Hourglasses


@keras.saving.register_keras_serializable("tfpose")
class StackedHourglass(PoseModel):
    """Stacked hourglasses with intermediate supervision: `uint8 [B, H, W, 3]` → `heatmaps` `[B, S, h, w, K]`.

    The maps have a quarter of the input's size and are unbounded; the targets are Gaussians of height 1.

    Args:
        skeleton: The `Skeleton` whose K keypoints are to be found.
        image_size: Height and width of the network's input, in pixels; multiples of `4 * 2**depth` in the paper's
            trunk.
        stacks: Number of hourglasses in the paper's trunk; 8 in the paper, fewer are faster.
        features: Channels of the paper's trunk, a multiple of 8.
        modules: Residual modules at each position of an hourglass.
        depth: Number of times an hourglass halves its maps.
        sigma: Standard deviation of the target Gaussians, in cells.
        refinement: Decoding below a cell: quarter, a quarter of a cell as the paper; dark, to the peak of a fitted
            Gaussian; none.
        weight_decay: Weight of half the squared norm of the convolution kernels in the loss.
        trunk: Network before the heads: paper, or the name of an ImageNet backbone, which has a decoder.
        weights: Weights of the backbone: a file, imagenet (downloaded once by Keras), or random.
        stride: Stride of the maps with a backbone, in pixels: 4, or 8, which is faster and coarser.
        frozen_blocks: Number of first blocks of the backbone that are not trained.
        frozen_statistics: Whether batch normalisation of the backbone keeps its statistics; by default if it has
            weights.
    """

    LOSSES = heatmaps.HEATMAP_LOSSES
    WIDTHS = ("features",)

    def __init__(
        self, skeleton, image_size=(256, 256), *, stacks=8, features=256, modules=1, depth=4, sigma=1.0,
        refinement="quarter", weight_decay=0.0, trunk="paper", weights="random", stride=4, frozen_blocks=0,
        frozen_statistics=None, name=None,
    ):  # fmt: skip
        build = Residuals(modules, weight_decay)
        network = pyramid.chosen(
            Hourglasses(build, stacks, features, depth), trunk, weights=weights, stride=stride,
            frozen_blocks=frozen_blocks, frozen_statistics=frozen_statistics, weight_decay=weight_decay,
        )  # fmt: skip
        network.check(image_size)
        images = keras.Input((*image_size, 3), dtype="uint8", name="images")
        found = network(images, {"heatmaps": build.head(len(skeleton))})
        super().__init__(images, {output: stacked(maps) for output, maps in found.items()}, name=name)

        self.codec = HeatmapCodec(image_size, network.stride, sigma, refinement=refinement)
        self.skeleton = skeleton
        self.set_trunk(network)

    def default_loss(self):
        return {"heatmaps": heatmaps.HeatmapError()}

    def keypoint_channels(self):
        labels = [(name,) for name in self.skeleton.keypoints]
        stacks = self.output["heatmaps"].shape[1]
        outputs = {(f"stack{i}_maps", "outputs"): labels for i in range(1, stacks + 1)}
        return outputs | {(f"stack{i}_remembered", "inputs"): labels for i in range(1, stacks)}


def stacked(maps):
    """S tensors `[B, h, w, K]` → `[B, S, h, w, K]`."""
    return ops.stack(maps, axis=1)
