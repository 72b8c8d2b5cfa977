"""Small networks and pictures for the tests: one whose right answer is known, and part detectors."""

import keras
import numpy as np
from keras import layers, ops

from tfpose import models, skeletons
from tfpose.codecs import DistributionCodec
from tfpose.models import PoseModel

SKELETON = skeletons.Skeleton(name="bar", keypoints=("left_end", "right_end", "middle"))
SIZE = (96, 128)


@keras.saving.register_keras_serializable("tfpose_tests")
class Parts(layers.Layer):
    """Sees the middle of the bar where it is green, its ends where it is red, left and right of the middle."""

    def call(self, images):
        ends, middle = images[..., :1], images[..., 1:2]
        x = ops.arange(images.shape[2], dtype="float32")[:, None]
        centre = ops.sum(middle * x, axis=(1, 2), keepdims=True) / (ops.sum(middle, axis=(1, 2), keepdims=True) + 1e-4)
        left, right = ops.where(x < centre, ends, 0.0), ops.where(x > centre, ends, 0.0)
        return ops.log(ops.concatenate([left, right, middle], axis=-1) + 1e-4)[:, None]


@keras.saving.register_keras_serializable("tfpose_tests")
class BarFinder(PoseModel):
    """Finds a bright bar."""

    def __init__(self, image_size=SIZE, stride=4, name=None):
        images = keras.Input((*image_size, 3), dtype="uint8", name="images")
        colours = layers.AveragePooling2D(stride, padding="same")(layers.Rescaling(1 / 255)(images))
        super().__init__(images, {"heatmaps": Parts()(colours)}, name=name)
        self.codec = DistributionCodec(image_size, stride)
        self.skeleton = SKELETON
        self.config = {"image_size": image_size, "stride": stride}

    def get_config(self):
        return {**self.config, "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def bar(size, middle, length):
    """A bar of soft dots, red, green, red, `uint8 [H, W, 3]`, and its keypoints `[3, 2]`."""
    x, y = middle
    keypoints = np.array([[x - length / 2, y], [x + length / 2, y], [x, y]])
    across, down = (np.arange(n)[:, None] - keypoints[:, i] for n, i in ((size[1], 0), (size[0], 1)))
    left, right, green = np.exp(-(down.T[..., None] ** 2 + across.T[:, None] ** 2) / (2 * (length / 4) ** 2))
    colours = np.stack([np.maximum(left, right), green, np.zeros(size)], axis=-1)
    return np.rint(255 * colours).astype(np.uint8), keypoints


def noise(size, seed=0):
    """A picture `uint8 [H, W, 3]` with structure at all sizes."""
    rng = np.random.default_rng(seed)
    octaves = {n: rng.normal(size=(-(-size[0] // n), -(-size[1] // n), 3)) * n for n in (1, 4, 16, 64)}
    whole = sum(octave.repeat(n, 0).repeat(n, 1)[: size[0], : size[1]] for n, octave in octaves.items())
    return np.rint(255 / (1 + np.exp(-whole / 32))).astype(np.uint8)


def part_detector(**options):
    """A part detector with random weights, as small as it gets."""
    keras.utils.set_random_seed(0)
    small = {"image_size": (48, 64), "filters": (4, 4, 8, 8, 8), "kernels": (5, 5, 5, 5, 5, 3), "banks": 1}
    return models.build("part_detector", skeletons.FLIC, **{**small, **options})
