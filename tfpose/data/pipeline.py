"""From records to batches of one person each."""

import numpy as np
import tensorflow as tf

from tfpose.data import geometry
from tfpose.data.augment import sample
from tfpose.data.resample import resample

MARGIN = 1.25  # How much more than the person's box a crop shows.
SHUFFLED = 2048  # People, as JPEG bytes, among whom the next one is drawn.
EPOCH = 1_000_003  # Between the seeds of two epochs, so that near seeds share none.


def single_person(
    records,
    image_size,
    batch_size,
    *,
    training=False,
    augmentation=None,
    seed=0,
    epochs=(0, 1),
    cached=False,
):
    """Batches of one person each: the whole image, or the surroundings of the person, as the records say.

    The same seed gives the same batches; an epoch can be had without those before it.

    Args:
        records: What `records.load` returns.
        image_size: `(height, width)` of the network's input.
        batch_size: Global batch size.
        training: Whether to shuffle, and to drop the last incomplete batch of each epoch.
        augmentation: An `Augmentation`, or none.
        seed: Of order and augmentation.
        epochs: First epoch, and the one to stop before.
        cached: Whether to keep the records (JPEG bytes) in memory after reading them once.

    Returns:
        `tf.data.Dataset` of `(images, people)`: RGB images `uint8 [B, *image_size, 3]`, and a dict of `keypoints`
        `float32 [B, 1, K, 3]` and `torso` `[B, 1, 3]` (the middle of the torso box; v = 0 without one), both in input
        pixels, `head_sizes` `[B, 1]` in image pixels, and `to_image` `[B, 2, 3]`, the map from input to image.
    """
    flip = tf.constant(records.skeleton.flip)
    whole = records.framing == "image"
    kept = records.dataset().cache() if cached else None

    def epoch(number):
        tf.random.set_seed(1)  # Of this graph alone: the order shall depend on `seed`, and not on the program's too.
        order = seed + EPOCH * number if training else None
        everyone = (kept or records.dataset(order)).flat_map(lambda example: _people(example, whole))
        everyone = everyone.shuffle(SHUFFLED, seed=order) if training else everyone
        batches = everyone.batch(batch_size, drop_remainder=training).enumerate()
        return batches.map(lambda i, batch: (tf.stack([seed + EPOCH * number, i]), batch))

    def prepare(seeds, batch):
        maps, mirror, tones = sample(augmentation, batch["box"], image_size, seeds)
        keypoints, torso = (geometry.warp_keypoints(batch[name], maps) for name in ("keypoints", "torso"))
        keypoints = tf.where(mirror[:, None, None], tf.gather(keypoints, flip, axis=1), keypoints)
        return resample(batch["image"], maps, tones, image_size), {
            "keypoints": keypoints[:, None],
            "torso": torso,
            "head_sizes": batch["head_size"][:, None],
            "to_image": geometry.invert(maps),
        }

    batches = records.num_people // batch_size if training else -(-records.num_people // batch_size)
    size = tf.data.experimental.assert_cardinality(batches * (epochs[1] - epochs[0]))
    batches = tf.data.Dataset.range(*epochs).flat_map(epoch).apply(size)
    return batches.map(prepare, tf.data.AUTOTUNE, deterministic=True).prefetch(tf.data.AUTOTUNE)


def people(records, image_size):
    """Everyone of the records as the network is shown them without augmentation, and no image.

    Returns:
        A dict of `keypoints` `float32 [N, 1, K, 3]` and `torso` `[N, 1, 3]`, in input pixels.
    """
    whole = records.framing == "image"
    found = {"keypoints": [], "torso": []}
    for person in records.dataset().flat_map(lambda example: _people(example, whole)).batch(1024):
        maps = geometry.crop_map(person["box"], image_size)
        for name, points in found.items():
            points.append(geometry.warp_keypoints(person[name], maps).numpy())
    keypoints, torso = (np.concatenate(points) for points in found.values())
    return {"keypoints": keypoints[:, None], "torso": torso}


def _people(example, whole):
    """One example per annotated person of the image."""
    boxes, torso = example["boxes"], example["torso_boxes"]
    height, width = tf.unstack(tf.cast(tf.io.extract_jpeg_shape(example["image"])[:2], tf.float32))
    people = {
        "image": tf.repeat(example["image"], tf.shape(boxes)[0]),
        "keypoints": example["keypoints"],
        "box": tf.zeros_like(boxes) + tf.stack([0.0, 0.0, width, height]) if whole else surroundings(boxes),
        "torso": middle(torso)[:, None],
        "head_size": example["head_sizes"],
    }
    return tf.data.Dataset.from_tensor_slices(people)


def surroundings(boxes):
    """Boxes `[..., 4]`, larger by `MARGIN` around the same centre."""
    margin = (MARGIN - 1) * boxes[..., 2:]
    return tf.concat([boxes[..., :2] - margin / 2, boxes[..., 2:] + margin], axis=-1)


def middle(boxes):
    """Centres `(x, y, v)` `[..., 3]` of boxes `[..., 4]`; v = 0 where the box is empty."""
    x, y, width, height = tf.unstack(boxes, axis=-1)
    there = tf.cast((width > 0) & (height > 0), tf.float32)
    return tf.stack([x + (width - 1) / 2, y + (height - 1) / 2, 2 * there], axis=-1)
