"""Discs, location refinement and pairwise offsets: DeeperCut and ArtTrack.

Insafutdinov et al. 2016 (https://arxiv.org/abs/1605.03170) and 2017 (https://arxiv.org/abs/1612.01465).
"""

import math

import keras
import numpy as np
from keras import ops

from tfpose.codecs import disc_targets, part_peaks
from tfpose.codecs.codec import Codec
from tfpose.codecs.grouping import by_multicut
from tfpose.codecs.grouping.pairwise import PairwiseTerms, measured


@keras.saving.register_keras_serializable("tfpose")
class PartFieldCodec(Codec):
    """Represents people by what every cell near a keypoint knows.

    `heatmaps` `[B, 1, h, w, K]` are logits: whether the keypoint is close. `locref` `[B, 1, h, w, K, 2]`: where it lies
    from the cell, in units of `locref_stdev`. `pairwise` `[B, 1, h, w, P, 2]`: for each ordered pair `(a, b)`, in cells
    close to a, where the same person's b lies from the cell, less its mean and by its deviation.

    Args:
        image_size: `(height, width)` of the network input, in pixels. The maps have `ceil(size / stride)` cells.
        stride: Input pixels per cell.
        outputs: Which outputs there are: `heatmaps`, and others that learn the same; `locref`; `pairwise`.
        several: Whether it looks for several people, or for one.
        terms: A `PairwiseTerms`, or a dict of its arrays; none, if detections are told to be of one person by nothing.
        pos_dist_thresh: Input pixels up to which a cell is close to a keypoint.
        locref_stdev: Input pixels that are 1 in `locref`.
        weigh_only_present_joints: Whether the heatmaps of keypoints that nobody in the image has weigh nothing.
        nms_radius: Of several detections within so many cells only the best is taken.
        det_min_score: Detections below it are none.
        max_detections: M: detections of each keypoint, the best.
        stages: Keypoints that are grouped one after the other, see `part_groups.group`.
    """

    def __init__(
        self, image_size, stride=8, outputs=("heatmaps", "locref"), *, several=True, terms=None, pos_dist_thresh=17.0,
        locref_stdev=7.2801, weigh_only_present_joints=False, nms_radius=3.0, det_min_score=0.2, max_detections=20,
        stages=(),
    ):  # fmt: skip
        if "heatmaps" not in outputs or ("pairwise" in outputs and terms is None):
            raise ValueError(
                "`outputs` must name heatmaps, and pairwise only with `terms`. "
                f"Received: {', '.join(outputs)}, {'no ' if terms is None else ''}terms."
            )
        self.image_size = tuple(image_size)
        self.stride = stride
        self.fields = tuple(outputs)
        self.outputs = tuple(name for name in outputs if name not in ("locref", "pairwise"))
        self.several = several
        self.terms = PairwiseTerms(**terms) if isinstance(terms, dict) else terms
        self.pos_dist_thresh = pos_dist_thresh
        self.locref_stdev = locref_stdev
        self.weigh_only_present_joints = weigh_only_present_joints
        self.nms_radius = nms_radius
        self.det_min_score = det_min_score
        self.max_detections = max_detections
        self.stages = tuple(tuple(stage) for stage in stages)

    def learn_terms(self, keypoints, flip):
        """Takes the statistics of the pairs from people `[N, K, 3]` in input pixels; a logistic model is forgotten."""
        self.terms = measured(keypoints, flip, self.terms.pairs)

    def encode(self, people):
        """people → targets and weights by output, as the class says; `ignore` `[B, h, w]` of people is not learnt."""
        keypoints = ops.cast(people["keypoints"], "float32")
        k = keypoints.shape[2]
        close, person = disc_targets.nearest(keypoints, self.map_size, self.stride, self.pos_dist_thresh)
        close = ops.cast(close, "float32")
        targets = dict.fromkeys(self.outputs, self._maps(close))
        weights = dict.fromkeys(self.outputs, self._heat_weights(people, keypoints, close))
        pairs = {"locref": np.tile(np.arange(k), (2, 1)).T}
        pairs |= {"pairwise": self.terms.pairs} if self.terms else {}
        for name, (a, b) in ((name, pairs[name].T) for name in self.fields if name in pairs):
            offsets, there = disc_targets.offsets(keypoints, person, self.map_size, self.stride, a, b)
            mean, deviation = self._statistics(name)
            mask = ops.take(close, ops.convert_to_tensor(a.astype("int32")), axis=2) * ops.cast(there, "float32")
            targets[name] = self._maps(mask[..., None] * (offsets - mean) / deviation)
            weights[name] = self._maps(mask)
        return targets, weights

    def maps(self, outputs, name="heatmaps"):
        """The probabilities `float32 [B, h, w, K]` that the last stack of an output holds as logits."""
        return ops.sigmoid(ops.cast(outputs[name][:, -1], "float32"))

    def peaks(self, maps):
        """The middle of the highest cell of each map `[B, h, w, K]`: `(x, y, score)` `[B, K, 1, 3]`."""
        cells, scores = part_peaks.peaks(maps, 1, 0)
        return ops.concatenate([self._points(cells), scores[..., None]], axis=-1)

    def decode(self, outputs):
        """outputs → candidates `(x, y, score)` `[B, K, 1, 3]`; of several people as `part_groups.group` takes them."""
        number = self.max_detections if self.several else 1
        cells, scores = part_peaks.peaks(self.maps(outputs), number, math.ceil(self.nms_radius))
        return self.look(outputs, cells, scores)

    def look(self, outputs, cells, scores):
        """Candidates, as of `decode`, at given cells int `[B, K, M]` (`row * w + column`) with scores `[B, K, M]`."""
        middles = self._points(cells)
        points = middles
        if "locref" in self.fields:
            points = points + part_peaks.gather(outputs["locref"][:, -1], cells) * self.locref_stdev
        found = [points, scores[..., None]]
        if self.several:
            found += [middles, self._offsets(outputs, cells)]
        return ops.concatenate(found, axis=-1)

    def whose(self, keypoints):
        """Whose keypoint each cell is close to, of people `[B, N, K, 3]`: int `[B, h * w, K]`, -1 for nobody's."""
        stride, radius = self.stride, self.pos_dist_thresh
        close, person = disc_targets.nearest(ops.cast(keypoints, "float32"), self.map_size, stride, radius)
        return ops.where(close, person, -1)

    def group(self, candidates):
        if not self.several:
            return super().group(candidates)
        terms = self.terms or PairwiseTerms((), (), ())
        return by_multicut.group(candidates, terms, min_score=self.det_min_score, stages=self.stages)

    def get_config(self):
        kept = ("image_size", "stride", "several", "pos_dist_thresh", "locref_stdev", "weigh_only_present_joints")
        kept += ("nms_radius", "det_min_score", "max_detections", "stages")
        terms = self.terms and self.terms.to_dict()
        return {**{name: getattr(self, name) for name in kept}, "outputs": self.fields, "terms": terms}

    def _heat_weights(self, people, keypoints, close):
        weights = ops.ones_like(close)
        if self.weigh_only_present_joints:
            present = ops.any(keypoints[..., 2] > 0, axis=1)
            weights = weights * ops.cast(present, "float32")[:, None]
        if "ignore" in people:
            learnt = 1 - ops.cast(people["ignore"], "float32")
            weights = weights * ops.reshape(learnt, (-1, close.shape[1], 1))
        return self._maps(weights)

    def _maps(self, values):
        """`[B, h * w, ...]` → `[B, 1, h, w, ...]`."""
        return ops.reshape(values, (-1, 1, *self.map_size, *values.shape[2:]))

    def _statistics(self, name):
        """Mean and deviation of the offsets of an output, in input pixels."""
        if name == "locref":
            return 0.0, self.locref_stdev
        return self.terms.means.astype("float32"), self.terms.deviations.astype("float32")

    def _points(self, cells):
        """Middles of cells int `[..., M]`: `(x, y)` `[..., M, 2]` in input pixels."""
        w = self.map_size[1]
        points = ops.cast(ops.stack([cells % w, cells // w], axis=-1), "float32")
        return points * self.stride + (self.stride - 1) / 2

    def _offsets(self, outputs, cells):
        """Predicted offsets from cells int `[B, K, M]` to every keypoint: `[B, K, M, 2K]`; 0 where nothing is known."""
        k, m = cells.shape[1:]
        if not self.terms or not len(self.terms.pairs):
            return ops.zeros_like(ops.cast(cells, "float32"))[..., None] + np.zeros(2 * k, "float32")
        a = ops.convert_to_tensor(self.terms.pairs[:, 0].astype("int32"))
        mean, deviation = self._statistics("pairwise")
        found = ops.zeros_like(ops.cast(ops.take(cells, a, axis=1), "float32"))[..., None] + mean[:, None]
        if "pairwise" in self.fields:
            found = (
                found + part_peaks.gather(outputs["pairwise"][:, -1], ops.take(cells, a, axis=1)) * deviation[:, None]
            )
        framed = ops.pad(found, [(0, 0), (0, 1), (0, 0), (0, 0)])
        table = ops.convert_to_tensor(self.terms.table(k).reshape(-1).astype("int32"))
        found = ops.reshape(ops.take(framed, table, axis=1), (-1, k, k, m, 2))
        return ops.reshape(ops.transpose(found, (0, 1, 3, 2, 4)), (-1, k, m, 2 * k))
