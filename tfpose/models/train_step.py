"""Training step under TensorFlow: gradients on each replica, then one update with their sum, clipped as a whole."""

import tensorflow as tf


class TapeTraining:
    """Training and validation steps of a `PoseModel` under TensorFlow and `tf.distribute`.

    Attributes:
        xla: Whether XLA compiles the gradient computation of each replica. Use it instead of
            `compile(jit_compile=True)`, which also compiles the exchange between replicas and therefore fails under a
            `tf.distribute` strategy.
    """

    xla = False

    def compute_gradients(self, images, people):
        """Computes the loss and its gradients on one replica.

        Returns:
            `(loss, outputs, gradients)`, one gradient per trainable variable. The loss is divided by the number of
            replicas; the gradients are multiplied by the optimizer's loss scale, if it has one.
        """
        with tf.GradientTape() as tape:
            x = self.network_inputs(images, people)
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, people, y_pred)
            scaled_loss = self.optimizer.scale_loss(loss)
        return loss, y_pred, tape.gradient(scaled_loss, self.trainable_variables)

    def apply_gradients(self, optimizer, gradients, variables):
        """Updates variables with the gradient summed over the replicas, clipped to the optimizer's `global_clipnorm`.

        Keras 3.15 clips the gradient of every replica before summing them, so n replicas may step n times as far as one
        device; and its `LossScaleOptimizer` looks for overflow on the first replica only. Here the sum comes first.

        Args:
            optimizer: A `keras.optimizers.Optimizer`, also a `LossScaleOptimizer`.
            gradients: Gradients of this replica, of the scaled loss; none for a variable that the loss does not reach.
            variables: The variables, in the same order.

        Returns:
            Global norm of the summed gradient, before clipping and without loss scale.
        """
        scale, replicas = optimizer.scale_loss(1.0), self.distribute_strategy.num_replicas_in_sync
        gradients = _summed(gradients) if replicas > 1 else gradients
        norm = tf.linalg.global_norm(gradients)
        limit = getattr(optimizer, "inner_optimizer", optimizer).global_clipnorm
        if limit and replicas > 1:  # On one device the optimizer's own clipping is right.
            gradients, _ = tf.clip_by_global_norm(gradients, limit * scale, use_norm=norm)
        # `Optimizer.apply` always sums over the replicas again: each contributes an equal share,
        # which is too short for the optimizer to clip it once more.
        optimizer.apply([None if g is None else g / replicas for g in gradients], variables)
        return norm / scale

    def train_step(self, data):
        images, people = data
        step = tf.function(self.compute_gradients, jit_compile=self.xla)
        loss, y_pred, gradients = step(images, people)
        self.apply_gradients(self.optimizer, gradients, self.trainable_variables)
        return self._report(images, people, y_pred, loss)

    def test_step(self, data):
        images, people = data

        def evaluate():
            x = self.network_inputs(images, people)
            y_pred = self(x, training=False)
            self._report(images, people, y_pred, self.compute_loss(x, people, y_pred, training=False))
            return True

        if self.distribute_strategy.num_replicas_in_sync == 1:
            evaluate()
        else:  # The last batch may leave a replica without images.
            tf.cond(tf.shape(images)[0] > 0, evaluate, lambda: False)
        return self.get_metrics_result()

    def _report(self, images, people, y_pred, loss):
        # `compute_loss` has divided the loss by the number of replicas, so that their gradients can be summed.
        loss = loss * self.distribute_strategy.num_replicas_in_sync
        self._loss_tracker.update_state(loss, sample_weight=tf.shape(images)[0])
        return self.compute_metrics(images, people, y_pred)


def _summed(gradients):
    """Sums over the replicas; missing gradients stay missing."""
    present = [gradient for gradient in gradients if gradient is not None]
    sums = iter(tf.distribute.get_replica_context().all_reduce("SUM", present))
    return [None if gradient is None else next(sums) for gradient in gradients]
