"""A model that is trained against discriminators, and the training step that updates both sides."""

import functools

import keras

from tfpose.models.adversaries.monitor import AdversaryWarnings

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf


class AdversarialModel:
    """Mixin, put before a `PoseModel` among the bases, that trains it as the generator against an adversary.

    Losses and gradients are computed on each replica, by XLA if `xla` is set; updates are made by the strategy. Without
    an adversary, training is that of the `PoseModel`.

    Attributes:
        adversary: An `Adversary`, or none.
        updates_per_step: Updates of the generator in a training step. Learning rate schedules count updates.
    """

    FORMER_NAMES = {
        "judge_stacks": "discriminator_stacks",
        "judge_features": "discriminator_features",
        "judge_stem": "discriminator_stem",
        "judge_depth": "discriminator_depth",
    }

    adversary = None
    updates_per_step = 1

    def set_adversary(self, adversary):
        """Sets the adversary untracked by Keras, which would train and export it with the generator."""
        object.__setattr__(self, "adversary", adversary)

    @property
    def metrics(self):
        return [*super().metrics, *(self.adversary.metrics if self.adversary else ())]

    def evaluate(self, *args, **kwargs):
        """Evaluates the generator as Keras does; metrics of the adversary exist in training only."""
        logs = super().evaluate(*args, **kwargs)
        return self.validation_metrics(logs) if isinstance(logs, dict) else logs

    def validation_metrics(self, logs):
        training = {metric.name for metric in self.adversary.metrics} if self.adversary else ()
        return {name: value for name, value in logs.items() if name not in training}

    def callbacks(self):
        return [AdversaryWarnings()] if self.adversary else []

    def fit(self, *args, **kwargs):
        if self.adversary and keras.backend.backend() != "tensorflow":
            raise ValueError(
                "Training against an adversary needs Keras on TensorFlow; build the model without adversary. "
                f"Received: `KERAS_BACKEND={keras.backend.backend()}`."
            )
        return super().fit(*args, **kwargs)

    def train_step(self, *args):
        if not self.adversary:
            return super().train_step(*args)
        ((images, people),) = args
        for _ in range(self.updates_per_step - 1):
            _, _, gradients = self._compiled(self.compute_gradients)(images, people)
            self.apply_gradients(self.optimizer, gradients, self.trainable_variables)
        with tf.GradientTape() as tape:
            loss, outputs = self._compiled(self._supervised_loss)(images, people)
            scaled_loss = self.optimizer.scale_loss(loss)
        inputs = self._compiled(self._discriminator_inputs)(images, people, outputs)
        metrics = self._update_discriminators(inputs)
        # The adversarial gradient enters at the outputs, so that both losses go back through the generator once.
        adversarial, more = self._compiled(self._adversarial_gradients)(inputs, outputs)
        gradients = tape.gradient(
            [scaled_loss, outputs], self.trainable_variables, [tf.ones_like(scaled_loss), adversarial]
        )
        norm = self.apply_gradients(self.optimizer, gradients, self.trainable_variables)
        self.adversary.update(_averaged({**metrics, **more, "generator_gradient": _finite(norm)}))
        return self._report(images, people, outputs, loss)

    def _compiled(self, function):
        return tf.function(function, jit_compile=True) if self.xla else function

    def _supervised_loss(self, images, people):
        x = self.network_inputs(images, people)
        outputs = self(x, training=True)
        return self.compute_loss(x, people, outputs), outputs

    def _discriminator_inputs(self, images, people, outputs):
        return self.adversary.discriminator_inputs(images, people, self.codec.encode(people), outputs)

    def _update_discriminators(self, inputs):
        """Makes all updates of the discriminators in their order. Returns metrics."""
        metrics = {}
        for update, name in self.adversary.discriminator_updates.items():
            network, optimizer = self.adversary.networks[name], self.adversary.optimizers[name]
            step = functools.partial(self._discriminator_gradients, update, network, optimizer)
            more, gradients = self._compiled(step)(inputs)
            norm = self.apply_gradients(optimizer, gradients, network.trainable_variables)
            metrics |= more | {f"{name}_gradient": _finite(norm)}
        return metrics

    def _discriminator_gradients(self, update, network, optimizer, inputs):
        with tf.GradientTape() as tape:
            loss, metrics = self.adversary.discriminator_loss(update, inputs)
            scaled_loss = optimizer.scale_loss(loss / self.distribute_strategy.num_replicas_in_sync)
        return metrics, tape.gradient(scaled_loss, network.trainable_variables)

    def _adversarial_gradients(self, inputs, outputs):
        """Gradients of the adversarial loss with respect to the generator's outputs, and metrics."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(outputs)
            loss, metrics = self.adversary.generator_loss(inputs, outputs)
            loss *= self.adversary.current_weight / self.distribute_strategy.num_replicas_in_sync
            scaled_loss = self.optimizer.scale_loss(loss)
        return tape.gradient(scaled_loss, outputs, unconnected_gradients="zero"), metrics


def _finite(norm):
    """A gradient norm with its weight: updates that float16 skips because of overflow do not count."""
    finite = tf.math.is_finite(norm)
    return tf.where(finite, norm, 0.0), tf.cast(finite, "float32")


def _averaged(metrics):
    """Weighted means over the replicas."""
    weighted = {name: (value * weight, weight) for name, (value, weight) in metrics.items()}
    sums = tf.distribute.get_replica_context().all_reduce("SUM", weighted)
    return {name: tf.math.divide_no_nan(value, weight) for name, (value, weight) in sums.items()}
