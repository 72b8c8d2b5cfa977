"""The train step of TensorFlow: gradients on each replica, compiled by XLA if asked, then one update."""

import tensorflow as tf


class TapeTraining:
    """What a `PoseModel` does under TensorFlow.

    Attributes:
        xla: Whether XLA compiles the gradients of each replica. Use it rather than `compile(jit_compile=True)`, which
            also compiles the exchange between replicas and so fails under a `tf.distribute` strategy.
    """

    xla = False

    def compute_gradients(self, images, people):
        """Runs on each replica. Returns the loss, the outputs and one gradient per trainable variable."""
        with tf.GradientTape() as tape:
            x = self.network_inputs(images, people)
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, people, y_pred)
            scaled_loss = self.optimizer.scale_loss(loss)
        return loss, y_pred, tape.gradient(scaled_loss, self.trainable_variables)

    def train_step(self, data):
        images, people = data
        step = tf.function(self.compute_gradients, jit_compile=self.xla)
        loss, y_pred, gradients = step(images, people)
        self.optimizer.apply(gradients, self.trainable_variables)
        return self._report(images, people, y_pred, loss)

    def test_step(self, data):
        images, people = data

        def look():
            x = self.network_inputs(images, people)
            y_pred = self(x, training=False)
            self._report(images, people, y_pred, self.compute_loss(x, people, y_pred, training=False))
            return True

        if self.distribute_strategy.num_replicas_in_sync == 1:
            look()
        else:  # The last batch may leave a replica without any image.
            tf.cond(tf.shape(images)[0] > 0, look, lambda: False)
        return self.get_metrics_result()

    def _report(self, images, people, y_pred, loss):
        # Keras has divided the loss by the number of replicas, so that their gradients can be summed.
        loss = loss * self.distribute_strategy.num_replicas_in_sync
        self._loss_tracker.update_state(loss, sample_weight=tf.shape(images)[0])
        return self.compute_metrics(images, people, y_pred)
