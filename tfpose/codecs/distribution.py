"""One probability distribution over the cells per keypoint: Tompson et al. 2014 (https://arxiv.org/abs/1406.2984)."""

import keras
import numpy as np
from keras import ops

from tfpose.codecs.codec import Codec
from tfpose.codecs.peaks import around_highest


@keras.saving.register_keras_serializable("tfpose")
class DistributionCodec(Codec):
    """Represents one person by a narrow Gaussian per keypoint that sums to 1 over the cells of its map.

    Cell `j` has its centre at pixel `stride * j + (stride - 1) / 2`, and the Gaussian is centred where the keypoint
    really is, so that a mirrored person has exactly the mirrored maps.

    Args:
        image_size: `(height, width)` of the network input, in pixels. The maps have `ceil(size / stride)` cells.
        stride: Input pixels per cell.
        sigma: Standard deviation of the Gaussian, in cells. The 3 x 3 binomial of joint-cnn-mrf has 0.707.
        torso: Indices of the keypoints whose mean is the middle of the torso; none for outputs without torso.
        outputs: Names of the outputs that hold keypoint maps; the last stack of `heatmaps` is what is decoded.
    """

    def __init__(self, image_size, stride=8, sigma=0.707, torso=(), outputs=("heatmaps",)):
        self.image_size = tuple(image_size)
        self.stride = stride
        self.sigma = sigma
        self.torso = tuple(torso)
        self.outputs = self.watched = tuple(outputs)

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
                -ops.square(cell[..., None] - np.arange(n, dtype="float32")) / (2 * self.sigma**2),
                axis=-1,
            )
            for n, cell in zip(self.map_size[::-1], self._cells(points), strict=True)
        )
        return ops.einsum("bky,bkx->byxk", down, across)

    def maps(self, outputs, name="heatmaps"):
        """The distributions `float32 [B, h, w, K]` that the last stack of an output holds as logits."""
        return spatial_softmax(outputs[name][:, -1])

    def peaks(self, maps):
        """Finds the highest cell of each map, then the summit of the parabola through it and its neighbours.

        In the logarithm a Gaussian is a parabola, so that `peaks(draw(points))` gives back the points.

        Args:
            maps: `[B, h, w, K]`, not negative.

        Returns:
            Candidates `[B, K, 1, 3]`: `(x, y, score)` in input pixels; the score is the probability of the 3 x 3 cells
            around the highest one.
        """
        col, row, around = around_highest(maps)
        x = col + self._summit(*(around[:, :, 1, i] for i in range(3)))
        y = row + self._summit(*(around[:, :, i, 1] for i in range(3)))
        middle = (self.stride - 1) / 2
        score = ops.sum(around, axis=(2, 3))
        return ops.stack([x * self.stride + middle, y * self.stride + middle, score], axis=-1)[:, :, None]

    def decode(self, outputs):
        return self.peaks(self.maps(outputs))

    def candidates(self, outputs):
        return {name: self.peaks(self.maps(outputs, name)) for name in self.outputs}

    def get_config(self):
        return {
            "image_size": self.image_size,
            "stride": self.stride,
            "sigma": self.sigma,
            "torso": self.torso,
            "outputs": self.outputs,
        }

    def _cells(self, points):
        """Where points lie, counted in cells: columns and rows, each `[B, K]`."""
        return ((points[..., i] + 0.5) / self.stride - 0.5 for i in (0, 1))

    def _summit(self, before, top, after):
        """Offset, at most half a cell, of the summit of the parabola through the logarithms of three values.

        A neighbour of 0, such as one outside the map, tells nothing: the Gaussian is continued there.
        """
        is_before, is_after, bend = before > 0, after > 0, self.sigma**-2
        before, top, after = (ops.log(ops.maximum(v, 1e-20)) for v in (before, top, after))
        before, after = (
            ops.where(is_before, before, ops.where(is_after, 2 * top - after - bend, top)),
            ops.where(is_after, after, ops.where(is_before, 2 * top - before - bend, top)),
        )
        curvature = ops.maximum(2 * top - before - after, 1e-6)
        return ops.clip((after - before) / (2 * curvature), -0.5, 0.5)


def spatial_softmax(logits):
    """Probabilities over the cells of each map, `float32 [B, h, w, K]`."""
    logits = ops.cast(logits, "float32")
    h, w, k = logits.shape[1:]
    return ops.reshape(ops.softmax(ops.reshape(logits, (-1, h * w, k)), axis=1), (-1, h, w, k))


def middle(keypoints, indices):
    """The mean `[B, 1, 3]` of some of the keypoints `[B, K, 3]`; v = 0 unless all of them are annotated."""
    chosen = ops.take(keypoints, ops.convert_to_tensor(indices, "int32"), axis=1)
    v = ops.min(chosen[..., 2:], axis=1, keepdims=True)
    return ops.concatenate([ops.mean(chosen[..., :2], axis=1, keepdims=True), v], axis=-1)
