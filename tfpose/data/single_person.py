"""From records to batches of one person each."""

import numpy as np
import tensorflow as tf

from tfpose.data import geometry, shuffling
from tfpose.data.augment import sample
from tfpose.data.resample import resample

MARGIN = 1.25  # How much more than the person's box a crop shows.


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

    def prepare(seeds, batch):
        maps, mirror, *colours = sample(augmentation, batch["box"], image_size, seeds)
        keypoints, torso = (geometry.warp_keypoints(batch[name], maps) for name in ("keypoints", "torso"))
        keypoints = tf.where(mirror[:, None, None], tf.gather(keypoints, flip, axis=1), keypoints)
        return resample(batch["image"], maps, *colours, image_size), {
            "keypoints": keypoints[:, None],
            "torso": torso,
            "head_sizes": batch["head_size"][:, None],
            "to_image": geometry.invert(maps),
        }

    batches = shuffling.batches(
        records,
        _people,
        [part.num_people for part in records.parts],
        batch_size,
        training=training,
        seed=seed,
        epochs=epochs,
        cached=cached,
    )
    return batches.map(prepare, tf.data.AUTOTUNE, deterministic=True).prefetch(2)


def people(records, image_size, *, whole=False):
    """Everyone of the records as the network is shown them without augmentation, and no image.

    Args:
        records: What `records.load` returns.
        image_size: `(height, width)` of the network's input.
        whole: Whether it is shown whole images, as networks of several people are, whatever the records say.

    Returns:
        A dict of `keypoints` `float32 [N, 1, K, 3]` and `torso` `[N, 1, 3]`, in input pixels.
    """
    found = {"keypoints": [], "torso": []}
    for part in records.parts:
        for person in _people(part, part.serialized(), whole).batch(1024):
            maps = geometry.crop_map(person["box"], image_size)
            for name, points in found.items():
                points.append(geometry.warp_keypoints(person[name], maps).numpy())
    keypoints, torso = (np.concatenate(points) for points in found.values())
    return {"keypoints": keypoints[:, None], "torso": torso}


def _people(records, serialized, whole=False):
    """One element per annotated person, with the box that is shown."""
    whole = whole or records.framing == "image"

    def shown(people):
        height, width = tf.unstack(tf.cast(people["size"], tf.float32), axis=1)
        frame = tf.stack([tf.zeros_like(width), tf.zeros_like(height), width, height], axis=1)
        return {
            "image": people["image"],
            "keypoints": people["keypoints"],
            "box": frame if whole else surroundings(people["boxes"]),
            "torso": middle(people["torso_boxes"])[:, None],
            "head_size": people["head_sizes"],
        }

    return records.people(serialized).map(shown).unbatch()


def surroundings(boxes):
    """Boxes `[..., 4]`, larger by `MARGIN` around the same centre."""
    margin = (MARGIN - 1) * boxes[..., 2:]
    return tf.concat([boxes[..., :2] - margin / 2, boxes[..., 2:] + margin], axis=-1)


def middle(boxes):
    """Centres `(x, y, v)` `[..., 3]` of boxes `[..., 4]`; v = 0 where the box is empty."""
    x, y, width, height = tf.unstack(boxes, axis=-1)
    there = tf.cast((width > 0) & (height > 0), tf.float32)
    return tf.stack([x + (width - 1) / 2, y + (height - 1) / 2, 2 * there], axis=-1)
