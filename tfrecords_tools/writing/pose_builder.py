"""The base class of all converters: record format, and conversion in a loop or in a Beam pipeline."""

import dataclasses
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import tensorflow_datasets as tfds
import tqdm

from tfpose.pictures import MAX_PIXELS
from tfpose.skeletons import Skeleton, unpaired_sides
from tfrecords_tools.errors import ConversionError


class Option(NamedTuple):
    """An option of a converter: a flag of `convert`, recorded in the metadata.

    Attributes:
        default: Its default value; its type is that of the flag.
        help: Its help text.
    """

    default: bool | int | float | str
    help: str


class PoseBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """A TFDS builder that writes one record per image, with all people of the image.

    To convert a data set, subclass it in a new file: set the constants, implement `annotations`, and add one line to
    `convert.CONVERTERS`. A data set that needs no files sets no `MANUAL_DOWNLOAD_INSTRUCTIONS`.

    Args:
        progress: Whether to draw a progress bar.
        beam_dir: A folder where the workers of a Beam pipeline write what they set aside. Default: a loop without Beam.
        manual_dir: The folder the data set was unpacked in, for data sets whose skeleton is read from there.
        options: Values for `OPTIONS`.
        max_pixels: Images of more pixels are set aside before they are decoded.
    """

    VERSION = tfds.core.Version("1.1.0")
    SKELETON: Skeleton
    SPLITS = ("train", "test")
    FRAMING = "image"  # input of single-person networks: the whole "image", or a crop around the "person"
    OPTIONS: dict[str, Option] = {}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(skip_registration=True, **kwargs)  # found by `convert.CONVERTERS` instead

    def __init__(
        self, *, progress=False, beam_dir=None, manual_dir=None, options=None, max_pixels=MAX_PIXELS, **kwargs
    ):
        if unknown := sorted(set(options or {}) - set(self.OPTIONS)):
            known = ", ".join(self.OPTIONS) or "none"
            raise ConversionError(f"Unknown option of {self.name}. Received: {', '.join(unknown)}. Known: {known}.")
        self.options = {name: option.default for name, option in self.OPTIONS.items()} | (options or {})
        self._progress, self._beam_dir, self._manual_dir = progress, beam_dir, manual_dir
        self._max_pixels = max_pixels
        self._found = []
        super().__init__(**kwargs)

    def annotations(self, root, split: str) -> Iterable[dict]:
        """Reads the original annotations, without decoding images.

        Args:
            root: The folder the data set was unpacked in; none without `MANUAL_DOWNLOAD_INSTRUCTIONS`.
            split: One of `SPLITS`.

        Returns:
            The dicts of one split, none if the folder holds none of it; a list gives the progress bar an end. Keys:

            * `id`: text, unique in the split; `image_id`: the data set's own number (optional);
            * `image`: a path under `root`, the bytes of a file, RGB pixels, uint8 `[H, W, 3]`, or a function that
              returns bytes or pixels;
            * `unusable`: why the image is to be set aside, or an empty text (optional);
            * `keypoints`: `[N, K, 3]` in pixels of the image;
            * `boxes` and `torso_boxes` `[N, 4]` (x, y, w, h), `head_sizes` and `areas` `[N]` (optional);
            * `is_located`: whether the path was chosen by the user or checked already, and may leave `root` (optional);
            * `size`: (height, width), which the image must then have (optional);
            * `exif`: which pixels the annotations are in, see `pictures.is_turned`. Default: `stored`;
            * `ignored_boxes` `[M, 4]`, `ignored_areas` and `ignored_crowds` (0 or 1) `[M]`: crowds and people without
              keypoints, which are neither learnt nor counted (optional);
            * `ignore`: a mask uint8 `[H, W]` or a PNG, nonzero where nothing is learnt. Default: the ignored boxes;
            * `may_be_empty`: whether an image with nobody to learn from is kept. Default: it is set aside;
            * `findings`: pairs of what was found in these annotations and the reason (optional).
        """
        raise NotImplementedError

    def left_out(self, root, split: str) -> list[tuple[str, str, str]]:
        """Lists annotations and images that `annotations` does not return: id of the image, what, and the reason."""
        return []

    def notes(self) -> list[str]:
        """Says in sentences what a user should know of the keypoints."""
        pairs = ", ".join(f"{left} ↔ {right}" for left, right in self.SKELETON.pairs)
        notes = [f"Keypoints exchanged when an image is mirrored: {pairs or 'none'}."]
        if alone := unpaired_sides(self.SKELETON):
            notes.append(f"Warning: no partner on the other side for {', '.join(alone)}: not exchanged when mirrored.")
        return notes

    def found(self) -> list[tuple[str, str, str, str]]:
        """Lists what was set aside or mended so far: split, id, what and the reason."""
        if not self._beam_dir:
            return list(self._found)
        from tfrecords_tools.writing.beam import findings  # an extra

        return [*self._found, *findings(self._beam_dir)]

    def _info(self):
        k = len(self.SKELETON)
        people = {"keypoints": (None, k, 3), "boxes": (None, 4), "torso_boxes": (None, 4)}
        people |= {"head_sizes": (None,), "areas": (None,)}
        people |= {"ignored_boxes": (None, 4), "ignored_areas": (None,), "ignored_crowds": (None,)}
        features = {
            "id": tfds.features.Text(),
            "image": tfds.features.Image(shape=(None, None, 3), encoding_format="jpeg"),
            "image_id": tfds.features.Scalar(np.int64),
            "ignore": tfds.features.Image(shape=(None, None, 1), encoding_format="png"),
            **{name: tfds.features.Tensor(shape=shape, dtype=np.float32) for name, shape in people.items()},
        }
        metadata = {
            "converter": self.name,
            "version": str(self.VERSION),
            "skeleton": dataclasses.asdict(self.SKELETON),
            "framing": self.FRAMING,
            "options": self.options,
        }
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(features),
            metadata=tfds.core.MetadataDict(metadata),
        )

    def _split_generators(self, dl_manager):
        root = dl_manager.manual_dir if self.MANUAL_DOWNLOAD_INSTRUCTIONS else None
        for split in self.SPLITS:
            self._found += [(split, *row) for row in self.left_out(root, split)]
        return {split: self._generate_examples(root, split) for split in self.SPLITS if self._holds(root, split)}

    def _holds(self, root, split):
        """Tells whether a split has a record to write; TFDS refuses to write an empty split."""
        found = []
        for record in self.annotations(root, split):
            example, rows = _check(root, split, record, self._max_pixels)
            if example is not None:
                return True
            found += rows
        self._found += found
        return False

    def _generate_examples(self, root, split):
        records = self.annotations(root, split)
        if self._beam_dir:
            from tfrecords_tools.writing.beam import checked  # an extra

            return checked(root, split, records, str(self._beam_dir / split), self._max_pixels)
        return self._examples(root, split, records)

    def _examples(self, root, split, records):
        for record in tqdm.tqdm(records, desc=f"{self.name} {split}", unit=" images", disable=not self._progress):
            example, rows = _check(root, split, record, self._max_pixels)
            self._found += rows
            if example is not None:
                yield example["id"], example


def _check(root, split, record, max_pixels):
    # Imported here since it brings TensorFlow, which takes seconds: errors in flags are reported before.
    from tfrecords_tools.writing import check

    example, findings = check.check(root, record, max_pixels)
    return example, [(split, record["id"], *finding) for finding in findings]
