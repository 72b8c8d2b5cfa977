"""Records: converted data sets, as tfrecords_tools writes them. The only module that uses TensorFlow Datasets."""

import contextlib
import dataclasses
import functools

import numpy as np
import tensorflow as tf

from tfpose import skeletons
from tfpose.commands import reading
from tfpose.data import crops, integrity
from tfpose.data.mixture import Mixture, under, weighted
from tfpose.data.shuffling import UNTUNED
from tfpose.skeletons import Skeleton

CYCLE = 4  # Shards read in parallel.
PARSED = 32  # Images parsed at once: a fraction of the cost of parsing them one by one.
PICTURES = ("image", "ignore")  # Features that stay encoded, as bytes of a file.
PERSONAL = ("keypoints", "boxes", "torso_boxes", "head_sizes")  # Features with one value per person.


@dataclasses.dataclass(frozen=True)
class Records:
    """One split, or a slice of it, of a converted data set.

    Attributes:
        translation: The `Skeleton` that keypoints are translated to, by name; none to leave them. Keypoints that it
            lacks are dropped; keypoints that the data set lacks get v = 0.
        skeleton: The skeleton of the keypoints: `translation`, or the data set's own.
        metadata: Metadata written by the converter, such as `framing`, `options`, `counts`.
    """

    builder: object
    split: str
    translation: Skeleton | None = None

    @property
    def metadata(self):
        return dict(self.builder.info.metadata)

    @property
    def skeleton(self):
        return self.translation or Skeleton.from_dict(self.metadata["skeleton"])

    @property
    def annotated(self):
        """Which keypoints of `skeleton` the data set annotates, `bool [K]`."""
        own = self.metadata["skeleton"]["keypoints"]
        return np.array([name in own for name in self.skeleton.keypoints])

    @property
    def framing(self):
        """What networks of one person are shown by default: the whole `"image"`, or a crop around the `"person"`."""
        return self.metadata["framing"]

    @property
    def parts(self):
        """The data sets it consists of, here one. See `Mixture`."""
        return (self,)

    @property
    def weights(self):
        """The weight of each of `parts`. See `Mixture`."""
        return (1.0,)

    @property
    def num_images(self):
        return self.builder.info.splits[self.split].num_examples

    @functools.cached_property
    def num_people(self):
        """Number of people in all images. Slices are counted by reading them."""
        counts = self.metadata.get("counts", {}).get(self.split)
        return counts["people"] if counts else int(self.people_per_image.sum())

    @functools.cached_property
    def people_per_image(self):
        """Number of people in each image, `[num_images]`, in the order of the files. All records are read for it."""
        return np.array([len(example["keypoints"]) for example in self.dataset().as_numpy_iterator()])

    @functools.cached_property
    def people_by_crop(self):
        """Number of people that have the box that each of `crops.CROPS` needs. All records are read for it."""
        found = {"person": 0, "torso": 0}
        for people in self.people(self.serialized()):
            for crop in found:
                known = crops.is_known(crop, people["boxes"], people["torso_boxes"])
                found[crop] += int(np.count_nonzero(known))
        return {"frame": self.num_people, **found}

    def dataset(self):
        """Examples in the order of the files.

        Returns:
            `tf.data.Dataset` of dicts, one per image: `id`, `image` (JPEG bytes), `keypoints` `[N, K, 3]`, `boxes`
            and `torso_boxes` `[N, 4]`, `head_sizes` and `areas` `[N]`; and further features of the data set, such as
            `ignore` (PNG bytes).
        """
        return self.images(self.serialized())

    def serialized(self, seed=None):
        """Serialised examples in the order of the files; with a seed (a number or scalar), in random file order."""
        parts = self.builder.info.splits[self.split].file_instructions
        bounds = np.array([[part.skip, part.take] for part in parts], np.int64)
        shards = tf.data.Dataset.from_tensor_slices(([part.filename for part in parts], bounds))
        if seed is not None:
            shards = shards.shuffle(len(parts), seed=seed)
        shards = shards.interleave(_read, cycle_length=CYCLE, num_parallel_calls=CYCLE, deterministic=True)
        return shards.with_options(UNTUNED)

    def images(self, serialized):
        """Parses the output of `serialized`: one dict per image, as for `dataset`."""
        import tensorflow_datasets as tfds

        features = self.builder.info.features
        decoders = {name: tfds.decode.SkipDecoding() for name in PICTURES if name in features}

        def parse(example):
            example = features.deserialize_example(example, decoders=decoders)
            return {**example, "keypoints": self._translate(example["keypoints"])}

        return serialized.map(parse)  # Not in parallel, which costs more than the parsing.

    def people(self, serialized):
        """Parses the output of `serialized` by person, the people of many images at once.

        Returns:
            `tf.data.Dataset` of dicts: `image` (JPEG bytes) `[N]`, the image's `size` (height, width) `[N, 2]`,
            `keypoints` `[N, K, 3]`, `boxes` and `torso_boxes` `[N, 4]`, and `head_sizes` `[N]`.
        """
        features = self.builder.info.features
        columns = {name: tf.io.RaggedFeature(tf.float32, row_splits_dtype=tf.int64) for name in PERSONAL}
        columns["image"] = tf.io.FixedLenFeature([], tf.string)

        def parse(examples):
            found = tf.io.parse_example(examples, columns)
            people = {name: tf.reshape(found[name].flat_values, [-1, *features[name].shape[1:]]) for name in PERSONAL}
            shape = tf.TensorSpec([3], tf.int32)
            sizes = tf.map_fn(tf.io.extract_jpeg_shape, found["image"], fn_output_signature=shape)[:, :2]
            row = found["head_sizes"].value_rowids()
            people |= {"image": tf.gather(found["image"], row), "size": tf.gather(sizes, row)}
            return {**people, "keypoints": self._translate(people["keypoints"])}

        return serialized.batch(PARSED).map(parse)

    def _translate(self, keypoints):
        """Translates keypoints `[N, K, 3]` of the data set to those of `translation`."""
        if not self.translation:
            return keypoints
        own = self.metadata["skeleton"]["keypoints"]
        found = [own.index(name) if name in own else len(own) for name in self.translation.keypoints]
        return tf.gather(tf.pad(keypoints, [[0, 0], [0, 1], [0, 0]]), found, axis=1)


def load(data_dir, split: str, skeleton=None):
    """Opens one split of one or several data sets.

    Args:
        data_dir: A folder; or several separated by commas, with weights other than 1 after a colon, such as
            `data/lsp,data/mpii:2`. See `Mixture`.
        split: `train`, `test`, or a slice such as `train[:95%]`. Data sets without this split are left out with a
            message.
        skeleton: The `Skeleton`, or its name, that keypoints are translated to; by default the data set's own.

    Returns:
        `Records`, or a `Mixture` of several.

    Raises:
        ValueError: If a folder holds no records, none of them has this split, or the slice is empty; if files of the
            records are missing or damaged; if the data sets annotate different keypoints and no `skeleton` is given, or
            it shares none of theirs.
    """
    folders = [(data_dir, 1.0)] if _holds_records(data_dir) else weighted(str(data_dir))
    builders = [_open(folder) for folder, _ in folders]
    name = split.split("[")[0]
    if not any(name in builder.info.splits for builder in builders):
        known = dict.fromkeys(known for builder in builders for known in builder.info.splits)
        raise ValueError(f"Unknown split. Received: {split!r}. Known: {', '.join(known)}.")
    parts, weights = [], []
    for (folder, weight), builder in zip(folders, builders, strict=True):
        if name in builder.info.splits:
            if not _remote(folder):
                _check(folder, integrity.missing_shards(builder, name) or integrity.short_shards(builder, name))
            parts.append(_slice(builder, split))
            weights.append(weight)
        else:
            print(f"{folder} has no {name!r}: left out of {split!r}.")
    parts = under(parts, skeletons.get(skeleton) if skeleton and isinstance(skeleton, str) else skeleton)
    return parts[0] if weights == [1.0] else Mixture(tuple(parts), tuple(weights))


def splits(data_dir) -> list[Records]:
    """Opens every split of one folder, also if shards of it are missing, as `integrity` then tells.

    Raises:
        ValueError: If it holds no records, or its JSON files are damaged.
    """
    builder = _open(data_dir)
    return [Records(builder, name) for name in builder.info.splits]


def decode(jpeg):
    """JPEG bytes → RGB `uint8 [H, W, 3]`. EXIF orientation is not applied, as in every reader of records."""
    return tf.io.decode_jpeg(jpeg, channels=3, dct_method="INTEGER_ACCURATE")  # As OpenCV, to the last bit.


def _read(filename, bounds):
    return tf.data.TFRecordDataset(filename).skip(bounds[0]).take(bounds[1])


def _remote(folder):
    """Whether a folder is in a bucket, whose files are not checked one by one before they are read."""
    return "://" in str(folder)


def _holds_records(folder):
    try:
        return tf.io.gfile.exists(f"{folder}/dataset_info.json")
    except tf.errors.UnimplementedError:
        known = ", ".join(f"{scheme}://" for scheme in tf.io.gfile.get_registered_schemes() if scheme)
        raise ValueError(
            f"`data_dir` must be on a file system that TensorFlow can read. Received: {str(folder)!r}. Known: {known}, "
            "and mounted ones."
        ) from None


def _open(folder):
    import tensorflow_datasets as tfds

    if not _holds_records(folder):
        raise ValueError(
            "`data_dir` must be a folder that `python -m tfrecords_tools.convert` wrote, such as data/flic. "
            f"Received: {str(folder)!r}."
        )
    if not _remote(folder):
        _check(folder, integrity.damaged_json(folder))
    try:
        builder = tfds.builder_from_directory(folder)
    except Exception as error:  # TFDS raises errors of protobuf, of JSON and its own.
        _check(folder, [f"dataset_info.json or features.json is damaged: {reading.one_line(error)}"])
    _check(folder, integrity.wrong_form(builder))
    return builder


def _check(folder, problems):
    if problems:
        raise ValueError(integrity.complaint(folder, problems))


def _slice(builder, split):
    with contextlib.suppress(ValueError):  # Raised by TFDS for malformed slices.
        if builder.info.splits[split].num_examples:
            return Records(builder, split)
    raise ValueError(f"A slice must be such as train[:95%], and hold an image. Received: {split!r}.")
