"""Affine maps between the original image and the network's input.

A map is `float32 [..., 2, 3]` and takes `(x, y, 1)` in pixels of one image to `(x, y)` in pixels of the other. Crop,
scale, shift, rotation and mirror are composed into one map, so that pixels are resampled once.
All functions take maps with any leading axes.
"""

import tensorflow as tf

WHOLE = 1e-3  # Added to a reduction factor before its floor, so that rounding doesn't turn a factor n into n - 1.


def crop_map(box, size, *, scale=1.0, angle=0.0, mirror=False, shift=(0.0, 0.0)):
    """The map that brings a box to the centre of the network's input, as large as it fits.

    Args:
        box: `[..., 4]`: x, y, width, height, in pixels of the image.
        size: `(height, width)` of the network's input.
        scale: `[...]`: factor of the area shown, in each dimension; above 1 everything appears smaller.
        angle: `[...]`: clockwise rotation of the image, in radians.
        mirror: `bool [...]`: whether the image is mirrored.
        shift: `[..., 2]`: translation right and down, as fractions of the input's width and height.
    """
    box = tf.cast(box, tf.float32)
    extent = tf.constant(size[::-1], tf.float32)  # (width, height), as points go.
    zoom = tf.reduce_min(extent / tf.maximum(box[..., 2:], 1.0), axis=-1) / scale
    cos, sin = tf.cos(angle) * zoom, tf.sin(angle) * zoom
    flip = tf.where(mirror, -1.0, 1.0)
    linear = tf.stack(
        [tf.stack([cos * flip, -sin], axis=-1), tf.stack([sin * flip, cos], axis=-1)],
        axis=-2,
    )
    middle = (extent - 1) / 2 + tf.cast(shift, tf.float32) * extent
    centre = box[..., :2] + (box[..., 2:] - 1) / 2
    return _join(linear, middle - tf.linalg.matvec(linear, centre))


def compose(second, first):
    """The composition of two maps: `first`, then `second`."""
    linear = second[..., :2] @ first[..., :2]
    return _join(linear, tf.linalg.matvec(second[..., :2], first[..., 2]) + second[..., 2])


def invert(matrix):
    """The inverse of a map."""
    a, b, x = tf.unstack(matrix[..., 0, :], axis=-1)
    c, d, y = tf.unstack(matrix[..., 1, :], axis=-1)
    linear = tf.stack([tf.stack([d, -b], axis=-1), tf.stack([-c, a], axis=-1)], axis=-2) / zoom(matrix, power=2)
    return _join(linear, -tf.linalg.matvec(linear, tf.stack([x, y], axis=-1)))


def zoom(matrix, power=1):
    """The scale factor of a map; for `power=2` its determinant `[..., 1, 1]`, negative where the map mirrors."""
    area = matrix[..., 0, 0] * matrix[..., 1, 1] - matrix[..., 0, 1] * matrix[..., 1, 0]
    return tf.sqrt(tf.abs(area)) if power == 1 else area[..., None, None]


def pixels_to_cells(stride):
    """The map `[2, 3]` from input pixels to cells of `stride` pixels; see `codecs.cells`."""
    offset = (1 - stride) / (2 * stride)
    return tf.constant([[1 / stride, 0.0, offset], [0.0, 1 / stride, offset]])


def cells_to_pixels(stride):
    """The map `[2, 3]` from cells of `stride` pixels, a number or a tensor, to input pixels."""
    stride = tf.cast(stride, tf.float32)
    offset = (stride - 1) / 2
    return tf.stack([tf.stack([stride, 0.0, offset]), tf.stack([0.0, stride, offset])])


def warp_keypoints(keypoints, matrix):
    """Maps points `[..., N, 2+]` by `[..., 2, 3]`; values after `(x, y)` are kept."""
    xy = tf.linalg.matmul(keypoints[..., :2], matrix[..., :2], transpose_b=True) + matrix[..., None, :, 2]
    return tf.concat([xy, keypoints[..., 2:]], axis=-1)


def warp_images(images, matrix, size):
    """Resamples `[B, H, W, 3]` by maps `[B, 2, 3]` to `uint8 [B, *size, 3]`; outside is black.

    Images that are reduced by a factor of 2 or more are first averaged over blocks of pixels, to avoid aliasing.
    """
    images, block = _shrink(images, tf.reduce_max(zoom(matrix)))
    return tf.cast(
        tf.round(warp_maps(tf.cast(images, tf.float32), compose(matrix, block), size)),
        tf.uint8,
    )


def warp_maps(maps, matrix, size):
    """Resamples `float32 [B, H, W, C]` by maps `[B, 2, 3]` bilinearly to `[B, *size, C]`; outside is 0."""
    back = invert(matrix)
    back = tf.concat([tf.reshape(back, [-1, 6]), tf.zeros([tf.shape(back)[0], 2])], axis=1)
    warped = tf.raw_ops.ImageProjectiveTransformV3(
        images=maps,
        transforms=back,
        output_shape=size,
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    return tf.ensure_shape(warped, [None, *size, maps.shape[-1]])


def _shrink(images, zoom):
    """Averages over blocks of n x n pixels: `[B, H // n, W // n, 3]`, and the map `[1, 2, 3]` back to the original."""
    height, width = tf.shape(images)[1], tf.shape(images)[2]
    n = tf.cast(tf.floor(1 / zoom + WHOLE), tf.int32)
    n = tf.maximum(1, tf.minimum(n, tf.minimum(height, width)))

    def average():
        whole = tf.cast(images[:, : height // n * n, : width // n * n], tf.float32)
        blocks = tf.image.resize(whole, [height // n, width // n], tf.image.ResizeMethod.AREA)
        return tf.cast(tf.round(blocks), tf.uint8)

    small = tf.cond(n > 1, average, lambda: tf.identity(images))
    return small, cells_to_pixels(n)[None]


def _join(linear, translation):
    return tf.concat([linear, translation[..., None]], axis=-1)
