"""Adversarial PoseNet, Chen et al. 2017 (https://arxiv.org/abs/1705.00389).

Layers and sizes of the generator are those of a public reproduction of the paper.
"""

import keras
from keras import layers

from tfpose.codecs import HeatmapCodec
from tfpose.losses import heatmaps
from tfpose.models.adversaries.adversarial_model import AdversarialModel
from tfpose.models.adversaries.pose_and_confidence import ADVERSARIES, TwoDiscriminators
from tfpose.models.hourglass import stacked
from tfpose.models.layers.instance_residual import InstanceResiduals
from tfpose.models.pose_model import PoseModel
from tfpose.models.trunks import pyramid
from tfpose.models.trunks.paired_hourglass import PairedHourglasses
from tfpose.models.trunks.trunk import check_size

UPDATES = ("paper", "once")
# The logit of 0.02, the mean of a target map. Maps that begin at one half collapse to empty ones in the first steps.
EMPTY = -4.0


@keras.saving.register_keras_serializable("tfpose")
class AdversarialPoseNet(AdversarialModel, PoseModel):
    """Stacked hourglasses that find keypoints and which of them are occluded, trained against two discriminators.

    Input: RGB images `uint8 [B, H, W, 3]`. Outputs: `heatmaps` and `occlusions`, each `[B, S, h, w, K]`, from 0 to 1;
    the latter are empty where a keypoint is visible. The discriminators are used in training only; maps of keypoints
    that are not annotated are masked for them.

    Args:
        skeleton: The `Skeleton` whose K keypoints are to be found.
        image_size: Height and width of the network's input, in pixels; multiples of `4 * 2**depth`.
        stacks: Number of stacks in the paper's trunk, each of an hourglass for the heatmaps and one for the occlusions.
        features: Channels of the paper's trunk.
        modules: Residual modules at each position of an hourglass.
        depth: Number of times an hourglass halves its maps, in the discriminators too.
        sigma: Standard deviation of the target Gaussians, in cells.
        refinement: Decoding below a cell: quarter, a quarter of a cell; dark, to the peak of a fitted Gaussian; none.
        weight_decay: Weight of half the squared norm of the generator's convolution kernels in the loss.
        adversaries: Discriminators to train against: both, pose, confidence, or none.
        confidence: See `TwoDiscriminators`.
        discriminator_features: Channels of the discriminators.
        delta: See `TwoDiscriminators`.
        epsilon: See `TwoDiscriminators`.
        alpha: Weight of the confidence discriminator relative to half the error summed over the keypoints, as in the
            paper.
        beta: Weight of the pose discriminator, relative to the same.
        adversarial_weight: Factor on both weights.
        warm_up: Training steps over which both weights rise linearly from 0.
        lr_d: Learning rate of the discriminators; 0 for the paper's 2.5e-4.
        updates: Updates in a training step. `"paper"`: the generator without adversarial loss, each discriminator on
            found and then on true maps, the generator with adversarial loss. `"once"`: each discriminator on both,
            then the generator with adversarial loss; half the work.
        minimax: See `TwoDiscriminators`.
        trunk: Network before the heads: paper, or the name of an ImageNet backbone, which has a decoder.
        weights: Weights of the backbone: a file, imagenet (downloaded once by Keras), or random.
        stride: Stride of the maps with a backbone, in pixels: 4, or 8, which is faster and coarser.
        frozen_blocks: Number of first blocks of the backbone that are not trained.
        frozen_statistics: Whether batch normalisation of the backbone keeps its statistics; by default if it has
            weights.

    Raises:
        ValueError: If the size is not such a multiple, or a choice is unknown.
    """

    LOSSES = heatmaps.BOUNDED_LOSSES
    WIDTHS = ("features", "discriminator_features")

    def __init__(
        self, skeleton, image_size=(256, 256), *, stacks=4, features=512, modules=2, depth=4, sigma=1.0,
        refinement="quarter", weight_decay=0.0, adversaries="both", confidence="encoder_decoder",
        discriminator_features=128, delta=0.2, epsilon=0.5, alpha=1 / 220, beta=1 / 180, adversarial_weight=1.0,
        warm_up=0, lr_d=0.0, updates="paper", minimax=False, trunk="paper", weights="random", stride=4,
        frozen_blocks=0, frozen_statistics=None, name=None,
    ):  # fmt: skip
        _check(adversaries, updates)
        build = InstanceResiduals(modules, weight_decay)
        network = pyramid.chosen(
            PairedHourglasses(build, stacks, features, depth), trunk, weights=weights, stride=stride,
            frozen_blocks=frozen_blocks, frozen_statistics=frozen_statistics, weight_decay=weight_decay,
        )  # fmt: skip
        network.check(image_size)
        images = keras.Input((*image_size, 3), dtype="uint8", name="images")
        heads = {kind: _head(build, kind, len(skeleton)) for kind in ("heatmaps", "occlusions")}
        outputs = {kind: stacked(maps) for kind, maps in network(images, heads).items()}
        super().__init__(images, outputs, name=name)

        self.codec = HeatmapCodec(image_size, network.stride, sigma, occlusion=True, refinement=refinement)
        self.skeleton = skeleton
        self.set_trunk(network)
        if adversaries != "none":
            check_size(image_size, network.stride * 2**depth)
            # Our loss is the mean over the keypoints, the paper's half the sum; both discriminators' are means here.
            weights = {"pose": 2 * adversarial_weight * beta, "confidence": 2 * adversarial_weight * alpha}
            adversary = TwoDiscriminators(
                self.codec, skeleton, {name: weights[name] for name in ADVERSARIES[adversaries]},
                confidence=confidence, features=discriminator_features, depth=depth, delta=delta, epsilon=epsilon,
                once=updates == "once", minimax=minimax, warm_up=warm_up, lr=lr_d or 2.5e-4,
            )  # fmt: skip
            self.set_adversary(adversary)
            self.updates_per_step = 2 if updates == "paper" else 1

    def default_loss(self):
        return dict.fromkeys(self.output, heatmaps.HeatmapError())

    def keypoint_channels(self):
        labels, stacks = [(name,) for name in self.skeleton.keypoints], self.output["heatmaps"].shape[1]
        return {(f"stack{i}_{kind}", "outputs"): labels for i in range(1, stacks + 1) for kind in self.output}


def _head(build, kind, keypoints):
    """A head: features and the name of a stack → maps `[B, h, w, K]` from 0 to 1."""

    def head(y, name):
        maps = build.conv(y, keypoints, 1, f"{name}_{kind}", bias=EMPTY)
        return layers.Activation("sigmoid", dtype="float32", name=f"{name}_{kind}_bounded")(maps)

    return head


def _check(adversaries, updates):
    for name, value, known in (("adversaries", adversaries, ADVERSARIES), ("updates", updates, UPDATES)):
        if value not in known:
            raise ValueError(f"Unknown `{name}`. Received: {value!r}. Known: {', '.join(known)}.")
