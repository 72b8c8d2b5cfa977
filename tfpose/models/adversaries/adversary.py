"""Base class of adversaries: one or more discriminators of maps, their optimizers and their metrics."""

import keras
from keras import layers, ops


class Adversary(layers.Layer):
    """Discriminators that the generator of maps is trained against.

    It is not part of the model's graph and variables: the model's optimizer, its exports and `count_params` cover the
    generator alone. It is saved and loaded with the model. A training step is, on every replica:

        inputs = adversary.discriminator_inputs(images, people, encoded, outputs)
        for update in adversary.discriminator_updates:             # in this order, each followed by an optimizer step
            loss, metrics = adversary.discriminator_loss(update, inputs)
        loss, metrics = adversary.generator_loss(inputs, outputs)  # added to the generator's own loss
        adversary.update(metrics)

    Metrics are a dict: name → (value, weight). They are averaged over the replicas; those named in the constructor are
    logged.

    Args:
        codec: Codec of the generator.
        weight: Weight of the adversarial loss in the generator's loss.
        warm_up: Training steps over which this weight rises linearly from 0.
        metrics: Names of the metrics to log, besides `adversarial_loss`, `map_height` (see `map_height`),
            `generator_gradient` and one `<network>_gradient` per discriminator (norms of the gradients).

    Attributes:
        networks: The discriminators, by name.
        optimizers: Their optimizers, by name. A `global_clipnorm` is applied to the sum over the replicas.
        discriminator_updates: Name of each update → name of the discriminator it updates.
    """

    def __init__(self, codec, *, weight, warm_up, metrics):
        super().__init__(name="adversary")
        self.codec = codec
        self.weight = weight
        self.warm_up = warm_up
        self.networks = {}
        self.optimizers = {}
        self.discriminator_updates = {}
        # Weights files hold these under this attribute's name; the property `metrics` of Keras lists them, too.
        self.measures = [
            keras.metrics.Mean(name=name) for name in (*metrics, "adversarial_loss", "map_height", "generator_gradient")
        ]
        self.steps = self.add_scalar("steps")

    def add_scalar(self, name):
        """Adds a scalar variable, 0 at first, that is saved with the weights and equal on all replicas."""
        return self.add_weight((), "zeros", "float32", trainable=False, aggregation="mean", name=name)

    def add_discriminator(self, network, optimizer, updates):
        """Adds a network, its optimizer, and the names of its updates in a training step."""
        if keras.config.dtype_policy().compute_dtype == "float16":
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        optimizer.build(network.trainable_variables)
        self.networks[network.name] = network
        self.optimizers[network.name] = optimizer
        self.discriminator_updates.update(dict.fromkeys(updates, network.name))
        self.measures.append(keras.metrics.Mean(name=f"{network.name}_gradient"))

    @property
    def current_weight(self):
        """Weight of the adversarial loss at this training step."""
        return self.weight * ops.minimum(1.0, self.steps / self.warm_up) if self.warm_up else self.weight

    def discriminator_inputs(self, images, people, encoded, outputs):
        """Returns the inputs of the discriminators.

        Args:
            images: RGB `uint8 [B, H, W, 3]`.
            people: dict of annotations, as in training.
            encoded: Targets and weights, as `codec.encode(people)` gives them.
            outputs: Outputs of the generator.

        Returns:
            dict of tensors through which no gradient flows.
        """
        raise NotImplementedError

    def discriminator_loss(self, update, inputs):
        """Returns the loss of one update of a discriminator, and metrics."""
        raise NotImplementedError

    def generator_loss(self, inputs, outputs):
        """Returns the unweighted adversarial loss of the generator, and metrics. Gradients flow through `outputs`."""
        raise NotImplementedError

    def update(self, metrics):
        """Ends a training step: counts it, and updates the logged metrics from a dict of numbers."""
        self.steps.assign(self.steps + 1)
        for metric in self.metrics:
            if metric.name in metrics:
                metric.update_state(metrics[metric.name])

    def warnings(self, logs):
        """Returns warnings about the logs of an epoch: a dict of kind → text."""
        if logs["map_height"] < 0.02:
            return {
                "collapse": f"The maps are nearly empty: their highest cell is {logs['map_height']:.2g} on average."
            }
        return {}


def thumbnails(images, stride):
    """Returns the images at the resolution of the maps, `float32 [B, h, w, 3]` from 0 to 1."""
    return ops.average_pool(ops.cast(images, "float32") / 255, stride, padding="same")


def masked(maps, weights):
    """Returns the maps `float32 [B, h, w, K]`, 0 where weights `[B, K]` or `[B, h, w, K]` are 0: not annotated."""
    weights = ops.cast(weights, "float32")
    return ops.cast(maps, "float32") * (weights[:, None, None] if len(weights.shape) == 2 else weights)


def map_height(maps, true):
    """Mean maximum of the maps whose target shows a keypoint, and the number of these maps."""
    present = ops.cast(ops.max(true, axis=(1, 2)) > 0.1, "float32")
    count = ops.sum(present)
    return ops.sum(ops.max(maps, axis=(1, 2)) * present) / ops.maximum(count, 1.0), count
