"""Batches of whole images with all their people, from records."""

import numpy as np
import tensorflow as tf

from tfpose.data import geometry, shuffling
from tfpose.data.augment import sample
from tfpose.data.resample import resample, resample_masks


def several_people(
    records,
    image_size,
    batch_size,
    *,
    max_people,
    stride,
    only_with_people=False,
    training=False,
    augmentation=None,
    seed=0,
    epochs=(0, 1),
    cached=False,
    shares=None,
):
    """Batches of whole images, each centred in the network's input, as large as it fits.

    The same seed gives the same batches; an epoch can be had without those before it.

    Args:
        records: What `records.load` returns.
        image_size: `(height, width)` of the network's input.
        batch_size: Global batch size.
        max_people: Maximum number of people per image; the largest are kept, see `crowded`.
        stride: Input pixels per cell of the maps.
        only_with_people: Whether to leave out images without people, which are negative examples.
        training: Whether to shuffle, and to drop the last incomplete batch of each epoch.
        augmentation: An `Augmentation`; by default the images are not varied.
        seed: Random seed of order and augmentation.
        epochs: First epoch, and the one to stop before.
        cached: Whether to keep the records (JPEG bytes) in memory after reading them once.
        shares: Number of the worker whose share of each batch is returned, and of all workers; see `shuffling.share`.

    Returns:
        `tf.data.Dataset` of `(images, people)`: RGB images `uint8 [B, *image_size, 3]`, and a dict of `keypoints`
        `float32 [B, max_people, K, 3]` in input pixels, the largest person first, padded with v = 0; `areas`
        `[B, max_people]` in input pixels squared and `head_sizes` `[B, max_people]` in image pixels, 0 where unknown;
        `ignore` `[B, h, w]`, 1 in cells that are left out of the loss, else 0; `to_image` `[B, 2, 3]`, the map
        from input to image; and, if a data set does not annotate all keypoints, `annotated` `[B, K]`, 1 for those that
        the image's data set annotates, else 0.
    """
    flip = tf.constant(records.skeleton.flip)
    cells = (image_size[0] // stride, image_size[1] // stride)

    def prepare(seeds, batch):
        maps, mirror, *colours = sample(augmentation, batch["box"], image_size, seeds)
        keypoints = geometry.warp_keypoints(batch["keypoints"], maps[:, None])
        keypoints = tf.where(mirror[:, None, None, None], tf.gather(keypoints, flip, axis=2), keypoints)
        to_cells = geometry.compose(geometry.pixels_to_cells(stride), maps)
        people = {
            "keypoints": keypoints,
            "areas": batch["areas"] * geometry.zoom(maps)[:, None] ** 2,
            "head_sizes": batch["head_sizes"],
            "to_image": geometry.invert(maps),
        }
        if "annotated" in batch:
            known = batch["annotated"]
            people["annotated"] = tf.where(mirror[:, None], tf.gather(known, flip, axis=1), known)
        pictures, masks = (batch["image"], maps, *colours), (batch["ignore"], to_cells, batch["box"])
        pictures, masks, people = shuffling.share((pictures, masks, people), shares, batch_size)
        return resample(*pictures, image_size), {**people, "ignore": resample_masks(*masks, cells)}

    is_partial = not all(part.annotated.all() for part in records.parts)

    def images(part, serialized):
        known = {"annotated": tf.constant(part.annotated, tf.float32)} if is_partial else {}
        return part.images(serialized).flat_map(
            lambda example: _image(example, max_people, only_with_people).map(lambda found: found | known)
        )

    batches = shuffling.batches(
        records,
        images,
        [_count(part, only_with_people) for part in records.parts],
        batch_size,
        training=training,
        seed=seed,
        epochs=epochs,
        cached=cached,
    )
    return batches.map(prepare, tf.data.AUTOTUNE, deterministic=True).prefetch(2)


def crowded(records, max_people) -> tuple[int, int]:
    """Counts the images with more than `max_people` people, and the people in them that `several_people` leaves out.

    Reads all records once.
    """
    more = np.concatenate([part.people_per_image for part in records.parts]) - max_people
    return int((more > 0).sum()), int(more[more > 0].sum())


def _count(records, only_with_people):
    return int((records.people_per_image > 0).sum()) if only_with_people else records.num_images


def _image(example, max_people, only_with_people):
    """A data set of one example, or of none if the image has no people and is left out."""
    keypoints, areas, head_sizes = _largest(example, max_people)
    height, width = tf.unstack(tf.cast(tf.io.extract_jpeg_shape(example["image"])[:2], tf.float32))
    found = {
        "image": example["image"],
        "box": tf.stack([0.0, 0.0, width, height]),
        "keypoints": keypoints,
        "areas": areas,
        "head_sizes": head_sizes,
        "ignore": example.get("ignore", tf.constant(b"")),
    }
    image = tf.data.Dataset.from_tensors(found)
    return image.take(tf.cast(tf.size(example["areas"]) > 0, tf.int64)) if only_with_people else image


def _largest(example, max_people):
    """Keypoints, areas and head sizes of the `max_people` people with the largest areas, then the most keypoints."""
    annotated = tf.reduce_sum(tf.cast(example["keypoints"][..., 2] > 0, tf.float32), axis=-1)
    first = tf.argsort(annotated, direction="DESCENDING", stable=True)
    first = tf.gather(first, tf.argsort(tf.gather(example["areas"], first), direction="DESCENDING", stable=True))
    first = first[:max_people]
    missing = max_people - tf.size(first)
    for name in ("keypoints", "areas", "head_sizes"):
        people = tf.gather(example[name], first)
        people = tf.pad(people, [[0, missing], *[[0, 0]] * (len(people.shape) - 1)])
        yield tf.ensure_shape(people, [max_people, *people.shape[1:]])
