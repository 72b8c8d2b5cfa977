"""An adversary that repeats heatmaps, balanced against the generator: Chou et al. 2017 and BEGAN.

Self adversarial training (https://arxiv.org/abs/1707.02439) takes the balance from Berthelot et al. 2017
(https://arxiv.org/abs/1703.10717), section 3.4.
"""

import keras
from keras import ops

from tfpose.models.adversaries.adversary import Adversary, height, hide, thumbnails
from tfpose.models.layers.residual import Residuals

THROUGH = ("output", "both")


class BalancedAdversary(Adversary):
    """A network that is to repeat the true heatmaps of an image, and not those of the generator.

    With E(m) the squared error of repeating maps m, summed over the cells, it is to lower `E(true) - k_t * E(found)`,
    and the generator `E(found)`. After every step `k_t += lambda_k * (gamma * E(true) - E(found))`, within 0 and 1. The
    papers' errors are means over the cells, with which 4096 cells move k_t 4096 times more slowly: hardly at all.

    Args:
        codec: The codec of the generator, whose output `heatmaps` `[B, S, h, w, K]` is judged by its last stack.
        maps: K.
        stacks: Hourglasses of the network; one in the paper's own code, as many as the generator's in another.
        features: Channels of the network.
        modules: Residual modules at each place.
        depth: Halvings of an hourglass.
        stem: Channels of the layers before the hourglasses; 0 for half of `features`, as in the paper.
        weight: Of its part in the generator's loss.
        warm_up: Steps over which this weight rises from 0.
        lr: Learning rate of the network, by Adam; 0 for the paper's 8e-5.
        gamma: The E(found) that is aimed at, as part of E(true).
        lambda_k: How fast k_t moves.
        through: Whether the generator is led through the network's `"output"` alone, as in the paper, or also through
            the maps that it is compared with: `"both"`, as in a later PyTorch version.

    Raises:
        ValueError: If `through` is unknown.
    """

    def __init__(
        self, codec, maps, *, stacks=1, features=256, modules=2, depth=4, stem=0, weight=1e-4, warm_up=0, lr=0.0,
        gamma=0.5, lambda_k=1e-3, through="output",
    ):  # fmt: skip
        if through not in THROUGH:
            raise ValueError(f"Unknown `through`. Received: {through!r}. Known: {', '.join(THROUGH)}.")
        measures = ("true_error", "found_error", "k_t", "balance", "convergence")
        super().__init__(codec, weight=weight, warm_up=warm_up, measures=measures)
        self.gamma = gamma
        self.lambda_k = lambda_k
        self.through = through
        self.k_t = self.state("k_t")
        network = repeater(codec.map_size, maps, Residuals(modules), stacks, features, depth, stem)
        self.add(network, keras.optimizers.Adam(lr or 8e-5), ["repeat"])
        self.built = True

    def look(self, images, people, encoded, outputs):
        targets, weights = (values["heatmaps"][:, 0] for values in encoded)
        scene = {
            "images": thumbnails(images, self.codec.stride),
            "weights": ops.cast(weights, "float32"),
            "true": hide(targets, weights),
            "found": hide(outputs["heatmaps"][:, -1], weights),
        }
        return {name: ops.stop_gradient(value) for name, value in scene.items()}

    def teach(self, lesson, scene):
        true, found = (self._error(scene, scene[name], scene[name]) for name in ("true", "found"))
        count = ops.cast(ops.shape(scene["true"])[0], "float32")
        facts = {"true_error": (true, count), "found_error": (found, count)}
        return true - self.k_t * found, facts

    def flatter(self, scene, outputs):
        found = hide(outputs["heatmaps"][:, -1], scene["weights"])
        loss = self._error(scene, found, found if self.through == "both" else ops.stop_gradient(found))
        count = ops.cast(ops.shape(found)[0], "float32")
        return loss, {"adversarial_loss": (loss, count), "map_height": height(found, scene["true"])}

    def conclude(self, facts):
        balance = self.gamma * facts["true_error"] - facts["found_error"]
        self.k_t.assign(ops.clip(self.k_t + self.lambda_k * balance, 0.0, 1.0))
        convergence = facts["true_error"] + ops.abs(balance)
        super().conclude({**facts, "k_t": self.k_t, "balance": balance, "convergence": convergence})

    def worries(self, logs):
        found = super().worries(logs)
        if logs["k_t"] > 0.99:
            found["balance"] = (
                f"k_t has risen to its end ({logs['k_t']:.2g}): the discriminator repeats found heatmaps (error "
                f"{logs['found_error']:.3g}) too easily, beside true ones ({logs['true_error']:.3g}). Raise --lr_d, or "
                "lower `gamma`."
            )
        return found

    def _error(self, scene, shown, expected):
        """Squared error of repeating maps, summed over the cells, and averaged over the maps."""
        repeated = self.networks["judge"](ops.concatenate([scene["images"], shown], axis=-1), training=True)
        error = ops.square(hide(repeated, scene["weights"]) - expected)
        return ops.mean(ops.sum(error, axis=(1, 2)))


def repeater(size, maps, build, stacks, features, depth, stem=0):
    """The network: an image `[B, h, w, 3]` and K maps beside it → maps `[B, h, w, K]`, as stacked hourglasses do."""
    stem = stem or features // 2
    inputs = keras.Input((*size, 3 + maps), name="images_and_maps")
    x = build.activated(build.conv(inputs, stem // 2, 3, "stem_conv"), "stem")
    for i, n in enumerate((stem, stem, features), start=1):
        x = build.residual(x, n, f"stem_residual{i}")
    return keras.Model(inputs, build.stacks(x, stacks, maps, depth)[-1], name="judge")
