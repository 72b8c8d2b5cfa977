"""One heatmap per keypoint, a Gaussian of height 1: Newell, Yang and Deng 2016 (https://arxiv.org/abs/1603.06937)."""

import keras
import numpy as np
from keras import ops

from tfpose.codecs.codec import Codec
from tfpose.codecs.peaks import around_highest

REFINEMENTS = ("quarter", "dark", "none")


@keras.saving.register_keras_serializable("tfpose")
class HeatmapCodec(Codec):
    """Represents one person by a Gaussian of height 1 per keypoint, and, if asked, another one per occluded keypoint.

    Cell `j` has its centre at pixel `stride * j + (stride - 1) / 2`, and the Gaussian is centred where the keypoint
    really is; the references round it to a cell.

    Args:
        image_size: `(height, width)` of the network input, in pixels. The maps have `ceil(size / stride)` cells.
        stride: Input pixels per cell.
        sigma: Standard deviation of the Gaussian, in cells.
        occlusion: Whether the network has the output `occlusions` too, Gaussians where v = 1 (Chen et al. 2017).
        refinement: How decoding goes below a cell: `"quarter"`, a quarter of a cell towards the higher neighbour, as
            the paper; `"dark"`, to the summit of the Gaussian of the smoothed map (Zhang et al. 2020,
            https://arxiv.org/abs/1910.06278, section 3.1); `"none"`.
        outputs: Names of the outputs that hold keypoint maps; the last stack of `heatmaps` is what is decoded.

    Raises:
        ValueError: If the refinement is unknown.
    """

    def __init__(
        self, image_size, stride=4, sigma=1.0, *, occlusion=False, refinement="quarter", outputs=("heatmaps",)
    ):
        if refinement not in REFINEMENTS:
            raise ValueError(f"Unknown `refinement`. Received: {refinement!r}. Known: {', '.join(REFINEMENTS)}.")
        self.image_size = tuple(image_size)
        self.stride = stride
        self.sigma = sigma
        self.occlusion = occlusion
        self.refinement = refinement
        self.outputs = self.watched = tuple(outputs)

    def encode(self, people):
        """Draws the Gaussians.

        Args:
            people: dict with `keypoints` `[B, 1, K, 3]`, in input pixels.

        Returns:
            Targets `[B, 1, h, w, K]` and weights `[B, 1, K]` for each output. A weight is 0 where the keypoint is not
            annotated or lies outside the image, else 1.
        """
        keypoints = ops.cast(people["keypoints"][:, 0], "float32")
        maps, weights = self.draw(keypoints[..., :2])[:, None], ops.cast(self.is_inside(keypoints), "float32")[:, None]
        targets = dict.fromkeys(self.outputs, maps)
        if self.occlusion:
            targets["occlusions"] = maps * ops.cast(keypoints[..., 2] == 1, "float32")[:, None, None, None]
        return targets, dict.fromkeys(targets, weights)

    def draw(self, points):
        """Gaussians of height 1, `[B, h, w, K]`, at points `[B, K, 2]` in input pixels."""
        down, across = (
            ops.exp(
                -ops.square(((points[..., i, None] + 0.5) / self.stride - 0.5) - np.arange(n, dtype="float32"))
                / (2 * self.sigma**2)
            )
            for i, n in ((1, self.map_size[0]), (0, self.map_size[1]))
        )
        return ops.einsum("bky,bkx->byxk", down, across)

    def maps(self, outputs, name="heatmaps"):
        """The heatmaps `float32 [B, h, w, K]` of the last stack of an output, where they are not negative."""
        return ops.relu(ops.cast(outputs[name][:, -1], "float32"))

    def peaks(self, maps):
        """Finds the highest place of each map.

        Args:
            maps: `[B, h, w, K]`, not negative.

        Returns:
            Candidates `[B, K, 1, 3]`: `(x, y, score)` in input pixels; the score is the height of the highest cell.
        """
        if self.refinement == "dark":
            score = ops.max(maps, axis=(1, 2))
            col, row, around = around_highest(self._smooth(maps))
            right, down = _summit(around)
        else:
            col, row, around = around_highest(maps)
            score = around[:, :, 1, 1]
            step = 0.25 if self.refinement == "quarter" else 0.0
            right = step * ops.sign(around[:, :, 1, 2] - around[:, :, 1, 0])
            down = step * ops.sign(around[:, :, 2, 1] - around[:, :, 0, 1])
        x, y = ((cell + 0.5) * self.stride - 0.5 for cell in (col + right, row + down))
        return ops.stack([x, y, score], axis=-1)[:, :, None]

    def decode(self, outputs):
        return self.peaks(self.maps(outputs))

    def candidates(self, outputs):
        return {name: self.peaks(self.maps(outputs, name)) for name in self.outputs}

    def get_config(self):
        return {
            "image_size": self.image_size,
            "stride": self.stride,
            "sigma": self.sigma,
            "occlusion": self.occlusion,
            "refinement": self.refinement,
            "outputs": self.outputs,
        }

    def _smooth(self, maps):
        """The maps after a Gaussian filter of their own sigma."""
        reach = int(np.ceil(3 * self.sigma))
        kernel = np.exp(-(np.arange(-reach, reach + 1, dtype="float32") ** 2) / (2 * self.sigma**2))
        kernel = np.tile(kernel[:, None, None, None] / kernel.sum(), (1, 1, maps.shape[-1], 1))
        maps = ops.depthwise_conv(maps, kernel, padding="same")
        return ops.depthwise_conv(maps, kernel.transpose(1, 0, 2, 3), padding="same")


def _summit(around):
    """Offset right and down, at most a cell, of the summit of the Gaussian through 3 x 3 values `[B, K, 3, 3]`.

    One Newton step on the logarithm. Where it does not curve downwards, as at the border of a map, there is no offset.
    """
    log = ops.log(ops.maximum(around, 1e-10))
    dx, dy = (log[..., 1, 2] - log[..., 1, 0]) / 2, (log[..., 2, 1] - log[..., 0, 1]) / 2
    dxx = log[..., 1, 2] + log[..., 1, 0] - 2 * log[..., 1, 1]
    dyy = log[..., 2, 1] + log[..., 0, 1] - 2 * log[..., 1, 1]
    dxy = (log[..., 2, 2] + log[..., 0, 0] - log[..., 0, 2] - log[..., 2, 0]) / 4
    determinant = dxx * dyy - ops.square(dxy)
    curved = (determinant > 1e-6) & (dxx < 0) & (ops.min(around, axis=(-1, -2)) > 0)
    safe = ops.where(curved, determinant, ops.ones_like(determinant))
    right, down = (dxy * dy - dyy * dx) / safe, (dxy * dx - dxx * dy) / safe
    return tuple(ops.where(curved, ops.clip(offset, -1.0, 1.0), 0.0) for offset in (right, down))
