"""From JPEG bytes to the network's input, by OpenCV: several times faster than TensorFlow's own resampling on a CPU."""

import numpy as np
import tensorflow as tf

from tfpose.data import geometry


def resample(jpegs, maps, tones, size):
    """Decodes, resamples once, and changes the tones.

    Args:
        jpegs: Bytes of JPEG files `[B]`.
        maps: `[B, 2, 3]`, from image to input.
        tones: `[B, 2]`: the factor of the contrast around the image's mean grey, and the grey levels to add.
        size: `(height, width)` of the input.

    Returns:
        RGB `uint8 [B, *size, 3]`; outside of the images it is black. Equal, to rounding, to `geometry.warp_images`.
    """
    images = tf.numpy_function(lambda *args: _resample(*args, size), [jpegs, maps, tones], tf.uint8)
    return tf.ensure_shape(images, [None, *size, 3])


def _resample(jpegs, maps, tones, size):
    import cv2

    images = np.empty((len(jpegs), *size, 3), np.uint8)
    for image, jpeg, matrix, (contrast, brightness) in zip(images, jpegs, maps, tones, strict=True):
        pixels = cv2.imdecode(
            np.frombuffer(jpeg, np.uint8),
            cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION,
        )
        pixels, matrix = _shrink(pixels, matrix)
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA)  # OpenCV warps four channels twice as fast as three.
        cv2.cvtColor(cv2.warpAffine(pixels, matrix, size[::-1], flags=cv2.INTER_LINEAR), cv2.COLOR_RGBA2RGB, dst=image)
        if (contrast, brightness) != (1, 0):
            grey = sum(cv2.mean(image)) / 3 * (1 - contrast) + brightness
            cv2.addWeighted(image, contrast, image, 0, grey, dst=image)
    return images


def _shrink(pixels, matrix):
    """Averages over whole blocks of pixels, as `geometry.warp_images` does."""
    import cv2

    (a, b), (c, d) = matrix[:, :2]
    height, width = pixels.shape[:2]
    n = min(int(abs(a * d - b * c) ** -0.5 + geometry.WHOLE), height, width)
    if n <= 1:
        return pixels, matrix
    whole = pixels[: height // n * n, : width // n * n]
    block = np.array([[n, 0, (n - 1) / 2], [0, n, (n - 1) / 2], [0, 0, 1]])
    return cv2.resize(whole, (width // n, height // n), interpolation=cv2.INTER_AREA), matrix @ block
