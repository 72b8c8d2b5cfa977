"""Features of a backbone by stride, with batch normalisation folded into the convolutions before it."""

import keras
import numpy as np
from keras import layers, ops

from tfpose.models.layers.batch_norm import FusedNormalization
from tfpose.models.trunks.backbones import FrozenNormalization


def features(backbone, input_shape, *, weights=None, weight_decay=0.0, frozen_statistics=True):
    """A `keras.Model` of a backbone: normalised images `[B, H, W, 3]` → a list of features, by growing stride.

    With frozen statistics, batch normalisation is an affine map per channel, and so a convolution followed by it is a
    convolution with bias: kernel and bias are computed once here, the layer disappears. A step of training then takes
    less time, and the learning rate acts on kernels of the size that the network computes with.

    Args:
        backbone: A `Backbone`.
        input_shape: `(H, W, 3)`, multiples of 32.
        weights: See `Backbone.classifier`.
        weight_decay: Weight of half the squared norm of the convolution kernels in the loss.
        frozen_statistics: Whether batch normalisation keeps its means and variances.
    """
    base = backbone.classifier(weights)
    levels = [base.get_layer(name).output for name in backbone.levels.values()]
    base = keras.Model(base.input, levels, name="backbone")
    folded = _folded(base) if frozen_statistics else {}
    norms = set(folded.values())
    model = keras.models.clone_model(
        base,
        keras.Input(input_shape),
        clone_function=lambda layer: _changed(layer, folded, norms, weight_decay, frozen_statistics),
    )
    for layer in base.layers if weights not in (None, "", "random") else ():
        if layer.weights and layer.name not in norms:
            norm = base.get_layer(folded[layer.name]) if layer.name in folded else None
            model.get_layer(layer.name).set_weights(_folded_weights(layer, norm) if norm else layer.get_weights())
    return model


def _folded(base):
    """Names of the convolutions that batch normalisation follows, and nothing else → names of the normalisations."""
    found = {}
    for layer in base.layers:
        if isinstance(layer, layers.BatchNormalization):
            before = layer.input._keras_history.operation
            followers = [node.operation for node in before._outbound_nodes if node.operation in base.layers]
            if isinstance(before, layers.Conv2D | layers.DepthwiseConv2D) and followers == [layer]:
                found[before.name] = layer.name
    return found


def _changed(layer, folded, norms, weight_decay, frozen_statistics):
    config = layer.get_config()
    if layer.name in norms:
        return Folded(name=layer.name)
    if isinstance(layer, layers.BatchNormalization):
        config["momentum"] = (
            0.9  # With 0.99, statistics are still those of the initial weights after hundreds of steps.
        )
        return (FrozenNormalization if frozen_statistics else FusedNormalization).from_config(config)
    if isinstance(layer, layers.Dropout):
        config["rate"] = 0.0  # Stochastic depth, which fine-tuning of some epochs does not need.
    if layer.name in folded:
        config["use_bias"] = True
    kernel = "depthwise_regularizer" if isinstance(layer, layers.DepthwiseConv2D) else "kernel_regularizer"
    if weight_decay and kernel in config:
        config[kernel] = keras.regularizers.L2(weight_decay / 2)
    return type(layer).from_config(config)


def _folded_weights(conv, norm):
    """Kernel and bias of a convolution that does what a convolution and a batch normalisation do."""
    kernel, *bias = conv.get_weights()
    mean, variance = (ops.convert_to_numpy(v) for v in (norm.moving_mean, norm.moving_variance))
    factor = (ops.convert_to_numpy(norm.gamma) if norm.scale else 1.0) / np.sqrt(variance + norm.epsilon)
    offset = ops.convert_to_numpy(norm.beta) if norm.center else 0.0
    by_channel = factor[:, None] if isinstance(conv, layers.DepthwiseConv2D) else factor
    return [kernel * by_channel, offset + ((bias[0] if bias else 0.0) - mean) * factor]


@keras.saving.register_keras_serializable("tfpose")
class Folded(layers.Layer):
    """Identity in place of a batch normalisation that was folded into the convolution before it: returns its input."""

    def call(self, inputs, mask=None):
        return inputs
