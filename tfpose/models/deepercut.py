"""DeeperCut and ArtTrack, Insafutdinov et al. 2016 (https://arxiv.org/abs/1605.03170) and 2017 (…/1612.01465)."""

import keras
from keras import layers

from tfpose.codecs import PartFieldCodec
from tfpose.codecs.grouping.matlab_pairwise import read
from tfpose.codecs.grouping.pairwise import unknown
from tfpose.losses.offsets import OFFSET_LOSSES, SigmoidCrossEntropy
from tfpose.models.pair_graphs import pair_graph, stages
from tfpose.models.pose_model import PoseModel
from tfpose.models.trunks import pyramid
from tfpose.models.trunks.dilated import DILATIONS, Dilated


@keras.saving.register_keras_serializable("tfpose")
class DeeperCut(PoseModel):
    """A dilated ImageNet classifier that predicts, in every cell, which keypoints are close, and the offsets to them.

    Input: RGB images `uint8 [B, H, W, 3]`. Outputs: those of `PartFieldCodec` at stride 8 (or 4, with another trunk),
    and `intermediate`, which has the targets of `heatmaps` and comes from an earlier layer.

    Args:
        skeleton: The `Skeleton` whose K keypoints are to be found.
        image_size: Height and width of the network's input, in pixels; padded with black to multiples of 16; for
            several people multiples of 8.
        backbone: Classifier of the paper's trunk, dilated in its last block; the papers have a ResNet.
        weights: Weights of the classifier: a file, imagenet (downloaded once by Keras), or random, the default.
        several: Whether several people are found, or the one person who is shown.
        pairwise: Whether offsets from each keypoint to the others of the same person are predicted.
        graph: Pairs of keypoints with such offsets: full, sparse (fewer, faster), or a list of pairs.
        staged: Whether people are grouped in stages (head, arms, legs), which is faster with many detections.
        intermediate: Whether an earlier layer is trained on the heatmaps too: the middle one of stride 16.
        frozen_statistics: Whether batch normalisation of the classifier keeps its statistics; by default if it has
            weights.
        weight_decay: Weight of half the squared norm of the convolution kernels in the loss.
        locref_loss_weight: Weight of location refinement in the loss; published is 0.05.
        pairwise_loss_weight: Weight of the pairwise offsets in the loss; published is 0.05.
        terms: Pairwise terms: a `PairwiseTerms`, a dict of its arrays, or a file, `pairwise.npz` or the reference's
            `pairwise_stats.mat`; by default statistics of the training people.
        pos_dist_thresh: Distance up to which a cell is close to a keypoint, in input pixels; published is 17.
        locref_stdev: Offset that location refinement represents as 1, in input pixels.
        weigh_only_present_joints: Whether heatmaps of keypoints that nobody in the image has count nothing in the loss.
        nms_radius: Radius within which only the best detection is taken, in cells.
        det_min_score: Lowest score of a detection.
        max_detections: Maximum number of detections of each keypoint.
        trunk: Network before the heads: paper, the dilated `backbone`; or the name of an ImageNet backbone, with a
            decoder.
        stride: Stride of the maps if the trunk has a decoder, in pixels: 8, or 4, which is finer and slower.
        frozen_blocks: Number of first blocks of a trunk with decoder that are not trained.
    """

    LOSSES = OFFSET_LOSSES
    SEVERAL = True

    def __init__(
        self, skeleton, image_size=(400, 400), *, backbone="resnet101", weights=None, several=True, pairwise=True,
        graph="full", staged=False, intermediate=True, frozen_statistics=None, weight_decay=0.0,
        locref_loss_weight=0.05, pairwise_loss_weight=0.05, terms=None, pos_dist_thresh=17.0, locref_stdev=7.2801,
        weigh_only_present_joints=False, nms_radius=3.0, det_min_score=0.2, max_detections=20, trunk="paper", stride=8,
        frozen_blocks=0, name=None,
    ):  # fmt: skip
        _check(image_size, backbone, several)
        frozen_statistics = weights not in (None, "", "random") if frozen_statistics is None else frozen_statistics
        network = pyramid.chosen(
            Dilated(backbone, weights, weight_decay, frozen_statistics), trunk, weights=weights, stride=stride,
            frozen_blocks=frozen_blocks, frozen_statistics=frozen_statistics, weight_decay=weight_decay,
        )  # fmt: skip
        given = terms is not None
        terms = (read(terms) if isinstance(terms, str) else terms) if given else unknown(pair_graph(skeleton, graph))
        outputs = ["heatmaps", "locref", *["pairwise"] * pairwise, *["intermediate"] * intermediate]
        codec = PartFieldCodec(
            image_size, network.stride, outputs, several=several, terms=terms,
            stages=stages(skeleton) if staged else (), pos_dist_thresh=pos_dist_thresh, locref_stdev=locref_stdev,
            nms_radius=nms_radius, weigh_only_present_joints=weigh_only_present_joints, det_min_score=det_min_score,
            max_detections=max_detections,
        )  # fmt: skip
        images = keras.Input((*image_size, 3), dtype="uint8", name="images")
        k, p = len(skeleton), len(codec.terms.pairs)
        shapes = {"heatmaps": (k,), "locref": (k, 2), "pairwise": (p, 2), "intermediate": (k,)}
        heads = {name: _head(codec.map_size, shapes[name], weight_decay, name) for name in outputs}
        super().__init__(images, {name: maps[0] for name, maps in network(images, heads).items()}, name=name)

        self.codec = codec
        self.skeleton = skeleton
        self.given_terms = given
        self.set_trunk(network)

    def default_loss(self):
        return self.named_loss("huber")

    def named_loss(self, name):
        """The loss of each output; `LOSSES` are ways to compare offsets."""
        offsets = {
            head: self.LOSSES[name](weight=self.config[f"{head}_loss_weight"]) for head in ("locref", "pairwise")
        }
        return {head: offsets.get(head, SigmoidCrossEntropy()) for head in self.output}

    @property
    def learns_statistics(self):
        return not self.given_terms

    def learn_statistics(self, people):
        keypoints = people["keypoints"]
        self.codec.learn_terms(keypoints.reshape(-1, *keypoints.shape[2:]), self.skeleton.flip)
        terms = self.codec.terms
        return {"pairs": terms.pairs, "means": terms.means, "deviations": terms.deviations}

    def has_statistics_of(self, other):
        return isinstance(other, DeeperCut) and other.codec.terms.pairs.tolist() == self.codec.terms.pairs.tolist()

    def adopt(self, other):
        if self.has_statistics_of(other):
            self.codec.terms = other.codec.terms

    def keypoint_channels(self):
        names = self.skeleton.keypoints
        pairs = [(f"{names[a]}–{names[b]}",) for a, b in self.codec.terms.pairs]
        labels = dict.fromkeys(("heatmaps", "intermediate"), [(name,) for name in names])
        labels |= {"locref": [(name, axis) for name in names for axis in "xy"]}
        labels |= {"pairwise": [(*pair, axis) for pair in pairs for axis in "xy"]}
        return {(f"{name}_head", "outputs"): labels[name] for name in self.output}

    def get_config(self):
        return {**super().get_config(), "terms": self.codec.terms.to_dict()}

    @classmethod
    def from_config(cls, config):
        graph = config["graph"]
        if isinstance(config.get("terms"), str):  # `get_config` writes the terms themselves.
            raise ValueError(f"`terms` of a saved model must be numbers, not a file. Received: {config['terms']!r}.")
        return super().from_config(
            {**config, "graph": graph if isinstance(graph, str) else [tuple(pair) for pair in graph]}
        )


def _head(map_size, shape, weight_decay, name):
    """A head: features → `float32 [B, 1, h, w, *shape]`.

    One transposed convolution 3x3, which doubles features of twice the stride, cut to the cells of the image.
    """
    channels = shape[0] * (shape[1] if len(shape) > 1 else 1)
    regularizer = keras.regularizers.L2(weight_decay / 2) if weight_decay else None

    def head(x, _):
        doubled = 1 if x.shape[1] >= map_size[0] and x.shape[2] >= map_size[1] else 2
        x = layers.Conv2DTranspose(
            channels, 3, doubled, padding="same", kernel_regularizer=regularizer, dtype="float32", name=f"{name}_head"
        )(x)
        return layers.Reshape((1, *map_size, *shape), dtype="float32")(x[:, : map_size[0], : map_size[1]])

    return head


def _check(image_size, backbone, several):
    if backbone not in DILATIONS:
        raise ValueError(f"Unknown `backbone`. Received: {backbone!r}. Known: {', '.join(DILATIONS)}.")
    if several and any(n % 8 for n in image_size):
        raise ValueError(f"For several people `image_size` must be multiples of 8. Received: {tuple(image_size)}.")
