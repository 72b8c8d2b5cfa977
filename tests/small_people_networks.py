"""Networks of several people: one whose right answer is known, and associative embedding as small as it gets."""

import keras
import numpy as np
from keras import layers, ops

from tests.small_networks import SIZE, SKELETON, bar
from tfpose import models, skeletons
from tfpose.codecs import TagCodec
from tfpose.models import PoseModel

MIDDLES = ((30.3, 14.6), (90.8, 38.2), (64.1, 58.9), (45.7, 82.3))


@keras.saving.register_keras_serializable("tfpose_tests")
class PartsOfMany(layers.Layer):
    """Sees in each row the middle of a bar where it is green, and its ends where it is red, on either side of that."""

    def call(self, images):
        ends, middle = (ops.relu(1.5 * images[..., i : i + 1] - 0.5) for i in (0, 1))
        x = ops.arange(images.shape[2], dtype="float32")[:, None]
        centre = ops.sum(middle * x, axis=2, keepdims=True) / (ops.sum(middle, axis=2, keepdims=True) + 1e-4)
        left, right = ops.where(x < centre, ends, 0.0), ops.where(x > centre, ends, 0.0)
        return ops.concatenate([left, right, middle], axis=-1)[:, None]


@keras.saving.register_keras_serializable("tfpose_tests")
class Heights(layers.Layer):
    """Tags that tell how far down a cell is, from 0 to 20."""

    def call(self, maps):
        h = maps.shape[2]
        down = 20 * (ops.arange(h, dtype="float32")[:, None, None] + 0.5) / h
        return ops.zeros_like(maps) + down


@keras.saving.register_keras_serializable("tfpose_tests")
class BarsFinder(PoseModel):
    """Finds bright bars, one above the other."""

    whole = 16

    def __init__(self, image_size=SIZE, min_score=0.1, name=None):
        images = keras.Input((*image_size, 3), dtype="uint8", name="images")
        maps = PartsOfMany()(layers.AveragePooling2D(4)(layers.Rescaling(1 / 255)(images)))
        super().__init__(images, {"heatmaps": maps, "tags": Heights()(maps)}, name=name)
        self.codec = TagCodec(image_size, order=(2, 0, 1), max_people=8, max_candidates=10, min_score=min_score)
        self.skeleton = SKELETON
        self.config = {"image_size": image_size, "min_score": min_score}

    def get_config(self):
        return {**self.config, "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def bars(size=SIZE, middles=MIDDLES, length=24):
    """Bars one above the other, `uint8 [H, W, 3]`, and their keypoints `[N, 3, 2]`, as for the network's input size."""
    scale = np.array(size[::-1]) / SIZE[::-1]
    each = [bar(size, (np.array(middle) + 0.5) * scale - 0.5, length * scale.min()) for middle in middles]
    return np.max([picture for picture, _ in each], axis=0), np.array([keypoints for _, keypoints in each])


def from_above(people):
    """People `[N, K, 2+]`, the highest in the picture first."""
    return people[np.argsort(people[:, 2, 1])]


def associative_embedding(**options):
    """A network with random weights, as small as it gets."""
    keras.utils.set_random_seed(0)
    small = {"image_size": (64, 96), "stacks": 2, "features": 8, "growth": 4, "depth": 2}
    return models.build("associative_embedding", skeletons.COCO, **{**small, **options})
