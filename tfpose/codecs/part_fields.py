"""Discs, location refinement and pairwise offsets: DeeperCut and ArtTrack.

Insafutdinov et al. 2016 (https://arxiv.org/abs/1605.03170) and 2017 (https://arxiv.org/abs/1612.01465).
"""

import math

import keras
import numpy as np
from keras import ops

from tfpose.codecs import disc_targets, peaks
from tfpose.codecs.cells import to_pixels
from tfpose.codecs.codec import Codec
from tfpose.codecs.grouping import by_multicut
from tfpose.codecs.grouping.pairwise import PairwiseTerms, measured


@keras.saving.register_keras_serializable("tfpose")
class PartFieldCodec(Codec):
    """Represents people by disc score maps, location refinement, and pairwise offsets.

    `heatmaps` `[B, 1, h, w, K]` are logits of the probability that a keypoint lies within `pos_dist_thresh` of the
    cell. `locref` `[B, 1, h, w, K, 2]` is the offset from the cell's centre to that keypoint, in units of
    `locref_stdev`. `pairwise` `[B, 1, h, w, P, 2]` is, for each ordered pair `(a, b)` and in cells close to a, the
    offset to the same person's b, normalised as (offset - mean) / standard deviation.

    Args:
        image_size: `(height, width)` of the network input, in pixels. The maps have `ceil(size / stride)` cells.
        stride: Input pixels per cell.
        outputs: Names of the network's outputs: `heatmaps`, and others with the same targets; `locref`; `pairwise`.
        several: Whether several people are found in an image, or one.
        terms: A `PairwiseTerms`, or a dict of its arrays; without, nothing relates the keypoints of a person.
        pos_dist_thresh: Radius of the discs, in input pixels.
        locref_stdev: Unit of `locref`, in input pixels.
        weigh_only_present_joints: Whether the heatmaps of keypoints that nobody in the image has are without loss.
        nms_radius: Radius of non-maximum suppression, in cells.
        det_min_score: Minimum score of a detection.
        max_detections: M, maximum number of detections of each keypoint.
        stages: Tuples of keypoints that are grouped one after the other, see `grouping.by_multicut.group`.

    Raises:
        ValueError: If `outputs` lack heatmaps, or name pairwise without `terms`.
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
        """Sets the pairwise means and deviations to those of people `[N, K, 3]` in input pixels.

        Logistic models, which were fitted to the old ones, are dropped.
        """
        self.terms = measured(keypoints, flip, self.terms.pairs)

    def encode(self, people):
        """Returns targets and weights by output, as described for the class.

        Args:
            people: dict with `keypoints` `[B, N, K, 3]`, in input pixels, and optionally `ignore` `[B, h, w]`, 1 in
                cells without loss, and `annotated` `[B, K]`, 0 for keypoints whose heatmaps are without loss.
        """
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
        """The centre of the highest cell of each map `[B, h, w, K]`: `(x, y, score)` `[B, K, 1, 3]`."""
        cells, scores = peaks.best_cells(maps, 1, 0)
        return ops.concatenate([self._points(cells), scores[..., None]], axis=-1)

    def decode(self, outputs):
        """Returns candidates `(x, y, score)` `[B, K, 1, 3]`; of several, those of `grouping.by_multicut.group`."""
        number = self.max_detections if self.several else 1
        cells, scores = peaks.best_cells(self.maps(outputs), number, math.ceil(self.nms_radius))
        return self.candidates_at(outputs, cells, scores)

    def candidates_at(self, outputs, cells, scores):
        """Candidates, as of `decode`, at given cells int `[B, K, M]` (`row * w + column`) with scores `[B, K, M]`."""
        centres = self._points(cells)
        points = centres
        if "locref" in self.fields:
            points = points + peaks.gather(outputs["locref"][:, -1], cells) * self.locref_stdev
        found = [points, scores[..., None]]
        if self.several:
            found += [centres, self._offsets(outputs, cells)]
        return ops.concatenate(found, axis=-1)

    def person_of_cells(self, keypoints):
        """Index of the person whose keypoint is close to each cell: people `[B, N, K, 3]` → int `[B, h * w, K]`.

        -1 where no keypoint is close.
        """
        stride, radius = self.stride, self.pos_dist_thresh
        close, person = disc_targets.nearest(ops.cast(keypoints, "float32"), self.map_size, stride, radius)
        return ops.where(close, person, -1)

    def group(self, candidates):
        if not self.several:
            return super().group(candidates)
        terms = self.terms or PairwiseTerms((), (), ())
        return by_multicut.group(candidates, terms, min_score=self.det_min_score, stages=self.stages)

    def get_config(self):
        return {**super().get_config(), "outputs": self.fields, "terms": self.terms and self.terms.to_dict()}

    def _heat_weights(self, people, keypoints, close):
        weights = ops.ones_like(close)
        if self.weigh_only_present_joints:
            present = ops.any(keypoints[..., 2] > 0, axis=1)
            weights = weights * ops.cast(present, "float32")[:, None]
        if "ignore" in people:
            learnt = 1 - ops.cast(people["ignore"], "float32")
            weights = weights * ops.reshape(learnt, (-1, close.shape[1], 1))
        if "annotated" in people:
            weights = weights * ops.cast(people["annotated"], "float32")[:, None]
        return self._maps(weights)

    def _maps(self, values):
        """`[B, h * w, ...]` → `[B, 1, h, w, ...]`."""
        return ops.reshape(values, (-1, 1, *self.map_size, *values.shape[2:]))

    def _statistics(self, name):
        """Mean and standard deviation of the offsets of an output, in input pixels."""
        if name == "locref":
            return 0.0, self.locref_stdev
        return self.terms.means.astype("float32"), self.terms.deviations.astype("float32")

    def _points(self, cells):
        """Centres of cells int `[..., M]`: `(x, y)` `[..., M, 2]` in input pixels."""
        w = self.map_size[1]
        return to_pixels(ops.cast(ops.stack([cells % w, cells // w], axis=-1), "float32"), self.stride)

    def _offsets(self, outputs, cells):
        """Predicted offsets from cells int `[B, K, M]` to every keypoint: `[B, K, M, 2K]`; 0 without terms."""
        k, m = cells.shape[1:]
        if not self.terms or not len(self.terms.pairs):
            return ops.zeros_like(ops.cast(cells, "float32"))[..., None] + np.zeros(2 * k, "float32")
        a = ops.convert_to_tensor(self.terms.pairs[:, 0].astype("int32"))
        mean, deviation = self._statistics("pairwise")
        found = ops.zeros_like(ops.cast(ops.take(cells, a, axis=1), "float32"))[..., None] + mean[:, None]
        if "pairwise" in self.fields:
            found = found + peaks.gather(outputs["pairwise"][:, -1], ops.take(cells, a, axis=1)) * deviation[:, None]
        framed = ops.pad(found, [(0, 0), (0, 1), (0, 0), (0, 0)])
        table = ops.convert_to_tensor(self.terms.table(k).reshape(-1).astype("int32"))
        found = ops.reshape(ops.take(framed, table, axis=1), (-1, k, k, m, 2))
        return ops.reshape(ops.transpose(found, (0, 1, 3, 2, 4)), (-1, k, m, 2 * k))
