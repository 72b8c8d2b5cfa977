"""One heatmap per keypoint, a Gaussian of height 1: Newell, Yang and Deng 2016 (https://arxiv.org/abs/1603.06937)."""

import keras
import numpy as np
from keras import ops

from tfpose.codecs import peaks
from tfpose.codecs.cells import from_pixels, to_pixels
from tfpose.codecs.codec import Codec


@keras.saving.register_keras_serializable("tfpose")
class HeatmapCodec(Codec):
    """Represents one person by a Gaussian of height 1 per keypoint, and, if asked, another one per occluded keypoint.

    The Gaussian is centred at the keypoint's position; the references round it to a cell. For the coordinates of cells,
    see `codecs.cells`.

    Args:
        image_size: `(height, width)` of the network input, in pixels. The maps have `ceil(size / stride)` cells.
        stride: Input pixels per cell.
        sigma: Standard deviation of the Gaussian, in cells.
        occlusion: Whether the network has the output `occlusions` too, Gaussians where v = 1 (Chen et al. 2017).
        refinement: How decoding finds positions within a cell: one of `peaks.REFINEMENTS`; the paper's is `"quarter"`.
        outputs: Names of the outputs that hold keypoint maps; the last stack of `heatmaps` is what is decoded.

    Raises:
        ValueError: If the refinement is unknown.
    """

    def __init__(
        self, image_size, stride=4, sigma=1.0, *, occlusion=False, refinement="quarter", outputs=("heatmaps",)
    ):
        peaks.check(refinement)
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
                -ops.square(from_pixels(points[..., i, None], self.stride) - np.arange(n, dtype="float32"))
                / (2 * self.sigma**2)
            )
            for i, n in ((1, self.map_size[0]), (0, self.map_size[1]))
        )
        return ops.einsum("bky,bkx->byxk", down, across)

    def maps(self, outputs, name="heatmaps"):
        """The heatmaps `float32 [B, h, w, K]` of the last stack of an output; negative values become 0."""
        return ops.relu(ops.cast(outputs[name][:, -1], "float32"))

    def peaks(self, maps):
        """Finds the highest peak of each map.

        Args:
            maps: `[B, h, w, K]`, not negative.

        Returns:
            Candidates `[B, K, 1, 3]`: `(x, y, score)` in input pixels; the score is the height of the highest cell.
        """
        column, row, _ = peaks.locate(maps, self.sigma, self.refinement)
        x, y = (to_pixels(place, self.stride) for place in (column, row))
        return ops.stack([x, y, ops.max(maps, axis=(1, 2))], axis=-1)[:, :, None]

    def candidates(self, outputs):
        return {name: self.peaks(self.maps(outputs, name)) for name in self.outputs}
