"""Part detector with spatial model, Tompson, Jain, LeCun and Bregler 2014 (https://arxiv.org/abs/1406.2984).

Layers and sizes are those of joint-cnn-mrf, a later reproduction of the paper with three banks.
"""

import dataclasses

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
from tfpose.models.trunks.multi_resolution import Convolutions, features
from tfpose.skeletons import Skeleton

TORSOS = ("predicted", "box", "truth", "none")
GRAPHS = ("full", "star")
GAIN = 10.0  # Of the spatial model; on FLIC it then finds 67 instead of 66 % of the wrists (r = 20) after 250 steps.


@keras.saving.register_keras_serializable("tfpose")
class PartDetector(PoseModel):
    """A convolutional network on several resolutions, and a graphical model over what it finds.

    Input: RGB images `uint8 [B, H, W, 3]`; with `use_sm` and a `torso` of `"box"` or `"truth"` a dict of `images` and
    `torso` `[B, 2]`, its middle `(x, y)` in input pixels. Output: logits over the cells, `heatmaps` `[B, 1, h, w, K]`;
    with `use_sm` these are the spatial model's, `part_heatmaps` are the detector's, and a predicted torso is `torso`
    `[B, 1, h, w, 1]`.

    Args:
        skeleton: The `Skeleton` whose K keypoints are to be found.
        image_size: `(H, W)`. Padded with black to multiples of the stride.
        use_sm: Whether the spatial model follows the detector.
        torso: Where the spatial model hears of the torso: `"predicted"`, one more map of the detector's; `"box"`, the
            middle of the torso box; `"truth"`, the mean of the true shoulders and hips; `"none"`, not at all.
        graph: `"full"` (every ordered pair of keypoints) or `"star"` (along the limbs), for the spatial model.
        banks: Copies of the network, with their own weights, on the image, its half, its quarter, and so on.
        lcn: Whether every bank's image is first normalised to its local contrast, as in the paper.
        filters: Channels of the four convolutions of a bank, and of the one after their sum.
        kernels: Sizes of these five, and of the last one, which gives the maps.
        pools: Poolings of a bank: the stride of the maps is `2 * 2**pools`.
        sigma: Spread of the targets, in cells.
        refinement: How decoding finds positions within a cell, see `codecs.peaks.locate`.
        weight_decay: Weight of half the squared norm of the convolution kernels in the loss.
        method: How the spatial model convolves: `"fft"`, or `"conv"` for runtimes without Fourier transform.
    """

    LOSSES = heatmaps.DISTRIBUTION_LOSSES
    WIDTHS = ("filters",)

    def __init__(
        self, skeleton, image_size=(480, 720), *, use_sm=False, torso="predicted", graph="full", banks=3, lcn=False,
        filters=(64, 128, 256, 512, 512), kernels=(5, 5, 5, 9, 9, 9), pools=2, sigma=0.707,
        refinement="blurred_parabola", weight_decay=0.0, method="fft", name=None,
    ):  # fmt: skip
        _check(skeleton, use_sm, torso, graph, filters, kernels)
        own = "part_heatmaps" if use_sm else "heatmaps"
        predicted, told = use_sm and torso == "predicted", use_sm and torso in ("box", "truth")
        torso_of = skeleton.torso if predicted else ()
        named = sorted({"heatmaps", own})
        codec = DistributionCodec(image_size, 2 * 2**pools, sigma, torso_of, named, refinement=refinement)
        conv = Convolutions(filters, kernels, weight_decay)
        inputs = {"images": keras.Input((*image_size, 3), dtype="uint8", name="images")}
        x = features(inputs["images"], codec, conv, banks=banks, lcn=lcn, pools=pools)
        outputs = {own: conv.maps(x, len(skeleton), name="parts")}
        if predicted:
            outputs["torso"] = conv.maps(x, 1, name="torso_map")
        if told:
            inputs["torso"] = keras.Input((2,), dtype="float32", name="torso")
        if use_sm:
            pairs = star_graph(skeleton.keypoints, torso != "none") if graph == "star" else None
            spatial = SpatialModel(len(skeleton), graph=pairs, method=method, gain=GAIN, name="spatial_model")
            outputs["heatmaps"] = spatial(_nodes(codec, inputs, outputs))
        outputs = {key: maps[:, None] for key, maps in outputs.items()}
        super().__init__(inputs if told else inputs["images"], outputs, name=name)

        self.codec = codec
        self.skeleton = skeleton
        self.torso = torso if use_sm else "none"
        self.config = {
            "skeleton": dataclasses.asdict(skeleton), "image_size": image_size, "use_sm": use_sm, "torso": torso,
            "graph": graph, "banks": banks, "lcn": lcn, "filters": filters, "kernels": kernels, "pools": pools,
            "sigma": sigma, "refinement": refinement, "weight_decay": weight_decay, "method": method,
        }  # fmt: skip

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

    def freeze(self, stage):
        if stage != "joint" and not self.spatial_model:
            raise ValueError(f"`stages` other than joint need `use_sm`. Received: {stage!r}.")
        for layer in self.layers:
            spatial = layer is self.spatial_model
            layer.trainable = stage == "joint" or spatial == (stage == "spatial")
        learned = {"detector": {"part_heatmaps", "torso"}, "spatial": {"heatmaps"}, "joint": set(self.output)}[stage]
        return tuple(name for name in self.output if name in learned)

    def pictures(self):
        filters = ops.convert_to_numpy(self.get_layer("bank1_conv1").kernel)
        found = {"first filters": np.moveaxis(filters, -1, 0)[None]}
        if self.spatial_model and self.config["graph"] == "full":
            energies = ops.convert_to_numpy(self.spatial_model.energies)
            found["pairwise energies"] = energies.reshape(len(self.skeleton), -1, *energies.shape[1:], 1)
        return found

    def get_config(self):
        return {**self.config, "name": self.name}

    @classmethod
    def from_config(cls, config):
        # Files written before there was a choice decode as they did then.
        return cls(**{"refinement": "parabola", **config, "skeleton": Skeleton.from_dict(config["skeleton"])})


def _nodes(codec, inputs, outputs):
    """What the spatial model listens to: probabilities of the keypoints, and of the torso if it is known."""
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
