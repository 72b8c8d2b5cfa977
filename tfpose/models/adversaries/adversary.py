"""What a generator of maps is trained against: networks that judge its maps, with optimizers of their own."""

import keras
from keras import layers, ops


class Adversary(layers.Layer):
    """Holds the judging networks, their optimizers, and what is measured of them.

    It is no part of the model's graph and variables, so the model's optimizer, exports and `count_params` see the
    generator alone; it is saved and loaded with the model. A training step goes, on every replica:

        scene = adversary.look(images, people, encoded, outputs)
        for lesson in adversary.lessons:                          # in turn, each followed by an update
            loss, facts = adversary.teach(lesson, scene)
        loss, facts = adversary.flatter(scene, outputs)           # joins the generator's loss
        adversary.conclude(facts)

    Facts are a dict of numbers with their weights, averaged over the replicas; those of `measures` reach the logs.

    Args:
        codec: The codec of the generator.
        weight: Of its part in the generator's loss.
        warm_up: Steps over which this weight rises from 0.
        measures: Names of what is measured.

    Attributes:
        networks: The networks, by name.
        optimizers: Their optimizers, by name.
        lessons: The updates of a step in their order: each one's name → the name of the network it is about.
    """

    def __init__(self, codec, *, weight, warm_up, measures):
        super().__init__(name="adversary")
        self.codec = codec
        self.weight = weight
        self.warm_up = warm_up
        self.networks = {}
        self.optimizers = {}
        self.lessons = {}
        self.measures = [
            keras.metrics.Mean(name=name)
            for name in (*measures, "adversarial_loss", "map_height", "generator_gradient")
        ]
        self.steps = self.state("steps")

    def state(self, name, start=0.0):
        """A number that is saved with the weights and equal on all replicas."""
        start = keras.initializers.Constant(start)
        return self.add_weight((), start, "float32", trainable=False, aggregation="mean", name=name)

    def add(self, network, optimizer, lessons):
        """Takes a network, its optimizer, and the names of its lessons."""
        if keras.config.dtype_policy().compute_dtype == "float16":
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        optimizer.build(network.trainable_variables)
        self.networks[network.name] = network
        self.optimizers[network.name] = optimizer
        self.lessons.update(dict.fromkeys(lessons, network.name))
        self.measures.append(keras.metrics.Mean(name=f"{network.name}_gradient"))

    @property
    def strength(self):
        """Weight of its part in the generator's loss at this step."""
        return self.weight * ops.minimum(1.0, self.steps / self.warm_up) if self.warm_up else self.weight

    def look(self, images, people, encoded, outputs):
        """What the networks are shown: tensors by name, through which no gradient goes."""
        raise NotImplementedError

    def teach(self, lesson, scene):
        """The loss of one update of a network, and facts."""
        raise NotImplementedError

    def flatter(self, scene, outputs):
        """The generator's loss of being judged, and facts. Gradients go through `outputs`."""
        raise NotImplementedError

    def conclude(self, facts):
        """Ends a step: counts it, and takes note of the facts, a dict of numbers."""
        self.steps.assign(self.steps + 1)
        for measure in self.measures:
            if measure.name in facts:
                measure.update_state(facts[measure.name])

    def worries(self, logs):
        """What is wrong with an epoch, in words, by its kind."""
        if logs["map_height"] < 0.02:
            return {
                "collapse": f"The maps are nearly empty: their highest cell is {logs['map_height']:.2g} on average."
            }
        return {}


def thumbnails(images, stride):
    """The images at the size of the maps, `float32 [B, h, w, 3]` from 0 to 1."""
    return ops.average_pool(ops.cast(images, "float32") / 255, stride, padding="same")


def hide(maps, weights):
    """The maps `float32 [B, h, w, K]`, empty where weights `[B, K]` or `[B, h, w, K]` are 0: nobody knows the truth."""
    weights = ops.cast(weights, "float32")
    return ops.cast(maps, "float32") * (weights[:, None, None] if len(weights.shape) == 2 else weights)


def height(maps, true):
    """Mean height of the highest cell of those maps whose true ones show a keypoint, and how many they are."""
    shown = ops.cast(ops.max(true, axis=(1, 2)) > 0.1, "float32")
    count = ops.sum(shown)
    return ops.sum(ops.max(maps, axis=(1, 2)) * shown) / ops.maximum(count, 1.0), count
