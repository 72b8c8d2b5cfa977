"""One probability distribution over the cells per keypoint: Tompson et al. 2014 (https://arxiv.org/abs/1406.2984)."""

import keras
import numpy as np
from keras import ops

from tfpose.codecs import peaks
from tfpose.codecs.cells import from_pixels, to_pixels
from tfpose.codecs.codec import Codec


@keras.saving.register_keras_serializable("tfpose")
class DistributionCodec(Codec):
    """Represents one person by a narrow Gaussian per keypoint that sums to 1 over the cells of its map.

    The Gaussian is centred at the keypoint's position, not at a cell, so that a mirrored person has exactly the
    mirrored maps. For the coordinates of cells, see `codecs.cells`.

    Args:
        image_size: `(height, width)` of the network input, in pixels. The maps have `ceil(size / stride)` cells.
        stride: Input pixels per cell.
        sigma: Standard deviation of the Gaussian, in cells. The 3 x 3 binomial of joint-cnn-mrf has 0.707.
        torso: Indices of the keypoints whose mean is the centre of the torso; none for outputs without torso.
        outputs: Names of the outputs that hold keypoint maps; the last stack of `heatmaps` is what is decoded.
        refinement: How decoding finds positions within a cell: one of `peaks.REFINEMENTS`. Configurations saved before
            there was a choice decode by `"parabola"`.

    Raises:
        ValueError: If the refinement is unknown.
    """

    def __init__(
        self, image_size, stride=8, sigma=0.707, torso=(), outputs=("heatmaps",), *, refinement="blurred_parabola"
    ):
        peaks.check(refinement)
        self.image_size = tuple(image_size)
        self.stride = stride
        self.sigma = sigma
        self.torso = tuple(torso)
        self.outputs = self.watched = tuple(outputs)
        self.refinement = refinement

    def encode(self, people):
        """Draws the Gaussians.

        Args:
            people: dict with `keypoints` `[B, 1, K, 3]`, in input pixels.

        Returns:
            Targets `[B, 1, h, w, K]` and weights `[B, 1, K]` for each of `outputs`, and `torso` likewise with one map.
            A weight is 0 where the keypoint is not annotated or lies outside the image, else 1.
        """
        keypoints = ops.cast(people["keypoints"][:, 0], "float32")
        pairs = dict.fromkeys(
            self.outputs, (self.draw(keypoints[..., :2]), ops.cast(self.is_inside(keypoints), "float32"))
        )
        if self.torso:
            torso = middle(keypoints, self.torso)
            pairs["torso"] = self.draw(torso[..., :2]), ops.cast(self.is_inside(torso), "float32")
        return {n: t[:, None] for n, (t, _) in pairs.items()}, {n: w[:, None] for n, (_, w) in pairs.items()}

    def draw(self, points):
        """Gaussians `[B, h, w, K]` that sum to 1, at points `[B, K, 2]` in input pixels."""
        across, down = (
            ops.softmax(
                -ops.square(from_pixels(points[..., i, None], self.stride) - np.arange(n, dtype="float32"))
                / (2 * self.sigma**2),
                axis=-1,
            )
            for i, n in enumerate(self.map_size[::-1])
        )
        return ops.einsum("bky,bkx->byxk", down, across)

    def maps(self, outputs, name="heatmaps"):
        """The distributions `float32 [B, h, w, K]` that the last stack of an output holds as logits."""
        return spatial_softmax(outputs[name][:, -1])

    def peaks(self, maps):
        """Finds the highest peak of each map; `peaks(draw(points))` gives back the points.

        Args:
            maps: `[B, h, w, K]`, not negative.

        Returns:
            Candidates `[B, K, 1, 3]`: `(x, y, score)` in input pixels; the score is the probability of the 3 x 3 cells
            around the highest one.
        """
        column, row, around = peaks.locate(maps, self.sigma, self.refinement)
        x, y = (to_pixels(place, self.stride) for place in (column, row))
        return ops.stack([x, y, ops.sum(around, axis=(2, 3))], axis=-1)[:, :, None]

    def candidates(self, outputs):
        return {name: self.peaks(self.maps(outputs, name)) for name in self.outputs}

    @classmethod
    def from_config(cls, config):
        return cls(**{"refinement": "parabola", **config})


def spatial_softmax(logits):
    """Probabilities over the cells of each map, `float32 [B, h, w, K]`."""
    logits = ops.cast(logits, "float32")
    h, w, k = logits.shape[1:]
    return ops.reshape(ops.softmax(ops.reshape(logits, (-1, h * w, k)), axis=1), (-1, h, w, k))


def middle(keypoints, indices):
    """The mean position `[B, 1, 3]` of some of the keypoints `[B, K, 3]`; v = 0 unless all of them are annotated."""
    chosen = ops.take(keypoints, ops.convert_to_tensor(indices, "int32"), axis=1)
    v = ops.min(chosen[..., 2:], axis=1, keepdims=True)
    return ops.concatenate([ops.mean(chosen[..., :2], axis=1, keepdims=True), v], axis=-1)
