"""Decodes and resamples images with OpenCV, which on a CPU is several times faster than TensorFlow's resampling."""

import numpy as np
import tensorflow as tf

from tfpose.data import geometry

UNCHANGED = np.eye(3)  # The colour matrix that changes nothing.


def resample(jpegs, maps, tones, colours, size):
    """Decodes images, resamples them once, and changes their colours and tones.

    Args:
        jpegs: Bytes of JPEG files `[B]`.
        maps: `[B, 2, 3]`, from image to input.
        tones: `[B, 2]`: the factor of the difference from the image's mean grey, and the grey levels to add.
        colours: `[B, 3, 3]`: the matrix that red, green and blue are multiplied by before.
        size: `(height, width)` of the input.

    Returns:
        RGB `uint8 [B, *size, 3]`, black outside of the images. Equal to `geometry.warp_images` up to rounding and the
        decoder's way of averaging.
    """
    images = tf.numpy_function(lambda *args: _resample(*args, size), [jpegs, maps, tones, colours], tf.uint8)
    return tf.ensure_shape(images, [None, *size, 3])


def resample_masks(pngs, maps, boxes, size):
    """Decodes masks and resamples them by the maps of their images.

    Args:
        pngs: Bytes of PNG files `[B]`, nonzero inside the mask, with the aspect ratio of the image. Empty bytes stand
            for an empty mask.
        maps: `[B, 2, 3]`, from image to cells.
        boxes: `[B, 4]`: the frames of the images, in their own pixels.
        size: `(height, width)` in cells.

    Returns:
        `float32 [B, *size]`: 1 in cells at least half of which lie in the mask, else 0; 0 outside of the images.
    """
    masks = tf.numpy_function(lambda *args: _resample_masks(*args, size), [pngs, maps, boxes], tf.float32)
    return tf.ensure_shape(masks, [None, *size])


def _resample(jpegs, maps, tones, colours, size):
    import cv2

    images = np.empty((len(jpegs), *size, 3), np.uint8)
    four = warped = None  # Reused buffers: allocating new pages takes as long as filling them.
    for image, jpeg, matrix, tone, colour in zip(images, jpegs, maps, tones, colours, strict=True):
        pixels, matrix = _shrink(*_decode(jpeg, matrix))
        four = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGBA, dst=four)  # OpenCV warps four channels faster than three.
        warped = cv2.warpAffine(four, matrix, size[::-1], dst=warped, flags=cv2.INTER_LINEAR)
        cv2.cvtColor(warped, cv2.COLOR_RGBA2RGB, dst=image)
        _change(image, *tone, colour)
    return images


def _decode(jpeg, matrix):
    """Decodes to BGR `uint8 [H, W, 3]`, perhaps reduced; returns it with the map from its pixels.

    Where blocks of 2, 4 or 8 pixels will be averaged, the JPEG decoder computes the averages, in half the time. On
    photographs they differ from averages of the decoded pixels by a quarter of a grey level in the mean.
    """
    import cv2

    sizes = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4, 2: cv2.IMREAD_REDUCED_COLOR_2}
    n = _times_smaller(matrix)
    side = next((side for side in sizes if n % side == 0), 1)
    mode = sizes.get(side, cv2.IMREAD_COLOR) | cv2.IMREAD_IGNORE_ORIENTATION
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), mode), matrix @ _blocks(side)


def _change(image, contrast, brightness, colour):
    """Changes colours and tones of `uint8 [H, W, 3]` in place, rounding and clipping once."""
    import cv2

    as_it_is = (colour == UNCHANGED).all()
    if as_it_is and (contrast, brightness) == (1, 0):
        return
    grey = (colour @ cv2.mean(image)[:3]).sum() / 3 * (1 - contrast) + brightness
    if as_it_is:
        cv2.addWeighted(image, contrast, image, 0, grey, dst=image)
    else:
        cv2.transform(image, np.column_stack([contrast * colour, np.full(3, grey)]), dst=image)


def _resample_masks(pngs, maps, boxes, size):
    import cv2

    masks = np.zeros((len(pngs), *size), np.float32)
    for mask, png, matrix, (_, _, width, _) in zip(masks, pngs, maps, boxes, strict=True):
        pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE) if png else np.zeros(1)
        if pixels.any():
            pixels = cv2.threshold(pixels, 0, 255, cv2.THRESH_BINARY)[1]
            pixels, matrix = _shrink(pixels, matrix @ _blocks(width / pixels.shape[1]))
            mask[:] = cv2.warpAffine(pixels, matrix, size[::-1], flags=cv2.INTER_LINEAR) >= 128
    return masks


def _shrink(pixels, matrix):
    """Averages over blocks of pixels as `geometry.warp_images` does; returns the result and its map."""
    import cv2

    height, width = pixels.shape[:2]
    n = min(_times_smaller(matrix), height, width)
    if n == 1:
        return pixels, matrix
    whole = pixels[: height // n * n, : width // n * n]
    return cv2.resize(whole, (width // n, height // n), interpolation=cv2.INTER_AREA), matrix @ _blocks(n)


def _times_smaller(matrix):
    """The whole part of the factor by which a map reduces images, at least 1."""
    (a, b), (c, d) = matrix[:, :2].tolist()
    return max(1, int(abs(a * d - b * c) ** -0.5 + geometry.WHOLE))


def _blocks(side):
    """The map `[3, 3]` from blocks of `side` x `side` pixels to pixels."""
    return np.array([[side, 0, (side - 1) / 2], [0, side, (side - 1) / 2], [0, 0, 1]])
