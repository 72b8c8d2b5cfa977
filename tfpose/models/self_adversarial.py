"""Self adversarial training, Chou, Chien and Chen 2017 (https://arxiv.org/abs/1707.02439)."""

import keras

from tfpose.models.adversaries.adversarial_model import AdversarialModel
from tfpose.models.adversaries.began import BalancedAdversary, autoencoder
from tfpose.models.hourglass import StackedHourglass
from tfpose.models.layers.residual import Residuals
from tfpose.models.trunks.trunk import check_size


@keras.saving.register_keras_serializable("tfpose")
class SelfAdversarial(AdversarialModel, StackedHourglass):
    """A stacked hourglass trained against a discriminator that reconstructs heatmaps, itself a stacked hourglass.

    Images and outputs are those of `StackedHourglass`. The discriminator learns to reconstruct true heatmaps well and
    the generator's badly; it is used in training only. Keypoints that are not annotated are masked for it.

    Args:
        skeleton: The `Skeleton` whose K keypoints are to be found.
        image_size: Height and width of the network's input, in pixels; multiples of `4 * 2**depth`.
        stacks: Number of hourglasses of the generator, in the paper's trunk.
        features: Channels of the discriminator, and of the generator in the paper's trunk.
        modules: Residual modules at each position of an hourglass, in both networks.
        depth: Number of times an hourglass halves its maps, in both networks.
        adversary: Whether to train against the discriminator; without it this is a `StackedHourglass`.
        discriminator_stacks: Hourglasses of the discriminator: one in the paper's own code; 4, as of the generator, in
            a later one.
        lambda_g: Weight of the adversarial loss relative to the summed losses of all stacks, as in the paper.
        adversarial_weight: Factor on this weight.
        warm_up: Training steps over which this weight rises linearly from 0.
        lr_d: Learning rate of the discriminator; 0 for the paper's 8e-5.
        gamma: See `BalancedAdversary`.
        lambda_k: See `BalancedAdversary`.
        through: See `BalancedAdversary`.
        **options: Further arguments of `StackedHourglass`, for the generator: `sigma`, `refinement`, `weight_decay`,
            `trunk` and those of the trunk.
    """

    def __init__(
        self, skeleton, image_size=(256, 256), *, stacks=4, features=256, modules=2, depth=4, adversary=True,
        discriminator_stacks=1, lambda_g=1e-4, adversarial_weight=1.0, warm_up=0, lr_d=0.0, gamma=0.5, lambda_k=1e-3,
        through="output", **options,
    ):  # fmt: skip
        super().__init__(
            skeleton, image_size, stacks=stacks, features=features, modules=modules, depth=depth, **options
        )
        if not adversary:
            return
        check_size(image_size, self.codec.stride * 2**depth)
        sizes = discriminator_stacks, features, depth
        network = autoencoder(self.codec.map_size, len(skeleton), Residuals(modules), *sizes)
        # The paper's loss is the sum over the stacks, this one the mean.
        weight = adversarial_weight * lambda_g / self.output["heatmaps"].shape[1]
        equilibrium = {"gamma": gamma, "lambda_k": lambda_k, "through": through}
        self.set_adversary(
            BalancedAdversary(self.codec, network, weight=weight, warm_up=warm_up, lr=lr_d, **equilibrium)
        )
