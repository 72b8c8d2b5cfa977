"""One's own data set: images, and annotations in COCO's format with keypoints of any number and name."""

import dataclasses
import functools
import pathlib
import zlib

from tfpose.pictures import UnusableError, is_turned, read_header, stated_pixels
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import coco_json, coordinates, keypoint_names, own_skeleton
from tfrecords_tools.formats.coco_annotations import Annotations, is_person, size_of
from tfrecords_tools.formats.image_paths import locate
from tfrecords_tools.writing.pose_builder import Option, PoseBuilder

EXIF = ("auto", "upright", "stored")


class Own(PoseBuilder):
    """The skeleton comes from a small file (see `own_skeleton`) or from the annotations' `categories`.

    Crowds and people without keypoints are ignored, as in COCO. Files that name their keypoints may have them in any
    order. Options that are `auto` are decided by what a whole file holds.
    """

    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "train.json and, if there is one, test.json in COCO's format, the folder images, and skeleton.json, "
        "unless the `categories` name the keypoints."
    )
    FRAMING = "person"
    OPTIONS = {
        "train": Option("train.json", "Annotations of the training images."),
        "test": Option("test.json", "Annotations of the test images."),
        "test_share": Option(0.2, "Fraction of the training images to test on, if there are no test annotations."),
        "images": Option("images", "The folder that the names of images start from."),
        "skeleton": Option("skeleton.json", "The keypoints. Without the file: those of `categories`."),
        "images_with_people": Option(True, "Leave out images in which nobody has a keypoint."),
        "bbox": Option("auto", "How boxes are written: xywh or xyxy. auto: xywh, unless only xyxy is plausible."),
        "coordinates": Option("auto", "pixels, or normalised: fractions of width and height. auto: as plausible."),
        "exif": Option(
            "auto",
            "Pixels that the annotations are in: upright (turned as EXIF says) or stored. auto: as the stated sizes "
            "tell, else upright.",
        ),
    }

    def __init__(self, *, manual_dir=None, options=None, **kwargs):
        share = (options or {}).get("test_share", 0)
        if not 0 <= share < 1:
            raise ConversionError(f"`test_share` must be at least 0 and below 1. Received: {share}.")
        if (exif := (options or {}).get("exif", "auto")) not in EXIF:
            raise ConversionError(f"`exif` must be a known one. Received: {exif!r}. Known: {', '.join(EXIF)}.")
        self._read = functools.lru_cache(maxsize=2)(self._read_uncached)  # each file is asked for four times
        super().__init__(manual_dir=manual_dir, options=options, **kwargs)

    @functools.cached_property
    def SKELETON(self):  # noqa: N802, a constant of the other converters
        """The skeleton that is found in the folder."""
        return _skeleton(pathlib.Path(self._manual_dir), self.options)

    def annotations(self, root, split):
        file, _ = _file(root, split, self.options)
        read = self._read(root, root / file)
        picked = self._of_split(root, split, read)
        if self.options["images_with_people"]:
            picked = [image for image in picked if _has_people(read, image)]
        folder = self.options["images"]
        return Annotations(root / file, picked, read.by_image, len(self.SKELETON), folder, root, read.exif)

    def left_out(self, root, split):
        file, _ = _file(root, split, self.options)
        read = self._read(root, root / file)
        picked = {image["id"]: image["file_name"].rsplit(".", 1)[0] for image in self._of_split(root, split, read)}
        rows = [(picked[id], "annotation", reason) for id, reason in read.left_out if id in picked]
        if self.options["images_with_people"]:
            reason = "nobody has a keypoint: left out (`--no-images_with_people` keeps it)"
            empty = [image for image in self._of_split(root, split, read) if not _has_people(read, image)]
            rows += [(picked[image["id"]], "empty image", reason) for image in empty]
        return rows

    def _of_split(self, root, split, read):
        """The images of a split; those without people, which `images_with_people` leaves out, do not move the share."""
        _, shared = _file(root, split, self.options)
        if not shared:
            return read.images
        kept = [image for image in read.images if _has_people(read, image) or not self.options["images_with_people"]]
        test, _ = share(kept, self.options["test_share"])
        tested = {image["id"] for image in test}
        return [image for image in read.images if (image["id"] in tested) == (split == "test")]

    def _read_uncached(self, root, path):
        document = coco_json.load(path)
        named = own_skeleton.category(path, document)
        id = named and named.get("id")
        k = len(self.SKELETON) if named is None else len(named["keypoints"])
        by_image = coco_json.grouped(path, document, k, category_id=id)
        order = named and keypoint_names.order_of(path, named["keypoints"], self.SKELETON.keypoints)
        images = {image["id"]: image for image in document["images"]}
        exif = _exif(root, self.options, images.values())
        sizes = functools.cache(lambda id: _annotated_size(root, self.options["images"], images[id], exif))
        people = [(entry, sizes(id)) for id, found in by_image.items() for _, entry in found if is_person(entry)]
        units = coordinates.find_units(path, people, self.options["bbox"], self.options["coordinates"])
        by_image = {
            id: [(i, _reordered(units.in_pixels(entry, sizes(id)), order)) for i, entry in found]
            for id, found in by_image.items()
            if sizes(id) or not (units.keypoints or units.boxes)  # else the image is missing, which is reported later
        }
        return _Read(document["images"], by_image, coco_json.left_out(document, id), exif)


@dataclasses.dataclass(frozen=True)
class _Read:
    """A file of annotations: its images, its annotations in pixels by image, what was left out, and the EXIF rule."""

    images: list[dict]
    by_image: dict
    left_out: list[tuple]
    exif: str


def share(images: list[dict], fraction: float) -> tuple[list, list]:
    """Splits images into a fraction of them and the rest: always the same, whatever their order in the file."""
    order = sorted(images, key=lambda image: (zlib.crc32(image["file_name"].encode()), image["file_name"]))
    taken = {image["file_name"] for image in order[: round(fraction * len(order))]}
    return tuple([image for image in images if (image["file_name"] in taken) == answer] for answer in (True, False))


def _has_people(read, image) -> bool:
    return any(is_person(entry) for _, entry in read.by_image.get(image["id"], ()))


def _reordered(entry, order):
    values = entry.get("keypoints")
    if not values or order is None:
        return entry
    return entry | {"keypoints": [value for i in order for value in values[3 * i : 3 * i + 3]]}


def _exif(root, options, images):
    """The option; with `auto`, `stored` if the stated sizes of turned images say so, and no other says the opposite."""
    if options["exif"] != "auto":
        return options["exif"]
    stated = [(image, size_of(image)) for image in images if size_of(image)]
    headers = ((_header(root, options["images"], image), size) for image, size in stated)
    said = {stated_pixels(header, size) for header, size in headers if header}
    return "stored" if "stored" in said and "upright" not in said else "auto"


def _annotated_size(root, folder, image, exif):
    """The size (height, width) that the annotations of an image are in: as stated, or from its header; or none."""
    if size_of(image):
        return size_of(image)
    header = _header(root, folder, image)
    return header and (header.size[::-1] if header.orientation >= 5 and is_turned(header, exif) else header.size)


def _header(root, folder, image):
    try:
        with (root / locate(root, folder, image["file_name"])).open("rb") as file:
            return read_header(file)
    except (OSError, ValueError, UnusableError):
        return None  # reported when the image is read


def _file(root, split, options):
    """The name of the file of a split, and whether it holds both."""
    both = not (root / options["test"]).exists()
    if both and options["test"] != Own.OPTIONS["test"].default:
        raise ConversionError(f"`test` must be a file in {root}. Received: {options['test']}.")
    return options["train" if both else split], both


def _skeleton(root, options):
    path = root / options["skeleton"]
    if path.exists() or options["skeleton"] != Own.OPTIONS["skeleton"].default:
        return own_skeleton.read_skeleton(path)
    path = root / options["train"]
    if (entry := own_skeleton.category(path, coco_json.load(path))) is None:
        raise ConversionError(
            f"{root} must hold {options['skeleton']}, or {path.name} have `categories` with names of `keypoints`. "
            "Received: neither."
        )
    return own_skeleton.skeleton_of(path, entry)
