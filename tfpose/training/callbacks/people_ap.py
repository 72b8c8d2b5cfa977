"""AP of the people found in the first validation images, after every epoch."""

import keras
import numpy as np
import tensorflow as tf


class PeopleAP(keras.callbacks.Callback):
    """Adds `val_AP` and `val_AP50` to the logs: those of COCO, of people as the codec groups them.

    For models of several people. Place it before the callbacks that read the logs, and after `AveragedWeights`.
    Keypoints and areas are those of the network's input. Ignored regions are not known here, so that who is found in a
    crowd is wrong: the numbers are for comparison within a run.

    Args:
        batches: Validation batches `(images, people)`, people with `keypoints` `[B, N, K, 3]` and `areas` `[B, N]`.
        metric: An `OKS`.
        images: Number of images measured, the first ones.
    """

    def __init__(self, batches, metric, images=64):
        super().__init__()
        if images < 1:
            raise ValueError(f"`images` must be at least 1. Received: {images}.")
        self.batches = batches
        self.images = images
        self.metric = metric

    def on_train_begin(self, logs=None):
        self._decode = tf.function(self._candidates, autograph=False)

    def on_epoch_end(self, epoch, logs=None):
        self.metric.reset_state()
        left = self.images
        for images, people in self.batches:
            everyone = (np.array(values)[:left] for values in (people["keypoints"], people["areas"]))
            found = np.array(self._decode(images, people))[:left]
            for keypoints, areas, candidates in zip(*everyone, found, strict=True):
                there = (keypoints[..., 2] > 0).any(axis=-1)  # The other rows are padding.
                truth = {"keypoints": keypoints[there], "areas": areas[there]}
                self.metric.update_state(truth, self.model.codec.group(candidates))
            left -= len(found)
            if left <= 0:
                break
        result = self.metric.result()
        if logs is not None:
            logs.update({f"val_{name}": result[name] for name in ("AP", "AP50")})

    def _candidates(self, images, people):
        outputs = self.model(self.model.network_inputs(images, people), training=False)
        return self.model.codec.decode(outputs)
