"""One's own data set: images, and annotations of any keypoints as other tools write them."""

import functools
import itertools
import pathlib
import zlib

from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import annotation_formats, own_annotations
from tfrecords_tools.formats.annotation_formats import Source
from tfrecords_tools.formats.coco_annotations import Annotations
from tfrecords_tools.formats.image_paths import ImagePaths
from tfrecords_tools.writing.pose_builder import Option, PoseBuilder

_VALID = ("valid", "val", "validation")  # names of files beside train.json
EXIF = ("auto", "upright", "stored")


class Own(PoseBuilder):
    """The annotations are in one of `annotation_formats.FORMATS`, and the skeleton in a small file or in them.

    Crowds and people without keypoints are ignored, as in COCO. Files that name their keypoints may have them in any
    order. Options that are `auto` are decided by what a whole file holds. A data set with a split `valid` and without
    `test` is tested on the former.
    """

    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Annotations of COCO, YOLO-pose, labelme, CVAT, Label Studio, DeepLabCut or SLEAP and the images; and "
        "skeleton.json, unless the annotations name the keypoints. In COCO's format: train.json and, if there is one, "
        "test.json."
    )
    FRAMING = "person"
    OPTIONS = {
        "format": Option("auto", f"Form of the annotations: auto, {', '.join(annotation_formats.FORMATS)}."),
        "train": Option("train.json", "Annotations of the training images."),
        "test": Option("test.json", "Annotations of the test images."),
        "test_share": Option(0.2, "Fraction of the training images to test on, if there are no test annotations."),
        "images": Option("images", "The folder that the names of images start from."),
        "skeleton": Option("skeleton.json", "The keypoints. Without the file: those of the annotations."),
        "category": Option("", "The category to take, if several have keypoints of their own."),
        "images_with_people": Option(True, "Leave out images in which nobody has a keypoint."),
        "bbox": Option("auto", "How boxes are written: xywh, xyxy, or cxcywh (centre). auto: xywh, if plausible."),
        "coordinates": Option("auto", "pixels, or normalised: fractions of width and height. auto: as plausible."),
        "exif": Option(
            "auto",
            "Pixels that the annotations are in: upright (turned as EXIF says) or stored. auto: as the stated sizes "
            "tell, else upright.",
        ),
        "follow_links": Option(False, "Read images through links that lead out of the folder."),
    }

    def __init__(self, *, manual_dir=None, options=None, **kwargs):
        share = (options or {}).get("test_share", 0)
        if not 0 <= share < 1:
            raise ConversionError(f"`test_share` must be at least 0 and below 1. Received: {share}.")
        if (exif := (options or {}).get("exif", "auto")) not in EXIF:
            raise ConversionError(f"`exif` must be a known one. Received: {exif!r}. Known: {', '.join(EXIF)}.")
        self._root = pathlib.Path(manual_dir)
        self._document = functools.lru_cache(maxsize=3)(self._document_uncached)
        self._read = functools.lru_cache(maxsize=3)(self._read_uncached)  # each split is asked for four times
        super().__init__(manual_dir=manual_dir, options=options, **kwargs)

    @functools.cached_property
    def SKELETON(self):  # noqa: N802, a constant of the other converters
        """The skeleton that is found in the folder."""
        path, document = self._document(next(iter(self._source.files)))
        default = self.OPTIONS["skeleton"].default
        return own_annotations.find_skeleton(self._root, path, document, self.options, default)

    @functools.cached_property
    def SPLITS(self):  # noqa: N802
        """Those that are found in the folder, or train and test."""
        return tuple(self._source.files) if len(self._source.files) > 1 else ("train", "test")

    def annotations(self, root, split):
        read = self._read(self._source_of(split))
        picked = self._of_split(split, read)
        if self.options["images_with_people"]:
            picked = [image for image in picked if read.has_people(image)]
        return Annotations(read.path, picked, read.by_image, len(self.SKELETON), read.beside, self._paths, read.exif)

    def left_out(self, root, split):
        read = self._read(self._source_of(split))
        of_split = self._of_split(split, read)
        picked = {image["id"]: image["file_name"].rsplit(".", 1)[0] for image in of_split}
        rows = [(picked[id], "annotation", reason) for id, reason in read.left_out if id in picked]
        if self.options["images_with_people"]:
            reason = "nobody has a keypoint: left out (`--no-images_with_people` keeps it)"
            rows += [(picked[image["id"]], "empty image", reason) for image in of_split if not read.has_people(image)]
        return rows

    def found(self):
        """Adds the images in the folder that are not used, under no split."""
        return super().found() + [("", *row) for row in self._not_used]

    def notes(self):
        splits = ", ".join(f"{split}: {len(self._read(split).images)} images" for split in self._source.files)
        notes = [f"Annotations read as {self._source.name} ({splits}).", *self._warnings()]
        for what in dict.fromkeys(what for _, what, _ in self._not_used):
            names = [f"{name} ({reason})" for name, kind, reason in self._not_used if kind == what]
            notes.append(f"{len(names)} × {what}: {'; '.join(names[:3])}{'; …' if len(names) > 3 else ''}.")
        return [*notes, *super().notes()]

    @functools.cached_property
    def _source(self):
        """The annotations by split, of which the first is that of the skeleton."""
        source = self._named_files() or annotation_formats.find(self._root, self.options["format"])
        files = {split: source.files[split] for split in ("train", "valid", "test") if split in source.files}
        if "valid" in files and "test" not in files:
            files["test"] = files.pop("valid")
        return Source(source.name, files)

    def _named_files(self):
        """The files that the options name, or train.json and those beside it; none if there are none of these."""
        form, named = self.options["format"], {split: self._root / self.options[split] for split in ("train", "test")}
        given = [split for split in named if self.options[split] != self.OPTIONS[split].default]
        for split in given:
            if not named[split].exists():
                raise ConversionError(f"`{split}` must be a file in {self._root}. Received: {self.options[split]}.")
        if not given and not (named["train"].exists() and form in ("auto", "coco")):
            return None
        if not given:
            valid = [path for name in _VALID if (path := self._root / f"{name}.json").exists()]
            named |= {"valid": valid[0]} if valid else {}
        files = {split: [path] for split, path in named.items() if path.exists()}
        return Source(annotation_formats.of_file(next(iter(files.values()))[0], form), files)

    @functools.cached_property
    def _paths(self):
        return ImagePaths(self._root, self.options["images"], follow_links=self.options["follow_links"])

    @functools.cached_property
    def _used(self):
        """The paths of the images by split."""
        every = {split: self._read(split) for split in self._source.files}
        return {
            split: {self._paths.locate_image(image, read.beside) for image in read.images if "read" not in image}
            for split, read in every.items()
        }

    def _warnings(self):
        """Sentences on what is kept, but looks wrong."""
        for split, other in itertools.combinations(self._used, 2):
            if both := sorted(self._used[split] & self._used[other]):
                yield f"Warning: {len(both)} images are in {split} and in {other}: {', '.join(both[:3])}."
        if all(self._read(split).is_all_occluded for split in self._source.files):
            yield "Warning: every keypoint is occluded (v is 1), none visible (v is 2)."

    @functools.cached_property
    def _not_used(self):
        """Images in the folder that are in no annotations or are not read: path, what, reason."""
        used = set().union(*self._used.values())
        rows = [(path, "unused image", "in no annotations") for path in self._paths.unused(used)]
        return rows + [(path, "skipped", reason) for path, reason in self._paths.skipped() if path not in used]

    def _source_of(self, split):
        return split if split in self._source.files else next(iter(self._source.files))

    def _of_split(self, split, read):
        """The images of a split; those without people, which `images_with_people` leaves out, do not move the share."""
        if len(self._source.files) > 1:
            return read.images
        kept = [image for image in read.images if read.has_people(image) or not self.options["images_with_people"]]
        test, _ = share(kept, self.options["test_share"])
        tested = {image["id"] for image in test}
        return [image for image in read.images if (image["id"] in tested) == (split == "test")]

    def _document_uncached(self, split):
        return own_annotations.read_document(self._root, self._source, split, self.options)

    def _read_uncached(self, split):
        path, document = self._document(split)
        return own_annotations.read(path, document, self.SKELETON, self._paths, self._root, self.options)


def share(images: list[dict], fraction: float) -> tuple[list, list]:
    """Splits images into a fraction of them and the rest: always the same, whatever their order in the file."""
    order = sorted(images, key=lambda image: (zlib.crc32(image["file_name"].encode()), image["file_name"]))
    taken = {image["file_name"] for image in order[: round(fraction * len(order))]}
    return tuple([image for image in images if (image["file_name"] in taken) == answer] for answer in (True, False))
