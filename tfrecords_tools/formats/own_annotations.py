"""Annotations of one split of one's own data: read in any form, in pixels, and in the order of the skeleton."""

import dataclasses
import functools
import pathlib

from tfpose.commands import reading
from tfpose.pictures import UnusableError, is_turned, read_header, stated_pixels
from tfpose.skeletons import Skeleton
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import coco_json, coordinates, keypoint_names, own_skeleton
from tfrecords_tools.formats.coco_annotations import is_person, size_of
from tfrecords_tools.formats.image_paths import ImagePaths


@dataclasses.dataclass(frozen=True)
class OwnAnnotations:
    """The annotations of one split.

    Attributes:
        path: The file, or the folder of several, for error messages.
        beside: The folder of the annotations, under the root of the data set.
        images: Entries of COCO's `images`.
        by_image: Annotations in pixels, as `coco_json.grouped` returns them.
        left_out: Pairs of an image's id and the reason, of annotations that are left out.
        exif: Which pixels the annotations are in, see `pictures.is_turned`.
    """

    path: pathlib.Path
    beside: str
    images: list[dict]
    by_image: dict
    left_out: list[tuple]
    exif: str

    @property
    def is_all_occluded(self) -> bool:
        """Whether no keypoint is visible."""
        every = (entry.get("keypoints") or () for found in self.by_image.values() for _, entry in found)
        return not any(2 in points[2::3] for points in every)

    def has_people(self, image: dict) -> bool:
        """Whether somebody with a keypoint is annotated in an image."""
        return any(is_person(entry) for _, entry in self.by_image.get(image["id"], ()))


def read_document(root: pathlib.Path, source, split: str, options: dict) -> tuple[pathlib.Path, dict]:
    """The path for error messages and the document in COCO's format of a split of an `annotation_formats.Source`."""
    files = source.files[split]
    first = files[0][0] if isinstance(files[0], tuple) else files[0]
    path = first if len(files) == 1 else root
    try:
        document = source.format.read(root, files, options)
    except ConversionError:
        raise
    except Exception as error:  # files of other tools can be damaged in ways that none of their readers foresees
        raise ConversionError(
            f"{path} must hold whole annotations in the form {source.name}. Received: {reading.one_line(error)}."
        ) from error
    return path, coco_json.check(path, document)


def find_skeleton(root: pathlib.Path, path: pathlib.Path, document: dict, options: dict, default: str) -> Skeleton:
    """The skeleton of the file that the options name, if it is there, or else of the document's categories.

    Raises:
        ConversionError: If there is neither, or both say otherwise what mirrors what.
    """
    file = root / options["skeleton"]
    if file.exists() or options["skeleton"] != default:
        skeleton = own_skeleton.read_skeleton(file)
        for entry in document["categories"]:
            _check_agreement(file, path, skeleton, entry)
        return skeleton
    found = own_skeleton.categories(path, document, options["category"])
    if not found:
        raise ConversionError(
            f"{root} must hold {options['skeleton']}, or {path.name} have `categories` with names of `keypoints`. "
            "Received: neither."
        )
    return own_skeleton.skeleton_of(path, found[0])


def read(path, document, skeleton: Skeleton, paths: ImagePaths, root, options: dict) -> OwnAnnotations:
    """Checks a document, and brings its annotations into pixels and the order of the skeleton.

    Raises:
        ConversionError: If a value is wrong, or keypoints have other names.
    """
    named = own_skeleton.categories(path, document, options["category"])
    ids = tuple(entry.get("id") for entry in named) or None
    k = len(named[0]["keypoints"]) if named else len(skeleton)
    by_image = coco_json.grouped(path, document, k, category_id=ids)
    is_partial = bool(named and named[0].get("is_partial"))
    order = named and keypoint_names.order_of(path, named[0]["keypoints"], skeleton.keypoints, is_partial=is_partial)
    images = {image["id"]: image for image in document["images"]}
    beside = document.get("beside", "")
    header = functools.cache(lambda id: _header(root, paths, images[id], beside))
    exif = _exif(options["exif"], images, header)
    sizes = functools.cache(lambda id: _annotated_size(images[id], header(id), exif))
    people = [(entry, sizes(id)) for id, found in by_image.items() for _, entry in found if is_person(entry)]
    units = coordinates.Units(keypoints=True, boxes=True)
    if document.get("coordinates") != "normalised":
        units = coordinates.find_units(path, people, options["bbox"], options["coordinates"])
    by_image = {
        id: [(i, _reordered(units.in_pixels(entry, sizes(id)), order)) for i, entry in found]
        for id, found in by_image.items()
        if sizes(id) or not (units.keypoints or units.boxes)  # else the image is missing, which is reported later
    }
    rows = coco_json.left_out(document, ids) + [*_without_use(by_image), *document.get("left_out", ())]
    return OwnAnnotations(path, beside, document["images"], by_image, rows, exif)


def _without_use(by_image):
    """Annotations with keypoints that are not learnt from."""
    for id, found in by_image.items():
        for _, entry in found:
            points = entry.get("keypoints") or ()
            if entry.get("iscrowd") and any(points[2::3]):
                yield id, "a crowd (`iscrowd`): its keypoints are not used"
            elif any(points) and not any(points[2::3]):
                yield id, "coordinates, but v of every keypoint is 0: not annotated"


def _check_agreement(file, path, skeleton, entry):
    """A form without names of keypoints tells their number, and perhaps what mirrors what, by index."""
    if "num_keypoints" in entry and entry["num_keypoints"] != len(skeleton):
        raise ConversionError(
            f"{file} must name the {entry['num_keypoints']} keypoints of {path.name}. Received: {len(skeleton)}."
        )
    if "keypoints" not in entry and entry.get("flip") not in (None, skeleton.flip):
        raise ConversionError(
            f"{file} and {path.name} must pair the same keypoints. Received: {skeleton.flip} by the names of the one, "
            f"{entry['flip']} in the other. Add `pairs` to the one or mend the other."
        )


def _reordered(entry, order):
    values = entry.get("keypoints")
    if not values or not order:
        return entry
    points = [[0, 0, 0] if i is None else values[3 * i : 3 * i + 3] for i in order]
    return entry | {"keypoints": [value for point in points for value in point]}


def _exif(option, images, header):
    """The option; with `auto`, `stored` if the stated sizes of turned images say so, and no other says the opposite."""
    if option != "auto":
        return option
    stated = {id: size_of(image) for id, image in images.items() if size_of(image)}
    said = {stated_pixels(header(id), size) for id, size in stated.items() if header(id)}
    return "stored" if "stored" in said and "upright" not in said else "auto"


def _annotated_size(image, header, exif):
    """The size (height, width) that the annotations of an image are in: as stated, or from its header; or none."""
    if size_of(image):
        return size_of(image)
    return header and (header.size[::-1] if header.orientation >= 5 and is_turned(header, exif) else header.size)


def _header(root, paths, image, beside):
    if "read" in image:
        return None
    try:
        with (root / paths.locate_image(image, beside)).open("rb") as file:
            return read_header(file)
    except (OSError, ValueError, UnusableError):
        return None  # reported when the image is read
