"""Associative embedding with self adversarial training: a public PyTorch code of both papers."""

import keras

from tfpose.models.adversaries.adversarial_model import AdversarialModel
from tfpose.models.adversaries.began import BalancedAdversary
from tfpose.models.associative_embedding import AssociativeEmbedding
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
            `4 * 2**judge_depth`.
        stacks, features, growth, depth, tag_dim, sigma: See `AssociativeEmbedding`.
        max_people, tag_weight, unused, positions, refinement, weight_decay: See `AssociativeEmbedding`.
        adversary: Whether to train against the discriminator; without it this is an `AssociativeEmbedding`.
        judge_stacks: Hourglasses of the discriminator.
        judge_features: Channels of the discriminator.
        judge_stem: Channels of the discriminator's layers before its hourglasses.
        judge_depth: Number of times an hourglass of the discriminator halves its maps.
        lambda_g: Weight of the adversarial loss relative to the heatmap loss; both are sums over the cells.
        adversarial_weight: Factor on this weight.
        warm_up: Training steps over which this weight rises linearly from 0.
        lr_d: Learning rate of the discriminator; 0 for the reference's 8e-5.
        gamma, lambda_k, through: See `BalancedAdversary`.
        trunk, weights, stride, frozen_blocks, frozen_statistics: See `AssociativeEmbedding`.
    """

    WIDTHS = ("features", "growth", "judge_features", "judge_stem")

    def __init__(
        self, skeleton, image_size=(512, 512), *, stacks=4, features=256, growth=128, depth=4, tag_dim=1, sigma=2.0,
        max_people=30, tag_weight=1e-3, unused=0, positions=False, refinement="quarter", weight_decay=0.0,
        adversary=True, judge_stacks=4, judge_features=128, judge_stem=128, judge_depth=4, lambda_g=1e-4,
        adversarial_weight=1.0, warm_up=0, lr_d=0.0, gamma=0.5, lambda_k=1e-3, through="both", trunk="paper",
        weights="random", stride=4, frozen_blocks=0, frozen_statistics=None, name=None,
    ):  # fmt: skip
        super().__init__(
            skeleton, image_size, stacks=stacks, features=features, growth=growth, depth=depth, tag_dim=tag_dim,
            sigma=sigma, max_people=max_people, tag_weight=tag_weight, unused=unused, positions=positions,
            refinement=refinement, weight_decay=weight_decay, trunk=trunk, weights=weights, stride=stride,
            frozen_blocks=frozen_blocks, frozen_statistics=frozen_statistics, name=name,
        )  # fmt: skip
        if adversary:
            check_size(image_size, self.codec.stride * 2**judge_depth)
            adversary = BalancedAdversary(
                self.codec, len(skeleton), stacks=judge_stacks, features=judge_features, modules=1, depth=judge_depth,
                stem=judge_stem, weight=adversarial_weight * lambda_g, warm_up=warm_up, lr=lr_d, gamma=gamma,
                lambda_k=lambda_k, through=through,
            )  # fmt: skip
            self.set_adversary(adversary)
