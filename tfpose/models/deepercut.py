"""DeeperCut and ArtTrack, Insafutdinov et al. 2016 (https://arxiv.org/abs/1605.03170) and 2017 (…/1612.01465)."""

import dataclasses

import keras
from keras import layers

from tfpose.codecs import PartFieldCodec
from tfpose.codecs.grouping.matlab_pairwise import read
from tfpose.codecs.grouping.pairwise import unknown
from tfpose.losses.offsets import OFFSET_LOSSES, SigmoidCrossEntropy
from tfpose.models.pair_graphs import pair_graph, stages
from tfpose.models.pose_model import PoseModel
from tfpose.models.trunks.backbones import BACKBONES, STRIDE
from tfpose.skeletons import Skeleton


@keras.saving.register_keras_serializable("tfpose")
class DeeperCut(PoseModel):
    """A classifier of ImageNet that says, in every cell, which keypoints are close, and where.

    Input: RGB images `uint8 [B, H, W, 3]`. Outputs, at stride 8: those of `PartFieldCodec`, and `intermediate`, which
    learns what `heatmaps` learns, from an earlier layer.

    Args:
        skeleton: The `Skeleton` whose K keypoints are to be found.
        image_size: `(H, W)`, padded with black to multiples of 16; for several people multiples of 8.
        backbone: One of `BACKBONES`. A ResNet is dilated in its last block, and is what the papers have.
        weights: Of the backbone: a file; `"imagenet"`, which Keras downloads once to its cache; or `"random"`, or none.
        several: Whether it finds several people, or one.
        pairwise: Whether it says where the other keypoints of the same person are.
        graph: Which pairs of keypoints, see `pair_graph`.
        staged: Whether people are grouped in stages, see `pair_graphs.stages`: faster where there are many detections.
        intermediate: Whether an earlier layer learns too: the middle one of the backbone's last blocks of stride 16.
        frozen_statistics: Whether batch normalisation keeps the means and variances of the weights. By default if there
            are weights.
        locref_loss_weight: Of location refinement in the loss; published is 0.05.
        pairwise_loss_weight: Of the pairwise offsets in the loss; published is 0.05.
        weight_decay: Weight of half the squared norm of the convolution kernels in the loss.
        terms: A `PairwiseTerms`, a dict of its arrays, or a file, `pairwise.npz` or the reference's
            `pairwise_stats.mat`; these pairs are taken then. By default statistics are learnt from the training people.
        pos_dist_thresh, locref_stdev, weigh_only_present_joints, nms_radius, det_min_score, max_detections: See
            `PartFieldCodec`.
    """

    LOSSES = OFFSET_LOSSES
    SEVERAL = True

    def __init__(
        self, skeleton, image_size=(400, 400), *, backbone="resnet101", weights=None, several=True, pairwise=True,
        graph="full", staged=False, intermediate=True, frozen_statistics=None, weight_decay=0.0,
        locref_loss_weight=0.05, pairwise_loss_weight=0.05, terms=None, pos_dist_thresh=17.0, locref_stdev=7.2801,
        weigh_only_present_joints=False, nms_radius=3.0, det_min_score=0.2, max_detections=20, name=None,
    ):  # fmt: skip
        _check(image_size, backbone, several)
        weights = None if weights in ("", "random") else weights
        frozen_statistics = bool(weights) if frozen_statistics is None else frozen_statistics
        given = terms is not None
        terms = (read(terms) if isinstance(terms, str) else terms) if given else unknown(pair_graph(skeleton, graph))
        heads = ["heatmaps", "locref", *["pairwise"] * pairwise, *["intermediate"] * intermediate]
        fields = {
            "pos_dist_thresh": pos_dist_thresh, "locref_stdev": locref_stdev, "nms_radius": nms_radius,
            "weigh_only_present_joints": weigh_only_present_joints, "det_min_score": det_min_score,
            "max_detections": max_detections,
        }  # fmt: skip
        groups = stages(skeleton) if staged else ()
        codec = PartFieldCodec(image_size, STRIDE // 2, heads, several=several, terms=terms, stages=groups, **fields)
        images = keras.Input((*image_size, 3), dtype="uint8", name="images")
        features = _features(images, backbone, weights, weight_decay, frozen_statistics)
        k, p = len(skeleton), len(codec.terms.pairs)
        shapes = {"heatmaps": (k,), "locref": (k, 2), "pairwise": (p, 2), "intermediate": (k,)}
        outputs = {
            head: _head(features[head == "intermediate"], codec.map_size, shapes[head], weight_decay, head)
            for head in heads
        }
        super().__init__(images, outputs, name=name)

        self.codec = codec
        self.skeleton = skeleton
        self.given_terms = given
        self.config = {
            "skeleton": dataclasses.asdict(skeleton), "image_size": tuple(image_size), "backbone": backbone,
            "several": several, "pairwise": pairwise, "graph": graph, "staged": staged,
            "intermediate": intermediate, "frozen_statistics": frozen_statistics, "weight_decay": weight_decay,
            "locref_loss_weight": locref_loss_weight, "pairwise_loss_weight": pairwise_loss_weight, **fields,
        }  # fmt: skip

    def default_loss(self):
        return self.named_loss("huber")

    def named_loss(self, name):
        """The loss of each output; the name, one of `LOSSES`, is how offsets are compared."""
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

    def adopt(self, other):
        if isinstance(other, DeeperCut) and other.codec.terms.pairs.tolist() == self.codec.terms.pairs.tolist():
            self.codec.terms = other.codec.terms

    def get_config(self):
        return {**self.config, "terms": self.codec.terms.to_dict(), "name": self.name}

    @classmethod
    def from_config(cls, config):
        graph = config["graph"]
        config = {**config, "graph": graph if isinstance(graph, str) else [tuple(pair) for pair in graph]}
        return cls(**{**config, "skeleton": Skeleton.from_dict(config["skeleton"])})


def _features(images, backbone, weights, weight_decay, frozen_statistics):
    """Those of the last layer, and those of an earlier one."""
    margins = [(0, -n % STRIDE) for n in images.shape[1:3]]
    padded = layers.ZeroPadding2D(margins, name="padding")(images)
    options = {"weights": weights, "weight_decay": weight_decay, "frozen_statistics": frozen_statistics}
    return BACKBONES[backbone](padded, **options)


def _head(x, map_size, shape, weight_decay, name):
    """One transposed convolution to twice the size, cut to the cells of the image: `float32 [B, 1, h, w, *shape]`."""
    channels = shape[0] * (shape[1] if len(shape) > 1 else 1)
    regularizer = keras.regularizers.L2(weight_decay / 2) if weight_decay else None
    x = layers.Conv2DTranspose(
        channels, 3, 2, padding="same", kernel_regularizer=regularizer, dtype="float32", name=f"{name}_head"
    )(x)
    return layers.Reshape((1, *map_size, *shape), dtype="float32")(x[:, : map_size[0], : map_size[1]])


def _check(image_size, backbone, several):
    if backbone not in BACKBONES:
        raise ValueError(f"Unknown `backbone`. Received: {backbone!r}. Known: {', '.join(BACKBONES)}.")
    if several and any(n % (STRIDE // 2) for n in image_size):
        raise ValueError(f"For several people `image_size` must be multiples of 8. Received: {tuple(image_size)}.")
