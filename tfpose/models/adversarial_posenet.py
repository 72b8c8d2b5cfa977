"""Adversarial PoseNet, Chen et al. 2017 (https://arxiv.org/abs/1705.00389).

Layers and sizes of the generator are those of a public reproduction of the paper.
"""

import dataclasses

import keras
from keras import layers

from tfpose.codecs import HeatmapCodec
from tfpose.losses import heatmaps
from tfpose.models.adversaries.adversarial_model import AdversarialModel
from tfpose.models.adversaries.pose_and_confidence import ADVERSARIES, TwoDiscriminators
from tfpose.models.hourglass import STRIDE, check_size, stacked
from tfpose.models.layers.instance_residual import InstanceResiduals
from tfpose.models.pose_model import PoseModel
from tfpose.skeletons import Skeleton

UPDATES = ("paper", "once")
EMPTY = -4.0  # The logit of 0.02, what a map holds on average: maps that begin at a half die in the first steps.


@keras.saving.register_keras_serializable("tfpose")
class AdversarialPoseNet(AdversarialModel, PoseModel):
    """Stacked hourglasses that find keypoints and which of them are occluded, trained against two discriminators.

    Input: RGB images `uint8 [B, H, W, 3]`. Outputs: `heatmaps` and `occlusions`, each `[B, S, h, w, K]`, from 0 to 1;
    the latter are empty where a keypoint is visible. The discriminators are used in training only; maps of keypoints
    that are not annotated are masked for them.

    Args:
        skeleton: The `Skeleton` whose K keypoints are to be found.
        image_size: `(H, W)`, multiples of `4 * 2**depth`.
        stacks: S; each is an hourglass for the heatmaps and one for the occlusions.
        features: Channels.
        modules: Residual modules at each place of an hourglass.
        depth: How often an hourglass halves its maps, in the discriminators too.
        sigma: Spread of the targets, in cells.
        refinement: How decoding goes below a cell, see `HeatmapCodec`.
        weight_decay: Weight of half the squared norm of the generator's convolution kernels in the loss.
        adversaries: `"both"`, `"pose"`, `"confidence"`, or `"none"`.
        confidence: See `TwoDiscriminators`.
        judge_features: Channels of the discriminators.
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

    Raises:
        ValueError: If the size does not halve, or a choice is unknown.
    """

    LOSSES = heatmaps.BOUNDED_LOSSES
    WIDTHS = ("features", "judge_features")

    def __init__(
        self, skeleton, image_size=(256, 256), *, stacks=4, features=512, modules=2, depth=4, sigma=1.0,
        refinement="quarter", weight_decay=0.0, adversaries="both", confidence="encoder_decoder", judge_features=128,
        delta=0.2, epsilon=0.5, alpha=1 / 220, beta=1 / 180, adversarial_weight=1.0, warm_up=0, lr_d=0.0,
        updates="paper", minimax=False, name=None,
    ):  # fmt: skip
        _check(adversaries, updates)
        check_size(image_size, depth)
        images = keras.Input((*image_size, 3), dtype="uint8", name="images")
        outputs = _generator(images, len(skeleton), InstanceResiduals(modules, weight_decay), stacks, features, depth)
        super().__init__(images, outputs, name=name)

        self.codec = HeatmapCodec(image_size, STRIDE, sigma, occlusion=True, refinement=refinement)
        self.skeleton = skeleton
        self.config = {
            "skeleton": dataclasses.asdict(skeleton), "image_size": image_size, "stacks": stacks, "features": features,
            "modules": modules, "depth": depth, "sigma": sigma, "refinement": refinement, "weight_decay": weight_decay,
            "adversaries": adversaries, "confidence": confidence, "judge_features": judge_features, "delta": delta,
            "epsilon": epsilon, "alpha": alpha, "beta": beta, "adversarial_weight": adversarial_weight,
            "warm_up": warm_up, "lr_d": lr_d, "updates": updates, "minimax": minimax,
        }  # fmt: skip
        if adversaries != "none":
            # Our loss is the mean over the keypoints, the paper's half the sum; both discriminators' are means here.
            weights = {"pose": 2 * adversarial_weight * beta, "confidence": 2 * adversarial_weight * alpha}
            adversary = TwoDiscriminators(
                self.codec, skeleton, {name: weights[name] for name in ADVERSARIES[adversaries]},
                confidence=confidence, features=judge_features, depth=depth, delta=delta, epsilon=epsilon,
                once=updates == "once", minimax=minimax, warm_up=warm_up, lr=lr_d or 2.5e-4,
            )  # fmt: skip
            self.set_adversary(adversary)
            self.updates_per_step = 2 if updates == "paper" else 1

    def default_loss(self):
        return dict.fromkeys(self.output, heatmaps.HeatmapError())

    def get_config(self):
        return {**self.config, "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "skeleton": Skeleton.from_dict(config["skeleton"])})


def _generator(images, keypoints, build, stacks, features, depth):
    """The stacks: each sees the image's features and the maps of the one before."""
    x = build.conv(layers.Rescaling(1 / 255, name="rescaling")(images), 64, 7, "stem_conv", strides=2)
    x = layers.MaxPooling2D(2, name="stem_pool")(build.activated(x, "stem"))
    stem = x = build.residual(build.residual(x, features, "stem_residual1"), features, "stem_residual2")
    found = {"heatmaps": [], "occlusions": []}
    for i in range(1, stacks + 1):
        name = f"stack{i}"
        pose = build.hourglass(x, depth, f"{name}_pose")
        told = layers.Concatenate(name=f"{name}_told")([pose, x])
        occlusion = build.conv(told, x.shape[-1], 1, f"{name}_told_conv")
        occlusion = build.hourglass(occlusion, depth, f"{name}_occlusion")
        for kind, y in zip(found, (pose, occlusion), strict=True):
            maps = build.conv(y, keypoints, 1, f"{name}_{kind}", bias=EMPTY)
            found[kind].append(layers.Activation("sigmoid", dtype="float32", name=f"{name}_{kind}_bounded")(maps))
        x = layers.Concatenate(name=f"{name}_end")([*(maps[-1] for maps in found.values()), stem])
    return {name: stacked(maps) for name, maps in found.items()}


def _check(adversaries, updates):
    for name, value, known in (("adversaries", adversaries, ADVERSARIES), ("updates", updates, UPDATES)):
        if value not in known:
            raise ValueError(f"Unknown `{name}`. Received: {value!r}. Known: {', '.join(known)}.")
