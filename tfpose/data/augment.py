"""Random variation of the training images: one map per image, and a change of brightness and contrast."""

import dataclasses
import math

import tensorflow as tf

from tfpose.data import geometry


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Ranges from which each image's variation is drawn, uniformly.

    Attributes:
        mirror: Probability of swapping left and right.
        angle: Largest turn either way, in degrees.
        scale: Smallest and largest size, as a factor; drawn in the logarithm.
        shift: Largest displacement either way, as a part of the input's width and height.
        brightness: Largest change either way, in grey levels of 255.
        contrast: Smallest and largest factor around the mean grey of the image.
    """

    mirror: float = 0.5
    angle: float = 20.0
    scale: tuple[float, float] = (0.8, 1.25)
    shift: float = 0.05
    brightness: float = 32.0
    contrast: tuple[float, float] = (0.8, 1.2)


def sample(augmentation, boxes, size, seed):
    """Draws one variation per box.

    Args:
        augmentation: An `Augmentation`, or none for the plain crop.
        boxes: `[B, 4]`: what the network is shown, in pixels of the image.
        size: `(height, width)` of the network's input.
        seed: `int64 [2]`. The same seed draws the same.

    Returns:
        Maps `[B, 2, 3]` from image to input, whether each mirrors `[B]`, and tones `[B, 2]`: the factor of the contrast
        and the grey levels to add.
    """
    if augmentation is None:
        plain = tf.fill([tf.shape(boxes)[0]], False)
        return (
            geometry.crop_map(boxes, size),
            plain,
            tf.cast(tf.stack([~plain, plain], axis=1), tf.float32),
        )
    a = augmentation
    low = [
        0.0,
        -math.radians(a.angle),
        math.log(a.scale[0]),
        -a.shift,
        -a.shift,
        a.contrast[0],
        -a.brightness,
    ]
    high = [
        1.0,
        math.radians(a.angle),
        math.log(a.scale[1]),
        a.shift,
        a.shift,
        a.contrast[1],
        a.brightness,
    ]
    unit = tf.random.stateless_uniform([tf.shape(boxes)[0], len(low)], seed)
    drawn = tf.constant(low) + unit * (tf.constant(high) - tf.constant(low))
    mirror = drawn[:, 0] < a.mirror
    maps = geometry.crop_map(
        boxes,
        size,
        scale=tf.exp(-drawn[:, 2]),
        angle=drawn[:, 1],
        mirror=mirror,
        shift=drawn[:, 3:5],
    )
    return maps, mirror, drawn[:, 5:]
