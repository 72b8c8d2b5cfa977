"""The two discriminators of Adversarial PoseNet, pose and confidence, and the labels they are trained on.

Chen et al. 2017 (https://arxiv.org/abs/1705.00389), section 3.2.
"""

import keras
from keras import ops

from tfpose.models.adversaries import discriminators
from tfpose.models.adversaries.adversary import Adversary, map_height, masked, thumbnails

ADVERSARIES = {"both": ("pose", "confidence"), "pose": ("pose",), "confidence": ("confidence",), "none": ()}
CONFIDENCES = {"encoder_decoder": discriminators.encoder_decoder, "plain": discriminators.plain}
TORSO_SHARE = 0.25  # Typical length of the torso in a box around a person, as a fraction of the input's height.


class TwoDiscriminators(Adversary):
    """Discriminators that classify the maps of each keypoint as true or not: from image and maps, or from maps alone.

    A keypoint found by the generator is labelled true for the pose discriminator if it lies nearer than `delta` to the
    annotated one, and for the confidence discriminator if its map differs less than `epsilon` from the target.

    Args:
        codec: Codec of the generator, with outputs `heatmaps` and `occlusions`; the last stack is classified.
        skeleton: The `Skeleton` of the keypoints.
        loss_weights: Weight of each discriminator in the generator's loss, by its name: `pose`, `confidence`.
        confidence: Network of the confidence discriminator: `"encoder_decoder"`, the paper's, or `"plain"`.
        features: Channels of the discriminators.
        depth: Number of times an encoder halves its maps.
        delta: Largest distance, as a fraction of the torso's length; where the torso is not annotated, of a quarter of
            the input's height.
        epsilon: Largest L2 distance between two maps, relative to the target's norm: an empty map has distance 1.
        once: Whether a discriminator is updated once on true and found maps together, rather than once on each.
        minimax: Whether the generator maximises the discriminators' loss, as the paper writes. By default it minimises
            the loss of being classified as true, as the public codes do: a correct keypoint then has no gradient
            towards being classified as wrong.
        warm_up: Training steps over which the weights rise linearly from 0.
        lr: Learning rate of the discriminators' RMSprop.

    Raises:
        ValueError: If `confidence` is unknown.
    """

    def __init__(
        self, codec, skeleton, loss_weights, *, confidence="encoder_decoder", features=128, depth=4, delta=0.2,
        epsilon=0.5, once=False, minimax=False, warm_up=0, lr=2.5e-4,
    ):  # fmt: skip
        if confidence not in CONFIDENCES:
            raise ValueError(f"Unknown `confidence`. Received: {confidence!r}. Known: {', '.join(CONFIDENCES)}.")
        kinds = ("true_accuracy", "found_accuracy", "found_true", "true_loss", "found_loss")
        metrics = [f"{name}_{kind}" for name in loss_weights for kind in kinds]
        super().__init__(codec, weight=1.0, warm_up=warm_up, metrics=metrics)
        self.loss_weights = dict(loss_weights)
        self.reference = skeleton.indices(skeleton.reference) if skeleton.reference else None
        self.delta = delta
        self.epsilon = epsilon
        self.minimax = minimax
        k = len(skeleton)
        for name in loss_weights:
            kind = discriminators.encoder_decoder if name == "pose" else CONFIDENCES[confidence]
            network = kind((*codec.map_size, 2 * k + 3 * (name == "pose")), k, features, depth, name=name)
            updates = (f"{name}: all",) if once else (f"{name}: found", f"{name}: true")
            self.add_discriminator(network, keras.optimizers.RMSprop(lr), updates)
        self.built = True

    def discriminator_inputs(self, images, people, encoded, outputs):
        targets, weights = encoded
        weights = weights["heatmaps"][:, 0]
        keypoints = ops.cast(people["keypoints"][:, 0], "float32")
        found = self.codec.decode(outputs)[:, :, 0, :2]
        inputs = {
            "images": thumbnails(images, self.codec.stride),
            "weights": weights,
            "true": joined({name: maps[:, 0] for name, maps in targets.items()}, weights),
            "found": joined({name: maps[:, -1] for name, maps in outputs.items()}, weights),
            "pose": distances(found, keypoints, self.lengths(keypoints)) < self.delta,
            "confidence": differences(outputs["heatmaps"][:, -1], targets["heatmaps"][:, 0]) < self.epsilon,
        }
        inputs |= {name: ops.cast(inputs[name], "float32") for name in ADVERSARIES["both"]}
        return {name: ops.stop_gradient(value) for name, value in inputs.items()}

    def discriminator_loss(self, update, inputs):
        name, _, which = update.partition(": ")
        parts = ("found", "true") if which == "all" else (which,)
        n, weights, count = len(parts), inputs["weights"], ops.sum(inputs["weights"])
        labels = {"found": inputs[name], "true": ops.ones_like(inputs[name])}
        images, maps = ops.tile(inputs["images"], (n, 1, 1, 1)), ops.concatenate([inputs[part] for part in parts])
        losses, metrics = {}, {}
        for part, logits in zip(parts, ops.split(self._logits(name, images, maps), n), strict=True):
            losses[part] = _cross_entropy(labels[part], logits, weights)
            correct = ops.cast((logits > 0) == (labels[part] > 0.5), "float32")
            metrics[f"{name}_{part}_accuracy"] = _mean(correct, weights), count
            metrics[f"{name}_{part}_loss"] = losses[part], ops.ones(())
        if "found" in parts:
            metrics[f"{name}_found_true"] = _mean(inputs[name], weights), count
        return sum(losses.values()), metrics

    def generator_loss(self, inputs, outputs):
        found = joined({name: maps[:, -1] for name, maps in outputs.items()}, inputs["weights"])
        loss = 0.0
        for name, weight in self.loss_weights.items():
            logits = self._logits(name, inputs["images"], found)
            labels = inputs[name] if self.minimax else ops.ones_like(logits)
            loss += (-weight if self.minimax else weight) * _cross_entropy(labels, logits, inputs["weights"])
        heatmaps, true = (maps[..., : inputs["weights"].shape[-1]] for maps in (found, inputs["true"]))
        return loss, {"adversarial_loss": (loss, ops.ones(())), "map_height": map_height(heatmaps, true)}

    def warnings(self, logs):
        found = super().warnings(logs)
        for name in self.loss_weights:
            true, false, share = (logs[f"{name}_{kind}"] for kind in ("true_accuracy", "found_accuracy", "found_true"))
            if min(true, false) > 0.99:
                found[f"{name} saturated"] = (
                    f"The {name} discriminator makes no mistakes (accuracy {true:.1%} on true maps and {false:.1%} on "
                    f"the generator's, of which {share:.1%} are labelled true), so its gradient vanishes. Lower --lr_d."
                )
        return found

    def _logits(self, name, images, maps):
        """Logits `[B, K]` of the maps `[B, h, w, 2K]` being true."""
        seen = ops.concatenate([images, maps], axis=-1) if name == "pose" else maps
        return ops.cast(self.networks[name](seen, training=True), "float32")

    def lengths(self, keypoints):
        """Unit of distances, `[B]` pixels: the torso's length in `[B, K, 3]`, or its typical length in the input."""
        share = TORSO_SHARE * self.codec.image_size[0] * ops.ones_like(keypoints[:, 0, 0])
        if self.reference is None:
            return share
        a, b = (keypoints[:, i] for i in self.reference)
        length = ops.norm(a[:, :2] - b[:, :2], axis=-1)
        return ops.where((a[:, 2] > 0) & (b[:, 2] > 0) & (length > 0), length, share)


def distances(found, true, lengths):
    """Distances `[B, K]` of found points `[B, K, 2]` from true ones `[B, K, 2+]`, in units of `lengths` `[B]`."""
    return ops.norm(found - true[..., :2], axis=-1) / lengths[:, None]


def differences(found, true):
    """L2 distances `[B, K]` of found maps `[B, h, w, K]` from true ones, relative to the norms of the latter."""
    difference, norm = (ops.sum(ops.square(maps), axis=(1, 2)) for maps in (found - true, true))
    return ops.sqrt(difference / ops.maximum(norm, 1e-7))


def joined(maps, weights):
    """Heatmaps, then occlusion maps, `[B, h, w, 2K]`; 0 for keypoints that are not annotated: `weights` `[B, K]`."""
    return ops.concatenate([masked(maps[name], weights) for name in ("heatmaps", "occlusions")], axis=-1)


def _cross_entropy(labels, logits, weights):
    """Binary cross-entropy, weighted and averaged over all keypoints; not annotated ones have weight 0."""
    return ops.mean(ops.binary_crossentropy(labels, logits, from_logits=True) * weights)


def _mean(values, weights):
    return ops.sum(values * weights) / ops.maximum(ops.sum(weights), 1.0)
