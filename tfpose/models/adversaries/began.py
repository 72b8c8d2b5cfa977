"""Autoencoding discriminator of heatmaps with a boundary equilibrium (BEGAN), as in Chou et al. 2017.

Self adversarial training (https://arxiv.org/abs/1707.02439) takes the equilibrium from Berthelot et al. 2017
(https://arxiv.org/abs/1703.10717), section 3.4.
"""

import keras
from keras import ops

from tfpose.models.adversaries.adversary import Adversary, map_height, masked, thumbnails

THROUGH = ("output", "both")


class BalancedAdversary(Adversary):
    """A discriminator that learns to reconstruct the true heatmaps of an image, and not those of the generator.

    With E(m) the squared reconstruction error of maps m, summed over the cells, it minimises
    `E(true) - k_t * E(found)`, and the generator minimises `E(found)`. After every training step
    `k_t += lambda_k * (gamma * E(true) - E(found))`, clipped to 0 and 1. The papers average the errors over the cells;
    with 4096 cells k_t then moves 4096 times more slowly, which is hardly at all.

    Args:
        codec: Codec of the generator; the discriminator sees the last stack of its output `heatmaps`
            `[B, S, h, w, K]`.
        network: The discriminator, which `autoencoder` builds.
        weight: Weight of the adversarial loss in the generator's loss.
        warm_up: Training steps over which this weight rises linearly from 0.
        lr: Learning rate of the discriminator's Adam; 0 for the paper's 8e-5.
        gamma: Ratio E(found) / E(true) at the equilibrium; larger values give the generator more freedom.
        lambda_k: Learning rate of k_t.
        through: Path of the generator's gradient: through the discriminator's `"output"` alone, as in the paper, or
            `"both"`: also through the maps that the output is compared with, as in a later PyTorch version.

    Raises:
        ValueError: If `through` is unknown.
    """

    def __init__(self, codec, network, *, weight=1e-4, warm_up=0, lr=0.0, gamma=0.5, lambda_k=1e-3, through="output"):
        if through not in THROUGH:
            raise ValueError(f"Unknown `through`. Received: {through!r}. Known: {', '.join(THROUGH)}.")
        metrics = ("true_error", "found_error", "k_t", "balance", "convergence")
        super().__init__(codec, weight=weight, warm_up=warm_up, metrics=metrics)
        self.gamma = gamma
        self.lambda_k = lambda_k
        self.through = through
        self.k_t = self.add_scalar("k_t")
        self.add_discriminator(network, keras.optimizers.Adam(lr or 8e-5), ["reconstruction"])
        self.built = True

    def discriminator_inputs(self, images, people, encoded, outputs):
        targets, weights = (values["heatmaps"][:, 0] for values in encoded)
        inputs = {
            "images": thumbnails(images, self.codec.stride),
            "weights": ops.cast(weights, "float32"),
            "true": masked(targets, weights),
            "found": masked(outputs["heatmaps"][:, -1], weights),
        }
        return {name: ops.stop_gradient(value) for name, value in inputs.items()}

    def discriminator_loss(self, update, inputs):
        true, found = (self._error(inputs, inputs[name], inputs[name]) for name in ("true", "found"))
        count = ops.cast(ops.shape(inputs["true"])[0], "float32")
        metrics = {"true_error": (true, count), "found_error": (found, count)}
        return true - self.k_t * found, metrics

    def generator_loss(self, inputs, outputs):
        found = masked(outputs["heatmaps"][:, -1], inputs["weights"])
        loss = self._error(inputs, found, found if self.through == "both" else ops.stop_gradient(found))
        count = ops.cast(ops.shape(found)[0], "float32")
        return loss, {"adversarial_loss": (loss, count), "map_height": map_height(found, inputs["true"])}

    def update(self, metrics):
        balance = self.gamma * metrics["true_error"] - metrics["found_error"]
        self.k_t.assign(ops.clip(self.k_t + self.lambda_k * balance, 0.0, 1.0))
        convergence = metrics["true_error"] + ops.abs(balance)
        super().update({**metrics, "k_t": self.k_t, "balance": balance, "convergence": convergence})

    def warnings(self, logs):
        found = super().warnings(logs)
        if logs["k_t"] > 0.99:
            found["balance"] = (
                f"k_t has reached its maximum ({logs['k_t']:.2g}): the discriminator reconstructs the generator's "
                f"heatmaps (error {logs['found_error']:.3g}) too easily, compared with true ones "
                f"({logs['true_error']:.3g}). Raise --lr_d, or lower `gamma`."
            )
        return found

    def _error(self, inputs, maps, target):
        """Squared error of reconstructing maps, summed over the cells and averaged over the maps."""
        seen = ops.concatenate([inputs["images"], maps], axis=-1)
        reconstructed = self.networks["discriminator"](seen, training=True)
        error = ops.square(masked(reconstructed, inputs["weights"]) - target)
        return ops.mean(ops.sum(error, axis=(1, 2)))


def autoencoder(size, maps, build, stacks, features, depth, stem=0):
    """Builds the discriminator, stacked hourglasses: image and maps `[B, h, w, 3 + K]` → maps `[B, h, w, K]`.

    Args:
        size: `(h, w)` of the maps, in cells.
        maps: K, the number of maps.
        build: `Residuals`, which say how many residual modules stand at each position of an hourglass.
        stacks: Number of hourglasses: one in the paper's own code, as many as the generator's in another.
        features: Channels.
        depth: Number of times an hourglass halves its maps.
        stem: Channels of the layers before the hourglasses; 0 for half of `features`, as in the paper.
    """
    stem = stem or features // 2
    inputs = keras.Input((*size, 3 + maps), name="images_and_maps")
    x = build.activated(build.conv(inputs, stem // 2, 3, "stem_conv"), "stem")
    for i, n in enumerate((stem, stem, features), start=1):
        x = build.residual(x, n, f"stem_residual{i}")
    return keras.Model(inputs, build.stacks(x, stacks, maps, depth)[-1], name="discriminator")
