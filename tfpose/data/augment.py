"""Random augmentation of the training images: one affine map per image, and a change of its colours."""

import dataclasses
import math
from typing import Any, NamedTuple

import tensorflow as tf

from tfpose.data import geometry


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Ranges of the random augmentation of an image, drawn uniformly unless `deviations` is above 0.

    Attributes:
        mirror: Probability of mirroring the image, which exchanges left and right.
        angle: Maximum rotation in either direction, in degrees.
        turned: Probability of rotating.
        scale: Minimum and maximum scale factor; its logarithm is drawn.
        deviations: If above 0, `angle` and `scale` are normally distributed around the middle of their ranges, clipped
            to the ranges, whose ends are this number of standard deviations away.
        shift: Maximum translation in either direction, as a fraction of the input's width and height.
        gain: Minimum and maximum factor of each of red, green and blue.
        hue: Maximum rotation of the colours around the axis of greys in either direction, in degrees.
        saturation: Minimum and maximum factor of the distance from grey.
        brightness: Maximum change in either direction, in grey levels of 255.
        contrast: Minimum and maximum factor of the difference from the mean grey of the image.

    Raises:
        ValueError: If a value is out of range.
    """

    mirror: float = 0.5
    angle: float = 20.0
    turned: float = 1.0
    scale: tuple[float, float] = (0.8, 1.25)
    deviations: float = 0.0
    shift: float = 0.05
    gain: tuple[float, float] = (1.0, 1.0)
    hue: float = 0.0
    saturation: tuple[float, float] = (1.0, 1.0)
    brightness: float = 32.0
    contrast: tuple[float, float] = (0.8, 1.2)

    def __post_init__(self):
        for name in ("mirror", "turned"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"`{name}` must be between 0 and 1. Received: {getattr(self, name)}.")
        for name in ("angle", "deviations", "shift", "hue", "brightness"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"`{name}` must be at least 0. Received: {getattr(self, name)}.")
        for name in ("scale", "gain", "saturation", "contrast"):
            low, high = getattr(self, name)
            if not 0 <= low <= high or (name == "scale" and not low):
                raise ValueError(f"`{name}` must be two factors, the smaller first. Received: {getattr(self, name)}.")


class Variation(NamedTuple):
    """The augmentation drawn for each image of a batch.

    Attributes:
        maps: `[B, 2, 3]`, from image to input.
        mirror: `bool [B]`: whether the map mirrors.
        tones: `[B, 2]`: the factor of the contrast, and the grey levels to add.
        colours: `[B, 3, 3]`: the matrix that red, green and blue are multiplied by, before the tones.
    """

    maps: Any
    mirror: Any
    tones: Any
    colours: Any


def sample(augmentation, boxes, size, seed):
    """Draws the `Variation` of a batch.

    Args:
        augmentation: An `Augmentation`, or none for the plain crop.
        boxes: `[B, 4]`: the boxes that the network is shown, in pixels of the image.
        size: `(height, width)` of the network's input.
        seed: `int64 [2]`: random seed; the result depends on nothing else.
    """
    count = tf.shape(boxes)[0]
    if augmentation is None:
        plain = tf.fill([count], False)
        tones = tf.cast(tf.stack([~plain, plain], axis=1), tf.float32)
        return Variation(geometry.crop_map(boxes, size), plain, tones, tf.eye(3, batch_shape=[count]))
    a = augmentation
    unit = tf.random.stateless_uniform([count, 7], seed)
    more = tf.random.stateless_uniform([count, 6], tf.random.experimental.stateless_fold_in(seed, 1))
    mirror = unit[:, 0] < a.mirror
    turns = math.radians(a.angle) * _spread(unit[:, 1], a.deviations)
    low, high = map(math.log, a.scale)
    sizes = tf.exp((low + high) / 2 + (high - low) / 2 * _spread(unit[:, 2], a.deviations))
    maps = geometry.crop_map(
        boxes,
        size,
        scale=1 / sizes,
        angle=tf.where(more[:, 0] < a.turned, turns, 0.0),
        mirror=mirror,
        shift=_between((-a.shift, a.shift), unit[:, 3:5]),
    )
    tones = [_between(a.contrast, unit[:, 5]), _between((-a.brightness, a.brightness), unit[:, 6])]
    hues = math.radians(a.hue) * _spread(more[:, 1], 0)
    colours = _colours(hues, _between(a.saturation, more[:, 2]), _between(a.gain, more[:, 3:]))
    return Variation(maps, mirror, tf.stack(tones, axis=1), colours)


def _between(ends, unit):
    return ends[0] + (ends[1] - ends[0]) * unit


def _spread(unit, deviations):
    """Maps uniform numbers of [0, 1) to [-1, 1]: uniform, or normal with standard deviation 1 / deviations, clipped."""
    if not deviations:
        return 2 * unit - 1
    return tf.clip_by_value(tf.math.ndtri(unit) / deviations, -1.0, 1.0)


def _colours(hue, saturation, gain):
    """Matrices `[B, 3, 3]` that rotate colours about the axis of greys and scale their distance from it, then gains.

    The rotation is that of Rodrigues about (1, 1, 1), with the perpendicular component scaled by the saturation.
    """
    along, across = saturation * tf.cos(hue), saturation * tf.sin(hue)
    same, after, before = (1 + 2 * along) / 3, (1 - along) / 3 - across / 3**0.5, (1 - along) / 3 + across / 3**0.5
    rows = [[same, after, before], [before, same, after], [after, before, same]]
    turn = tf.stack([tf.stack(row, axis=-1) for row in rows], axis=-2)
    return gain[..., None] * turn
