"""Heatmaps and tags: associative embedding, Newell, Huang and Deng 2017 (https://arxiv.org/abs/1611.05424)."""

import keras
import numpy as np
from keras import ops

from tfpose.codecs import peaks
from tfpose.codecs.cells import containing, from_pixels, to_pixels
from tfpose.codecs.codec import Codec
from tfpose.codecs.completion import complete
from tfpose.codecs.grouping.by_tags import group
from tfpose.codecs.grouping.by_tags_in_graph import greedy_people

REFINEMENTS = ("none", "quarter", "parabola")  # See `peaks.locate`.
FAR = -1e4  # Coordinates, in cells, of keypoints that are not drawn: so far outside that their Gaussian is 0.


@keras.saving.register_keras_serializable("tfpose")
class TagCodec(Codec):
    """Represents several people by Gaussians of height 1, and by a tag per keypoint that is similar within a person.

    A Gaussian is centred at the keypoint's position, and drawn in the whole map; the authors' code rounds the centre
    down to a cell, and draws 15 x 15 cells. For the coordinates of cells, see `codecs.cells`.

    Args:
        image_size: `(height, width)` of the network input, in pixels. The maps have `ceil(size / stride)` cells.
        stride: Input pixels per cell.
        sigma: Standard deviation of the Gaussians, in cells. The paper's is 2 on maps of 128 x 128.
        order: Indices of the K keypoints, in the order in which they are grouped.
        tag_dim: D, dimension of the tags.
        max_candidates: M, maximum number of detections of each keypoint.
        max_people: N, maximum number of people per image.
        min_score: Only detections with a higher score are grouped.
        tag_distance: Maximum distance of a detection's tag from the mean tag of the person it is assigned to.
        far: Tag distances above this cost the same, see `grouping.by_tags.group`.
        refinement: How decoding finds positions within a cell: one of `REFINEMENTS`; the paper's is `"quarter"`.

    Raises:
        ValueError: If `refinement` is unknown.
    """

    several = True

    def __init__(
        self, image_size, stride=4, sigma=2.0, *, order, tag_dim=1, max_candidates=30, max_people=30, min_score=0.1,
        tag_distance=1.0, far=2.0, refinement="quarter",
    ):  # fmt: skip
        if refinement not in REFINEMENTS:
            raise ValueError(f"Unknown `refinement`. Received: {refinement!r}. Known: {', '.join(REFINEMENTS)}.")
        self.image_size = tuple(image_size)
        self.stride = stride
        self.sigma = sigma
        self.order = tuple(order)
        self.tag_dim = tag_dim
        self.max_candidates = max_candidates
        self.max_people = max_people
        self.min_score = min_score
        self.tag_distance = tag_distance
        self.far = far
        self.refinement = refinement

    def encode(self, people):
        """Draws the Gaussians, the maximum over all people in each cell, and computes the cells of the tags.

        Args:
            people: dict with `keypoints` `[B, N, K, 3]`, in input pixels, and optionally `ignore` `[B, h, w]`, 1 in
                cells without loss, and `annotated` `[B, K]`, 0 for keypoints whose maps are without loss.

        Returns:
            Targets `heatmaps` `[B, 1, h, w, K]` and `tags` `[B, N, K, 2]`: the number of the keypoint's cell,
            `row * w + column`, and 1 if it is annotated and inside the image, else 0. Weights `heatmaps`
            `[B, 1, h, w, 1 or K]`, 0 where there is no loss, and `tags` `[1, 1]`.
        """
        keypoints = ops.cast(people["keypoints"], "float32")
        there = self.is_inside(keypoints)
        heatmaps = self.draw(keypoints[..., :2], there)
        ignored = people.get("ignore", ops.zeros_like(heatmaps[..., 0]))
        learnt = (1.0 - ops.cast(ignored, "float32"))[:, None, ..., None]
        if "annotated" in people:
            learnt = learnt * ops.cast(people["annotated"], "float32")[:, None, None, None]
        targets = {"heatmaps": heatmaps[:, None], "tags": self._places(keypoints, there)}
        return targets, {"heatmaps": learnt, "tags": ops.ones((1, 1))}

    def draw(self, points, there):
        """Gaussians of height 1, `[B, h, w, K]`, at points `[B, N, K, 2]` in input pixels where `there` is true."""
        cells = ops.where(there[..., None], from_pixels(points, self.stride), FAR)
        rows, columns = (np.arange(n, dtype="float32")[:, None] for n in self.map_size)

        def nearer(person, nearest):  # One person after the other: the maps of all at once would fill the memory.
            x, y = (ops.take(cells[..., i], person, axis=1)[:, None] for i in (0, 1))
            across, down = ops.square(columns - x), ops.square(rows - y)
            return ops.minimum(nearest, down[:, :, None] + across[:, None])

        nobody = ops.full((ops.shape(points)[0], *self.map_size, points.shape[2]), FAR**2)
        return ops.exp(ops.fori_loop(0, points.shape[1], nearer, nobody) / (-2 * self.sigma**2))

    def maps(self, outputs, name="heatmaps"):
        """The last stack of an output, `float32 [B, h, w, ...]`; negative heatmap values become 0."""
        maps = ops.cast(outputs[name][:, -1], "float32")
        return ops.relu(maps) if name in self.outputs else maps

    def peaks(self, heatmaps, tags=None):
        """Finds the highest local maxima of each map, cells that are the highest of the 3 x 3 around them.

        Args:
            heatmaps: `[B, h, w, K]`.
            tags: `[B, h, w, K * D]`, D channels of each keypoint after the other; without, candidates have no tags.

        Returns:
            Candidates `[B, K, M, 3 + D]`, highest first: `(x, y, score)` in input pixels, refined within the cell,
            and the tag in the cell. Where there are fewer, the score is 0.
        """
        h, w, k = heatmaps.shape[1:]
        summits = ops.where(ops.equal(ops.max_pool(heatmaps, 3, 1, "same"), heatmaps), heatmaps, 0.0)
        summits, heights = (ops.reshape(ops.transpose(m, (0, 3, 1, 2)), (-1, k, h * w)) for m in (summits, heatmaps))
        score, cell = ops.top_k(summits, min(self.max_candidates, h * w))
        row, column = cell // w, cell % w

        def beside(step, is_cell):  # 0 outside of the maps.
            values = ops.take_along_axis(heights, ops.clip(cell + step, 0, h * w - 1), axis=-1)
            return ops.where(is_cell, values, 0.0)

        across = beside(-1, column > 0), score, beside(1, column < w - 1)
        along = beside(-w, row > 0), score, beside(w, row < h - 1)
        x, y = (
            to_pixels(ops.cast(place, "float32") + peaks.offset(*values, self.sigma, self.refinement), self.stride)
            for place, values in ((column, across), (row, along))
        )
        found = ops.stack([x, y, score], axis=-1)
        return found if tags is None else ops.concatenate([found, self._tags_at(tags, cell)], axis=-1)

    def decode(self, outputs):
        return self.peaks(self.maps(outputs), self.maps(outputs, "tags"))

    def group(self, candidates):
        return group(candidates, self.order, far=self.far, **self._rules())

    def people(self, candidates):
        """Groups candidates `[B, K, M, 3 + D]` in the graph: people `[B, N, K, 3]`, padded with zeros."""
        return greedy_people(candidates, self.order, **self._rules())

    def answers(self, outputs):
        candidates = self.decode(outputs)
        return {"people": self.people(candidates), "candidates": candidates}

    def complete(self, people, heatmaps, tags):
        """Fills in missing keypoints of people `[N, K, 3]` from heatmaps `[h, w, K]` and tags `[h, w, K * D]`."""
        return complete(people, heatmaps, tags, self.stride)

    def _rules(self):
        return {"max_people": self.max_people, "min_score": self.min_score, "tag_distance": self.tag_distance}

    def _places(self, keypoints, there):
        h, w = self.map_size
        column, row = (ops.clip(containing(keypoints[..., i], self.stride), 0, n - 1) for i, n in ((0, w), (1, h)))
        return ops.stack([row * w + column, ops.cast(there, "float32")], axis=-1)

    def _tags_at(self, tags, cell):
        """Values of the tag maps in cells `[B, K, M]`: `[B, K, M, D]`."""
        h, w, channels = tags.shape[1:]
        tags = ops.reshape(ops.transpose(tags, (0, 3, 1, 2)), (-1, channels // self.tag_dim, self.tag_dim, h * w))
        found = ops.take_along_axis(tags, cell[:, :, None], axis=-1)
        return ops.transpose(found, (0, 1, 3, 2))
