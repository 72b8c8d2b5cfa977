"""Runs a network on several frames of a video at once."""

import numpy as np
import tensorflow as tf

from tfpose.data import geometry
from tfpose.prediction.multi_person import place


class BatchFinder:
    """Finds the people of several images of one size in one run of the network, each shown whole.

    Args:
        predictor: A `SinglePersonPredictor` or `MultiPersonPredictor` of one plain view, without a torso input.

    Raises:
        ValueError: If it is another one.
    """

    def __init__(self, predictor):
        if not hasattr(predictor, "model") or predictor.takes_torso:
            raise ValueError(
                "`--batch` is for runs whose network takes no torso. "
                f"Received: {'an export' if not hasattr(predictor, 'model') else predictor.model.name}."
            )
        self._predictor = predictor
        self._model = predictor.model
        specs = [tf.TensorSpec([None, None, None, 3], tf.uint8)]
        self._run = tf.function(self._candidates, autograph=False, input_signature=specs)

    def __call__(self, images):
        """Finds the people.

        Args:
            images: List of RGB `uint8 [H, W, 3]`, all of one size.

        Returns:
            List of people `float32 [N, K, 3]` of each, as the predictor finds them.
        """
        candidates, to_image = self._run(np.stack(images))
        move = place if self._predictor.several else geometry.warp_keypoints
        return [move(self._model.codec.group(each), to_image).numpy() for each in candidates.numpy()]

    def _candidates(self, images):
        """Candidates `[B, K, M, 3+]` in pixels of the network's input, and the map `[2, 3]` from these to the image."""
        codec = self._model.codec
        height, width = tf.unstack(tf.cast(tf.shape(images)[1:3], tf.float32))
        view = geometry.crop_map(tf.stack([0.0, 0.0, width, height]), codec.image_size)
        views = tf.repeat(view[None], tf.shape(images)[0], axis=0)
        outputs = self._model(geometry.warp_images(images, views, codec.image_size), training=False)
        found = codec.decode(outputs) if self._predictor.several else codec.candidates(outputs)[self._predictor.output]
        return found, geometry.invert(view)
