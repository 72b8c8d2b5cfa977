"""Associative embedding with self adversarial training: a public PyTorch code of both papers."""

import keras

from tfpose.models.adversaries.adversarial_model import AdversarialModel
from tfpose.models.adversaries.began import BalancedAdversary, autoencoder
from tfpose.models.associative_embedding import AssociativeEmbedding
from tfpose.models.layers.residual import Residuals
from tfpose.models.trunks.trunk import check_size


@keras.saving.register_keras_serializable("tfpose")
class SelfAdversarialEmbedding(AdversarialModel, AssociativeEmbedding):
    """Stacked hourglasses that detect and tag keypoints of several people, trained against a discriminator of heatmaps.

    Images and outputs are those of `AssociativeEmbedding`. The discriminator (Chou, Chien and Chen 2017,
    https://arxiv.org/abs/1707.02439) learns to reconstruct true heatmaps well and the generator's badly; it is used in
    training only. Ignored cells are masked for it, and it is not shown the tags.

    Args:
        skeleton: The `Skeleton` whose K keypoints are to be found.
        image_size: Height and width of the network's input, in pixels; multiples of `4 * 2**depth` and of
            `4 * 2**discriminator_depth`.
        adversary: Whether to train against the discriminator; without it this is an `AssociativeEmbedding`.
        discriminator_stacks: Hourglasses of the discriminator.
        discriminator_features: Channels of the discriminator.
        discriminator_stem: Channels of the discriminator's layers before its hourglasses.
        discriminator_depth: Number of times an hourglass of the discriminator halves its maps.
        lambda_g: Weight of the adversarial loss relative to the heatmap loss; both are sums over the cells.
        adversarial_weight: Factor on this weight.
        warm_up: Training steps over which this weight rises linearly from 0.
        lr_d: Learning rate of the discriminator; 0 for the reference's 8e-5.
        gamma, lambda_k, through: See `BalancedAdversary`.
        **options: Arguments of `AssociativeEmbedding`, for the generator.
    """

    WIDTHS = ("features", "growth", "discriminator_features", "discriminator_stem")

    def __init__(
        self, skeleton, image_size=(512, 512), *, adversary=True, discriminator_stacks=4, discriminator_features=128,
        discriminator_stem=128, discriminator_depth=4, lambda_g=1e-4, adversarial_weight=1.0, warm_up=0, lr_d=0.0,
        gamma=0.5, lambda_k=1e-3, through="both", **options,
    ):  # fmt: skip
        super().__init__(skeleton, image_size, **options)
        if not adversary:
            return
        check_size(image_size, self.codec.stride * 2**discriminator_depth)
        sizes = discriminator_stacks, discriminator_features, discriminator_depth, discriminator_stem
        network = autoencoder(self.codec.map_size, len(skeleton), Residuals(1), *sizes)
        weight, equilibrium = adversarial_weight * lambda_g, {"gamma": gamma, "lambda_k": lambda_k, "through": through}
        self.set_adversary(
            BalancedAdversary(self.codec, network, weight=weight, warm_up=warm_up, lr=lr_d, **equilibrium)
        )
