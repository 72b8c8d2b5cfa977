"""Discriminator networks: maps `[B, h, w, C]` → one logit per keypoint, `[B, K]`. Chen et al. 2017, section 3.2."""

import keras
from keras import layers

from tfpose.models.layers.instance_residual import InstanceResiduals

HIDDEN = 128
SMALLEST = 16  # Cells on the shorter side before the dense layers: pooling stops here.


def encoder_decoder(shape, keypoints, features, depth, *, name):
    """An hourglass with skip connections, as in the generator, followed by dense layers.

    Args:
        shape: `(h, w, C)`.
        keypoints: K.
        features: Channels.
        depth: Number of times the hourglass halves its maps.
        name: Name of the network.
    """
    build = InstanceResiduals()
    inputs = keras.Input(shape, name="maps")
    x = build.hourglass(build.residual(inputs, features, "stem"), depth, "hourglass")
    x = build.residual(x, features // 4, "narrow")
    return keras.Model(inputs, _logits(x, keypoints), name=name)


def plain(shape, keypoints, features, depth=0, *, name):
    """Five residual modules with poolings and dense layers: 4,462,096 parameters for 32 maps of 16 keypoints.

    The network of a public code, which pools between all modules, since its maps have the size of the image.
    """
    build = InstanceResiduals()
    inputs = x = keras.Input(shape, name="maps")
    for i in range(1, 6):
        x = build.residual(x, features, f"residual{i}")
        x = layers.MaxPooling2D(2)(x) if i > 1 and min(x.shape[1:3]) >= 2 * SMALLEST else x
    return keras.Model(inputs, _logits(x, keypoints), name=name)


def _logits(x, keypoints):
    while min(x.shape[1:3]) >= 2 * SMALLEST:
        x = layers.MaxPooling2D(2)(x)
    x = layers.Dense(HIDDEN, activation="relu", name="hidden")(layers.Flatten()(x))
    return layers.Dense(keypoints, dtype="float32", name="logits")(x)
