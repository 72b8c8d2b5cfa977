"""Pictures and people who have nothing to do with each other, and models about to be trained on them."""

import keras
import numpy as np
import tensorflow as tf

from tests.small_networks import noise

SIZE = (48, 64)


def batch(n=4, size=SIZE, keypoints=11, seed=0):
    """Images and people, of whom a few keypoints are not annotated."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, np.array(size[::-1]) - 1, (n, 1, keypoints, 2))
    v = rng.choice([0, 1, 2], (n, 1, keypoints, 1), p=[0.1, 0.2, 0.7])
    return np.stack([noise(size, seed + i) for i in range(n)]), {
        "keypoints": np.concatenate([points, v], axis=-1).astype("float32"),
        "torso": np.concatenate([points[:, :, :1].mean(axis=2), np.full((n, 1, 1), 2)], axis=-1).astype("float32"),
    }


def compiled(model, lr=0.1):
    model.compile(keras.optimizers.SGD(lr), model.default_loss())
    return model


def train(model, pair, steps=1):
    """Learns one batch. Returns the loss before each step."""
    return model.fit(tf.data.Dataset.from_tensors(pair), epochs=steps, shuffle=False, verbose=0).history["loss"]


def measure(model, pair):
    """The loss of one batch."""
    return model.evaluate(tf.data.Dataset.from_tensors(pair), verbose=0, return_dict=True)["loss"]
