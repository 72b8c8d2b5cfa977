"""Part detector with spatial model, Tompson, Jain, LeCun and Bregler 2014 (https://arxiv.org/abs/1406.2984).

Layers and sizes are those of joint-cnn-mrf, a later reproduction of the paper with three banks.
"""

import keras
import numpy as np
from keras import ops

from tfpose.codecs import DistributionCodec
from tfpose.codecs.distribution import middle, spatial_softmax
from tfpose.losses import heatmaps
from tfpose.models.layers.spatial_model import SpatialModel
from tfpose.models.pairwise_prior import pairwise_prior
from tfpose.models.pose_model import PoseModel
from tfpose.models.star_graph import star_graph
from tfpose.models.trunks import pyramid
from tfpose.models.trunks.multi_resolution import Convolutions, MultiResolution, convolution

TORSOS = ("predicted", "box", "truth", "none")
GRAPHS = ("full", "star")
GAIN = 10.0  # Factor of the spatial model; on FLIC it finds 67 instead of 66 % of the wrists (r = 20) after 250 steps.


@keras.saving.register_keras_serializable("tfpose")
class PartDetector(PoseModel):
    """A convolutional network that predicts a distribution per keypoint, and a graphical model over all keypoints.

    Input: RGB images `uint8 [B, H, W, 3]`; with `use_sm` and a `torso` of `"box"` or `"truth"` a dict of `images` and
    `torso` `[B, 2]`, its centre `(x, y)` in input pixels. Output: logits over the cells, `heatmaps` `[B, 1, h, w, K]`;
    with `use_sm` these are the spatial model's, `part_heatmaps` are the detector's, and a predicted torso is `torso`
    `[B, 1, h, w, 1]`.

    Args:
        skeleton: The `Skeleton` whose K keypoints are to be found.
        image_size: Height and width of the network's input, in pixels; padded with black to multiples of the stride.
        use_sm: Whether the spatial model follows the detector.
        torso: Source of the torso position for the spatial model: predicted, a map of the detector; box, the centre of
            the annotated torso box; truth, the mean of the annotated shoulders and hips; none.
        graph: Pairs of keypoints that the spatial model relates: full, every ordered pair; star, along the limbs.
        banks: Resolutions of the paper's trunk: copies of the network on the image, its half, its quarter, and so on.
        lcn: Whether the paper's trunk normalises each image to its local contrast first, as in the paper.
        filters: Channels of the paper's trunk: the four convolutions of a bank, and the one after their sum.
        kernels: Kernel sizes of these five, and of the last one, which gives the maps (1 with a backbone).
        pools: Poolings in a bank of the paper's trunk; the stride of its maps is 2 * 2**pools.
        sigma: Standard deviation of the target Gaussians, in cells; 1 suits maps of stride 4.
        refinement: How decoding finds positions within a cell, see `codecs.peaks.locate`.
        weight_decay: Weight of half the squared norm of the convolution kernels in the loss.
        method: Convolution in the spatial model: fft, or conv for runtimes without Fourier transform.
        initial_bias: Rectified bias of the spatial model's messages before training; 0: that of joint-cnn-mrf. 1 suits
            a good detector, whose maps the messages else change for the worse at first.
        trunk: Network before the heads: paper, or the name of an ImageNet backbone, which has a decoder.
        weights: Weights of the backbone: a file, imagenet (downloaded once by Keras), or random.
        stride: Stride of the maps with a backbone, in pixels: 4, or 8, which is faster and coarser.
        frozen_blocks: Number of first blocks of the backbone that are not trained; 4 of MobileNetV2 save a third of the
            time of a step.
        frozen_statistics: Whether batch normalisation of the backbone keeps its statistics; by default if it has
            weights.
    """

    LOSSES = heatmaps.DISTRIBUTION_LOSSES
    WIDTHS = ("filters",)

    def __init__(
        self, skeleton, image_size=(480, 720), *, use_sm=False, torso="predicted", graph="full", banks=3, lcn=False,
        filters=(64, 128, 256, 512, 512), kernels=(5, 5, 5, 9, 9, 9), pools=2, sigma=0.707,
        refinement="blurred_parabola", weight_decay=0.0, method="fft", initial_bias=0.0, trunk="paper",
        weights="random", stride=4, frozen_blocks=0, frozen_statistics=None, name=None,
    ):  # fmt: skip
        _check(skeleton, use_sm, torso, graph, filters, kernels)
        paper = MultiResolution(Convolutions(filters, kernels[:-1], weight_decay), banks, lcn, pools)
        network = pyramid.chosen(
            paper, trunk, weights=weights, stride=stride, frozen_blocks=frozen_blocks,
            frozen_statistics=frozen_statistics, weight_decay=weight_decay,
        )  # fmt: skip
        own = "part_heatmaps" if use_sm else "heatmaps"
        predicted, given = use_sm and torso == "predicted", use_sm and torso in ("box", "truth")
        codec = DistributionCodec(
            image_size, network.stride, sigma, skeleton.torso if predicted else (), sorted({"heatmaps", own}),
            refinement=refinement,
        )  # fmt: skip
        inputs = {"images": keras.Input((*image_size, 3), dtype="uint8", name="images")}
        kernel = kernels[-1] if network is paper else 1  # A backbone's decoder has a large receptive field already.
        heads = {own: _head(len(skeleton), kernel, weight_decay, "parts")}
        if predicted:
            heads["torso"] = _head(1, kernel, weight_decay, "torso_map")
        outputs = {key: maps[0] for key, maps in network(inputs["images"], heads).items()}
        if given:
            inputs["torso"] = keras.Input((2,), dtype="float32", name="torso")
        if use_sm:
            pairs = star_graph(skeleton.keypoints, torso != "none") if graph == "star" else None
            options = {"method": method, "gain": GAIN, "initial_bias": initial_bias, "name": "spatial_model"}
            spatial = SpatialModel(len(skeleton), graph=pairs, **options)
            outputs["heatmaps"] = spatial(_nodes(codec, inputs, outputs))
        outputs = {key: maps[:, None] for key, maps in outputs.items()}
        super().__init__(inputs if given else inputs["images"], outputs, name=name)

        self.codec = codec
        self.skeleton = skeleton
        self.torso = torso if use_sm else "none"
        self.set_trunk(network)

    @property
    def spatial_model(self):
        """The `SpatialModel` layer, or none."""
        return self.get_layer("spatial_model") if "part_heatmaps" in self.output else None

    def default_loss(self):
        return dict.fromkeys(self.output, heatmaps.SpatialCrossEntropy())

    def network_inputs(self, images, people):
        if self.torso in ("predicted", "none"):
            return images
        torso = people["torso"] if self.torso == "box" else middle(people["keypoints"][:, 0], self.skeleton.torso)
        return {"images": images, "torso": torso[:, 0, :2]}

    @property
    def learns_statistics(self):
        return self.spatial_model is not None

    def learn_statistics(self, people):
        keypoints = people["keypoints"][:, 0]
        if self.torso != "none":
            torso = (
                people["torso"] if self.torso == "box" else ops.convert_to_numpy(middle(keypoints, self.skeleton.torso))
            )
            keypoints = np.concatenate([keypoints, torso], axis=1)
        mirrored = (keypoints * [-1, 1, 1])[:, [*self.skeleton.flip, *range(len(self.skeleton), keypoints.shape[1])]]
        everyone = np.concatenate([keypoints, mirrored])
        prior = pairwise_prior(everyone, self.spatial_model.pairs, self.codec.map_size, self.codec.stride)
        self.spatial_model.set_prior(prior)
        return {"prior": prior, "pairs": self.spatial_model.pairs}

    def has_statistics_of(self, other):
        return getattr(other, "spatial_model", None) is not None

    @property
    def node_names(self):
        """Names of the nodes of the spatial model: the keypoints, and the torso if it is one."""
        return (*self.skeleton.keypoints, *["torso"] * (self.torso != "none"))

    def keypoint_channels(self):
        return {("parts", "outputs"): [(name,) for name in self.skeleton.keypoints]}

    def freeze(self, stage):
        if stage != "joint" and not self.spatial_model:
            raise ValueError(f"`stages` other than joint need `use_sm`. Received: {stage!r}.")
        for layer in self.layers:
            spatial = layer is self.spatial_model
            layer.trainable = stage == "joint" or spatial == (stage == "spatial")
        self.trunk.freeze(self)
        learned = {"detector": {"part_heatmaps", "torso"}, "spatial": {"heatmaps"}, "joint": set(self.output)}[stage]
        return tuple(name for name in self.output if name in learned)

    def pictures(self):
        found = {}
        if self.config["trunk"] == pyramid.PAPER:
            filters = ops.convert_to_numpy(self.get_layer("bank1_conv1").kernel)
            found["first filters"] = np.moveaxis(filters, -1, 0)[None]
        if self.spatial_model and self.config["graph"] == "full":
            energies = ops.convert_to_numpy(self.spatial_model.energies)
            found["pairwise energies"] = energies.reshape(len(self.skeleton), -1, *energies.shape[1:], 1)
        return found

    @classmethod
    def from_config(cls, config):
        # Files written before there was a choice keep their decoding.
        return super().from_config({"refinement": "parabola", **config})


def _head(channels, kernel, weight_decay, name):
    """A head: features → logits `float32 [B, h, w, channels]`."""
    return lambda x, _: convolution(channels, kernel, weight_decay, dtype="float32", name=name)(x)


def _nodes(codec, inputs, outputs):
    """Inputs of the spatial model: probabilities of the keypoints, and of the torso if it is known."""
    nodes = [spatial_softmax(outputs["part_heatmaps"])]
    if "torso" in outputs:
        nodes.append(spatial_softmax(outputs["torso"]))
    if "torso" in inputs:
        nodes.append(codec.draw(inputs["torso"][:, None]))
    return ops.concatenate(nodes, axis=-1)


def _check(skeleton, use_sm, torso, graph, filters, kernels):
    for name, value, known in (("torso", torso, TORSOS), ("graph", graph, GRAPHS)):
        if value not in known:
            raise ValueError(f"Unknown `{name}`. Received: {value!r}. Known: {', '.join(known)}.")
    if use_sm and torso != "none" and not skeleton.torso:
        raise ValueError(
            "A torso needs a skeleton with shoulders or hips; pass `torso='none'`. "
            f"Received: `torso={torso!r}` and {', '.join(skeleton.keypoints)}."
        )
    if len(filters) != 5 or len(kernels) != 6:
        raise ValueError(f"`filters` must be 5 and `kernels` 6 numbers. Received: {filters} and {kernels}.")
