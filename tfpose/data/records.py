"""Reads what tfrecords_tools wrote. The only module of tfpose that knows TensorFlow Datasets."""

import contextlib
import dataclasses
import functools
import pathlib

import numpy as np
import tensorflow as tf

from tfpose.skeletons import Skeleton

CYCLE = 4  # Shards read at a time.


@dataclasses.dataclass(frozen=True)
class Records:
    """One split, or a slice of it, of a converted data set.

    Attributes:
        skeleton: Its `Skeleton`.
        metadata: What the converter noted: `framing`, `options`, `counts`.
    """

    builder: object
    split: str

    @property
    def metadata(self):
        return dict(self.builder.info.metadata)

    @property
    def skeleton(self):
        return Skeleton.from_dict(self.metadata["skeleton"])

    @property
    def framing(self):
        """What a single-person network is shown: the whole `"image"`, or the surroundings of the `"person"`."""
        return self.metadata["framing"]

    @property
    def num_images(self):
        return self.builder.info.splits[self.split].num_examples

    @functools.cached_property
    def num_people(self):
        """People of all images. Slices are counted by reading them."""
        counts = self.metadata.get("counts", {}).get(self.split)
        if counts:
            return counts["people"]
        return sum(len(example["keypoints"]) for example in self.dataset().as_numpy_iterator())

    def dataset(self, seed=None):
        """Examples in the order they lie in, or, with a seed (a number or scalar tensor), their shards in random order.

        Returns:
            `tf.data.Dataset` of dicts, one per image: `id`, `image` (JPEG bytes), `keypoints` `[N, K, 3]`, `boxes`
            and `torso_boxes` `[N, 4]`, `head_sizes` and `areas` `[N]`.
        """
        parts = self.builder.info.splits[self.split].file_instructions
        bounds = np.array([[part.skip, part.take] for part in parts], np.int64)
        shards = tf.data.Dataset.from_tensor_slices(([part.filename for part in parts], bounds))
        if seed is not None:
            shards = shards.shuffle(len(parts), seed=seed)
        serialized = shards.interleave(_read, cycle_length=CYCLE, num_parallel_calls=CYCLE, deterministic=True)
        return serialized.map(self._parse)  # Not in parallel: that costs more than the parsing.

    def _parse(self, serialized):
        import tensorflow_datasets as tfds

        return self.builder.info.features.deserialize_example(
            serialized, decoders={"image": tfds.decode.SkipDecoding()}
        )


def load(data_dir, split: str) -> Records:
    """Opens one split: `train`, `test`, or a slice such as `train[:95%]`.

    Raises:
        ValueError: If the folder holds no records, or not this split, or the slice no image.
    """
    import tensorflow_datasets as tfds

    if not pathlib.Path(data_dir, "dataset_info.json").exists():
        raise ValueError(
            "`data_dir` must be a folder that `python -m tfrecords_tools.convert` wrote, such as data/flic. "
            f"Received: {str(data_dir)!r}."
        )
    builder = tfds.builder_from_directory(data_dir)
    if split.split("[")[0] not in builder.info.splits:
        raise ValueError(f"Unknown split. Received: {split!r}. Known: {', '.join(builder.info.splits)}.")
    with contextlib.suppress(ValueError):  # What TFDS says of a slice that is none.
        if builder.info.splits[split].num_examples:
            return Records(builder, split)
    raise ValueError(f"A slice must be such as train[:95%], and hold an image. Received: {split!r}.")


def decode(jpeg):
    """JPEG bytes → RGB `uint8 [H, W, 3]`. Like every reader here, it leaves an EXIF orientation alone."""
    return tf.io.decode_jpeg(jpeg, channels=3, dct_method="INTEGER_ACCURATE")  # As OpenCV, to the last bit.


def _read(filename, bounds):
    return tf.data.TFRecordDataset(filename).skip(bounds[0]).take(bounds[1])
