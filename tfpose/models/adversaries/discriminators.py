"""Discriminators of maps: `[B, h, w, C]` → one logit per keypoint, `[B, K]`. Chen et al. 2017, section 3.2."""

import keras
from keras import layers

from tfpose.models.layers.instance_residual import InstanceResiduals

HIDDEN = 128
SMALLEST = 16  # Cells that remain on a side, before everything is looked at together.


def encoder_decoder(shape, keypoints, features, depth, *, name):
    """Down and up again with a branch that skips each halving, as in the generator, and a verdict.

    Args:
        shape: `(h, w, C)`.
        keypoints: K.
        features: Channels.
        depth: Halvings.
        name: Of the network.
    """
    build = InstanceResiduals()
    inputs = keras.Input(shape, name="maps")
    x = build.hourglass(build.residual(inputs, features, "stem"), depth, "hourglass")
    x = build.residual(x, features // 4, "narrow")
    return keras.Model(inputs, _verdict(x, keypoints), name=name)


def plain(shape, keypoints, features, depth=0, *, name):
    """Five residual modules with poolings between, and a verdict: 4,462,096 parameters for 32 maps of 16 keypoints.

    The network of a public code; it pools between all, since its maps have the size of the image.
    """
    build = InstanceResiduals()
    inputs = x = keras.Input(shape, name="maps")
    for i in range(1, 6):
        x = build.residual(x, features, f"residual{i}")
        x = layers.MaxPooling2D(2)(x) if i > 1 and min(x.shape[1:3]) >= 2 * SMALLEST else x
    return keras.Model(inputs, _verdict(x, keypoints), name=name)


def _verdict(x, keypoints):
    while min(x.shape[1:3]) >= 2 * SMALLEST:
        x = layers.MaxPooling2D(2)(x)
    x = layers.Dense(HIDDEN, activation="relu", name="hidden")(layers.Flatten()(x))
    return layers.Dense(keypoints, dtype="float32", name="verdict")(x)
