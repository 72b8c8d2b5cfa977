"""Local contrast normalisation, Jarrett et al. 2009 (https://doi.org/10.1109/ICCV.2009.5459469), section 2."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable("tfpose")
class LocalContrastNormalization(layers.Layer):
    """Subtracts from every pixel of `[B, H, W, C]` the local mean, and divides by the local standard deviation.

    The deviation is at least its mean over the image, so that flat regions are not amplified.

    Args:
        size: Side of the Gaussian window, in pixels.
    """

    def __init__(self, size=9, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, images):
        centred = images - self._blur(images)
        spread = ops.sqrt(self._blur(ops.square(centred)))
        return centred / ops.maximum(spread, ops.maximum(ops.mean(spread, axis=(1, 2, 3), keepdims=True), 1e-4))

    def _blur(self, images):
        offsets = np.arange(self.size) - (self.size - 1) / 2
        window = np.exp(-np.square(offsets) / (2 * (self.size / 4) ** 2))
        window = np.tile((window / window.sum())[:, None, None, None], (1, 1, images.shape[-1], 1))
        window = ops.cast(window, images.dtype)
        images = _reflect(images, self.size // 2)
        images = ops.depthwise_conv(images, window, padding="valid")
        return ops.depthwise_conv(images, ops.transpose(window, (1, 0, 2, 3)), padding="valid")

    def get_config(self):
        return {**super().get_config(), "size": self.size}


def _reflect(images, n):
    return ops.pad(images, ((0, 0), (n, n), (n, n), (0, 0)), mode="reflect")
