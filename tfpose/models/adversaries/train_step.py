"""The train step of TensorFlow with an adversary."""

import functools

import tensorflow as tf


class AdversarialStep:
    """What an `AdversarialModel` does under TensorFlow; without adversary, what every `PoseModel` does.

    Losses and gradients are computed on each replica, by XLA if asked; the updates between them are the strategy's.
    """

    def train_step(self, data):
        if not self.adversary:
            return super().train_step(data)
        images, people = data
        for _ in range(self.updates_per_step - 1):
            _, _, gradients = self._compiled(self.compute_gradients)(images, people)
            self.optimizer.apply(gradients, self.trainable_variables)
        with tf.GradientTape() as tape:
            loss, outputs = self._compiled(self._find)(images, people)
            scaled_loss = self.optimizer.scale_loss(loss)
        scene = self._compiled(self._look)(images, people, outputs)
        facts = self._teach(scene)
        pull, known = self._compiled(self._pull)(scene, outputs)
        gradients = tape.gradient([scaled_loss, outputs], self.trainable_variables, [tf.ones_like(scaled_loss), pull])
        self.optimizer.apply(gradients, self.trainable_variables)
        norm = self._norm(gradients, self.optimizer)
        self.adversary.conclude(_averaged({**facts, **known, "generator_gradient": norm}))
        return self._report(images, people, outputs, loss)

    def _compiled(self, function):
        return tf.function(function, jit_compile=True) if self.xla else function

    def _find(self, images, people):
        x = self.network_inputs(images, people)
        outputs = self(x, training=True)
        return self.compute_loss(x, people, outputs), outputs

    def _look(self, images, people, outputs):
        return self.adversary.look(images, people, self.codec.encode(people), outputs)

    def _teach(self, scene):
        """Updates the judges, one lesson after the other. Returns facts."""
        facts = {}
        for lesson, name in self.adversary.lessons.items():
            network, optimizer = self.adversary.networks[name], self.adversary.optimizers[name]
            known, gradients = self._compiled(functools.partial(self._lesson, lesson, network, optimizer))(scene)
            optimizer.apply(gradients, network.trainable_variables)
            facts |= known | {f"{name}_gradient": self._norm(gradients, optimizer)}
        return facts

    def _lesson(self, lesson, network, optimizer, scene):
        with tf.GradientTape() as tape:
            loss, facts = self.adversary.teach(lesson, scene)
            scaled_loss = optimizer.scale_loss(loss / self.distribute_strategy.num_replicas_in_sync)
        return facts, tape.gradient(scaled_loss, network.trainable_variables)

    def _pull(self, scene, outputs):
        """The gradient of being judged, for the outputs alone."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(outputs)
            loss, facts = self.adversary.flatter(scene, outputs)
            loss *= self.adversary.strength / self.distribute_strategy.num_replicas_in_sync
            scaled_loss = self.optimizer.scale_loss(loss)
        return tape.gradient(scaled_loss, outputs, unconnected_gradients="zero"), facts

    def _norm(self, gradients, optimizer):
        """Length of a replica's gradient; steps that half precision skips do not count."""
        norm = tf.linalg.global_norm(gradients) / optimizer.scale_loss(1.0)
        norm *= self.distribute_strategy.num_replicas_in_sync
        finite = tf.math.is_finite(norm)
        return tf.where(finite, norm, 0.0), tf.cast(finite, "float32")


def _averaged(facts):
    """Weighted means over the replicas."""
    facts = {name: (value * weight, weight) for name, (value, weight) in facts.items()}
    sums = tf.distribute.get_replica_context().all_reduce("SUM", facts)
    return {name: tf.math.divide_no_nan(value, weight) for name, (value, weight) in sums.items()}
