"""Batches of one person each, from records."""

import numpy as np
import tensorflow as tf

from tfpose.data import crops, geometry, shuffling
from tfpose.data.augment import sample
from tfpose.data.resample import resample


def single_person(
    records,
    image_size,
    batch_size,
    *,
    crop="",
    training=False,
    augmentation=None,
    seed=0,
    epochs=(0, 1),
    cached=False,
    shares=None,
):
    """Batches of one person each, shown in the whole image or in a crop.

    The same seed gives the same batches; an epoch can be had without those before it. People without the box that the
    crop needs are left out; `left_out` counts them.

    Args:
        records: What `records.load` returns.
        image_size: `(height, width)` of the network's input.
        batch_size: Global batch size.
        crop: One of `crops.CROPS`; by default, and for `"records"`, of each data set the one that the `framing` of its
            records stands for.
        training: Whether to shuffle, and to drop the last incomplete batch of each epoch.
        augmentation: An `Augmentation`; by default the images are not varied.
        seed: Random seed of order and augmentation.
        epochs: First epoch, and the one to stop before.
        cached: Whether to keep the records (JPEG bytes) in memory after reading them once.
        shares: Number of the worker whose share of each batch is returned, and of all workers; see `shuffling.share`.

    Returns:
        `tf.data.Dataset` of `(images, people)`: RGB images `uint8 [B, *image_size, 3]`, and a dict of `keypoints`
        `float32 [B, 1, K, 3]` and `torso` `[B, 1, 3]` (the centre of the torso box; v = 0 without one), both in input
        pixels, `head_sizes` `[B, 1]` in image pixels, and `to_image` `[B, 2, 3]`, the map from input to image.

    Raises:
        ValueError: If the crop is unknown, or needs boxes that nobody in one of the data sets has.
    """
    counts = [_count(part, _crop_of(part, crop)) for part in records.parts]
    flip = tf.constant(records.skeleton.flip)

    def prepare(seeds, batch):
        maps, mirror, *colours = sample(augmentation, batch["box"], image_size, seeds)
        keypoints, torso = (geometry.warp_keypoints(batch[name], maps) for name in ("keypoints", "torso"))
        keypoints = tf.where(mirror[:, None, None], tf.gather(keypoints, flip, axis=1), keypoints)
        pictures, people = shuffling.share(
            (
                (batch["image"], maps, *colours),
                {
                    "keypoints": keypoints[:, None],
                    "torso": torso,
                    "head_sizes": batch["head_size"][:, None],
                    "to_image": geometry.invert(maps),
                },
            ),
            shares,
            batch_size,
        )
        return resample(*pictures, image_size), people

    batches = shuffling.batches(
        records,
        lambda part, serialized: _people(part, serialized, _crop_of(part, crop)),
        counts,
        batch_size,
        training=training,
        seed=seed,
        epochs=epochs,
        cached=cached,
    )
    return batches.map(prepare, tf.data.AUTOTUNE, deterministic=True).prefetch(2)


def people(records, image_size, *, crop=""):
    """Keypoints of everyone in the records as the network is shown them without augmentation, without images.

    Args:
        records: What `records.load` returns.
        image_size: `(height, width)` of the network's input.
        crop: As for `single_person`; networks of several people are shown the `"frame"`.

    Returns:
        A dict of `keypoints` `float32 [N, 1, K, 3]` and `torso` `[N, 1, 3]`, in input pixels.
    """
    found = {"keypoints": [], "torso": []}
    for part in records.parts:
        for person in _people(part, part.serialized(), _crop_of(part, crop)).batch(1024):
            maps = geometry.crop_map(person["box"], image_size)
            for name, points in found.items():
                points.append(geometry.warp_keypoints(person[name], maps).numpy())
    keypoints, torso = (np.concatenate(points) for points in found.values())
    return {"keypoints": keypoints[:, None], "torso": torso}


def left_out(records, crop="") -> int:
    """Counts the people whom `single_person` leaves out, since they lack the box that the crop needs."""
    return sum(part.num_people - _count(part, _crop_of(part, crop)) for part in records.parts)


def resolve(records, crop="") -> str:
    """Returns the crop that `single_person` shows of records.

    Args:
        records: What `records.load` returns.
        crop: As for `single_person`.

    Returns:
        One of `crops.CROPS`; `"records"` if the data sets of a mixture have different ones.

    Raises:
        ValueError: If the crop is unknown.
    """
    found = {_crop_of(part, crop) for part in records.parts}
    return found.pop() if len(found) == 1 else crops.RECORDS


def _crop_of(records, crop):
    """The crop asked for, or else the one that the records of one data set were made for."""
    crop = crops.FRAMINGS[records.framing] if crop in ("", crops.RECORDS) else crop
    crops.check(crop)
    return crop


def _count(records, crop):
    """How many people of one data set can be shown in a crop."""
    count = records.num_people if crop == "frame" else records.people_by_crop[crop]
    if records.num_people and not count:
        raise ValueError(
            f"`crop={crop}` needs records with {crop} boxes. Received: {records.metadata['converter']}, where nobody "
            f"of {records.split!r} has one."
        )
    return count


def _people(records, serialized, crop):
    """One element per person who has the box that the crop needs, with the box that is shown."""

    def shown(people):
        boxes = {"person_box": people["boxes"], "torso_box": people["torso_boxes"]}
        found = {
            "image": people["image"],
            "keypoints": people["keypoints"],
            "box": crops.box(crop, people["size"], **boxes),
            "torso": crops.middle(people["torso_boxes"])[:, None],
            "head_size": people["head_sizes"],
        }
        if crop == "frame":
            return found
        known = crops.is_known(crop, **boxes)
        return {name: tf.boolean_mask(values, known) for name, values in found.items()}

    return records.people(serialized).map(shown).unbatch()
