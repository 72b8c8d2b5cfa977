"""Batch normalisation computed by one fused kernel."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("tfpose")
class FusedNormalization(layers.BatchNormalization):
    """Keras's batch normalisation of maps `[B, h, w, C]`, computed by TensorFlow's own kernel where Keras runs on it.

    Keras 3 composes it of a dozen operations, each of which reads and writes all values; in a network of small
    convolutions they take most of a training step. Results and weights are those of the base class.
    """

    def call(self, inputs, training=None, mask=None):
        dtype = keras.backend.standardize_dtype(inputs.dtype)
        if keras.backend.backend() != "tensorflow" or len(inputs.shape) != 4 or dtype == "float64":
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        learns = bool(training and self.trainable)
        outputs = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=ops.cast(self.gamma, "float32"),
            offset=ops.cast(self.beta, "float32"),
            mean=tf.zeros([0]) if learns else ops.cast(self.moving_mean, "float32"),
            variance=tf.zeros([0]) if learns else ops.cast(self.moving_variance, "float32"),
            epsilon=self.epsilon,
            is_training=learns,
        )
        if learns:
            count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:3]), "float32")
            self._average(self.moving_mean, outputs.batch_mean)
            # The kernel returns the unbiased estimate; Keras averages the variance of the batch itself.
            self._average(self.moving_variance, outputs.batch_variance * (count - 1) / count)
        return outputs.y

    def _average(self, moving, value):
        moving.assign(ops.cast(moving, "float32") * self.momentum + value * (1.0 - self.momentum))
