"""The adversary of Adversarial PoseNet: one discriminator of poses, one of confidence, and what they are told is false.

Chen et al. 2017 (https://arxiv.org/abs/1705.00389), section 3.2.
"""

import keras
from keras import ops

from tfpose.models.adversaries import discriminators
from tfpose.models.adversaries.adversary import Adversary, height, hide, thumbnails

ADVERSARIES = {"both": ("pose", "confidence"), "pose": ("pose",), "confidence": ("confidence",), "none": ()}
CONFIDENCES = {"encoder_decoder": discriminators.encoder_decoder, "plain": discriminators.plain}
TORSO_SHARE = 0.25  # Of the input's height: about what the torso takes of a box that holds a person.


class TwoDiscriminators(Adversary):
    """Networks that tell for each keypoint whether its maps are true: by image and maps, or by the maps alone.

    What the generator finds counts as true for the pose discriminator where it lies nearer than `delta` to the
    keypoint, and for the confidence discriminator where its map differs less than `epsilon` from the target.

    Args:
        codec: The codec of the generator, with outputs `heatmaps` and `occlusions`; their last stack is judged.
        skeleton: The `Skeleton` of the keypoints.
        judges: Weight of each discriminator in the generator's loss, by its name: `pose`, `confidence`.
        confidence: Network of the confidence discriminator: `"encoder_decoder"`, the paper's, or `"plain"`.
        features: Channels of the discriminators.
        depth: Halvings of an encoder.
        delta: Largest distance, in lengths of the torso; where the torso is not known, of a quarter of the input.
        epsilon: Largest distance between two maps, in norms of the target: an empty map is 1 away.
        once: Whether a discriminator learns true and found maps in one update rather than in two.
        minimax: Whether the generator maximises what the discriminators minimise, as the paper writes; by default it
            is to find what they call true, as the public codes do: a right keypoint then never gains by looking wrong.
        warm_up: Steps over which the weights rise from 0.
        lr: Learning rate of the discriminators, by RMSprop.

    Raises:
        ValueError: If `confidence` is unknown.
    """

    def __init__(
        self, codec, skeleton, judges, *, confidence="encoder_decoder", features=128, depth=4, delta=0.2, epsilon=0.5,
        once=False, minimax=False, warm_up=0, lr=2.5e-4,
    ):  # fmt: skip
        if confidence not in CONFIDENCES:
            raise ValueError(f"Unknown `confidence`. Received: {confidence!r}. Known: {', '.join(CONFIDENCES)}.")
        kinds = ("true_accuracy", "found_accuracy", "found_true", "true_loss", "found_loss")
        measures = [f"{judge}_{kind}" for judge in judges for kind in kinds]
        super().__init__(codec, weight=1.0, warm_up=warm_up, measures=measures)
        self.weights_of = dict(judges)
        self.reference = skeleton.indices(skeleton.reference) if skeleton.reference else None
        self.delta = delta
        self.epsilon = epsilon
        self.minimax = minimax
        k = len(skeleton)
        for judge in judges:
            kind = discriminators.encoder_decoder if judge == "pose" else CONFIDENCES[confidence]
            network = kind((*codec.map_size, 2 * k + 3 * (judge == "pose")), k, features, depth, name=judge)
            lessons = (f"{judge}: all",) if once else (f"{judge}: found", f"{judge}: true")
            self.add(network, keras.optimizers.RMSprop(lr), lessons)
        self.built = True

    def look(self, images, people, encoded, outputs):
        targets, weights = encoded
        weights = weights["heatmaps"][:, 0]
        keypoints = ops.cast(people["keypoints"][:, 0], "float32")
        found = self.codec.decode(outputs)[:, :, 0, :2]
        scene = {
            "images": thumbnails(images, self.codec.stride),
            "weights": weights,
            "true": shown({name: maps[:, 0] for name, maps in targets.items()}, weights),
            "found": shown({name: maps[:, -1] for name, maps in outputs.items()}, weights),
            "pose": distances(found, keypoints, self.lengths(keypoints)) < self.delta,
            "confidence": differences(outputs["heatmaps"][:, -1], targets["heatmaps"][:, 0]) < self.epsilon,
        }
        scene |= {judge: ops.cast(scene[judge], "float32") for judge in ADVERSARIES["both"]}
        return {name: ops.stop_gradient(value) for name, value in scene.items()}

    def teach(self, lesson, scene):
        judge, _, which = lesson.partition(": ")
        parts = ("found", "true") if which == "all" else (which,)
        n, weights, count = len(parts), scene["weights"], ops.sum(scene["weights"])
        truths = {"found": scene[judge], "true": ops.ones_like(scene[judge])}
        logits = self._judge(judge, ops.tile(scene["images"], (n, 1, 1, 1)), ops.concatenate([scene[p] for p in parts]))
        losses, facts = {}, {}
        for part, z in zip(parts, ops.split(logits, n), strict=True):
            losses[part] = _error(truths[part], z, weights)
            right = ops.cast((z > 0) == (truths[part] > 0.5), "float32")
            facts[f"{judge}_{part}_accuracy"] = _mean(right, weights), count
            facts[f"{judge}_{part}_loss"] = losses[part], ops.ones(())
        if "found" in parts:
            facts[f"{judge}_found_true"] = _mean(scene[judge], weights), count
        return sum(losses.values()), facts

    def flatter(self, scene, outputs):
        found = shown({name: maps[:, -1] for name, maps in outputs.items()}, scene["weights"])
        loss = 0.0
        for judge, weight in self.weights_of.items():
            logits = self._judge(judge, scene["images"], found)
            truth = scene[judge] if self.minimax else ops.ones_like(logits)
            loss += (-weight if self.minimax else weight) * _error(truth, logits, scene["weights"])
        heatmaps, true = (maps[..., : scene["weights"].shape[-1]] for maps in (found, scene["true"]))
        return loss, {"adversarial_loss": (loss, ops.ones(())), "map_height": height(heatmaps, true)}

    def worries(self, logs):
        found = super().worries(logs)
        for judge in self.weights_of:
            true, false, share = (logs[f"{judge}_{kind}"] for kind in ("true_accuracy", "found_accuracy", "found_true"))
            if min(true, false) > 0.99:
                found[f"{judge} saturated"] = (
                    f"The {judge} discriminator makes no mistakes (right on {true:.1%} of true maps and {false:.1%} "
                    f"of the found ones, of which {share:.1%} count as true): there is little to learn from it. Lower "
                    "--lr_d."
                )
        return found

    def _judge(self, judge, images, maps):
        """Logits `[B, K]` of the maps `[B, h, w, 2K]` being true."""
        seen = ops.concatenate([images, maps], axis=-1) if judge == "pose" else maps
        return ops.cast(self.networks[judge](seen, training=True), "float32")

    def lengths(self, keypoints):
        """What distances are counted in, `[B]` pixels: the torso of `[B, K, 3]`, or its usual share of the input."""
        share = TORSO_SHARE * self.codec.image_size[0] * ops.ones_like(keypoints[:, 0, 0])
        if self.reference is None:
            return share
        a, b = (keypoints[:, i] for i in self.reference)
        length = ops.norm(a[:, :2] - b[:, :2], axis=-1)
        return ops.where((a[:, 2] > 0) & (b[:, 2] > 0) & (length > 0), length, share)


def distances(found, true, lengths):
    """How far found points `[B, K, 2]` lie from true ones `[B, K, 2+]`, in lengths `[B]`."""
    return ops.norm(found - true[..., :2], axis=-1) / lengths[:, None]


def differences(found, true):
    """How much found maps `[B, h, w, K]` differ from true ones, in norms of these: an empty one by 1."""
    difference, norm = (ops.sum(ops.square(maps), axis=(1, 2)) for maps in (found - true, true))
    return ops.sqrt(difference / ops.maximum(norm, 1e-7))


def shown(maps, weights):
    """Heatmaps, then occlusions, `[B, h, w, 2K]`; empty where keypoints are not annotated, `weights` `[B, K]`."""
    return ops.concatenate([hide(maps[name], weights) for name in ("heatmaps", "occlusions")], axis=-1)


def _error(truth, logits, weights):
    """Cross-entropy of logits, the mean over all keypoints, of which those that are not annotated cost nothing."""
    return ops.mean(ops.binary_crossentropy(truth, logits, from_logits=True) * weights)


def _mean(values, weights):
    return ops.sum(values * weights) / ops.maximum(ops.sum(weights), 1.0)
