"""One's own data set: images, and annotations in COCO's form with keypoints of any number and name."""

import zlib

from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import coco_json, own_skeleton
from tfrecords_tools.formats.coco_annotations import Annotations, is_person
from tfrecords_tools.writing.pose_builder import Option, PoseBuilder


class Own(PoseBuilder):
    """The skeleton comes from a small file (see `own_skeleton`) or from the annotations' `categories`.

    Crowds and people without keypoints are ignored, as in COCO.
    """

    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "train.json and, if there is one, test.json in COCO's form, the folder images, and skeleton.json, "
        "unless the `categories` name the keypoints."
    )
    FRAMING = "person"
    OPTIONS = {
        "train": Option("train.json", "Annotations of the training images."),
        "test": Option("test.json", "Annotations of the test images."),
        "test_share": Option(0.2, "Of the images of the training annotations, if there are no test annotations."),
        "images": Option("images", "The folder that the names of images start from."),
        "skeleton": Option("skeleton.json", "The keypoints. Without the file: what `categories` say."),
        "images_with_people": Option(True, "Leave out images in which nobody has a keypoint."),
    }

    def __init__(self, *, manual_dir=None, options=None, **kwargs):
        share = (options or {}).get("test_share", 0)
        if not 0 <= share < 1:
            raise ConversionError(f"`test_share` must be at least 0 and below 1. Received: {share}.")
        self._skeleton = None
        super().__init__(manual_dir=manual_dir, options=options, **kwargs)

    @property
    def SKELETON(self):  # noqa: N802, a constant of the other converters
        """The skeleton that is found in the folder."""
        if self._skeleton is None:
            self._skeleton = _skeleton(self._manual_dir, self.options)
        return self._skeleton

    def annotations(self, root, split):
        file, shared = _file(root, split, self.options)
        path = root / file
        document = coco_json.load(path)
        named = own_skeleton.category(path, document)
        by_image = coco_json.grouped(path, document, len(self.SKELETON), category_id=named and named.get("id"))
        images = document["images"]
        if self.options["images_with_people"]:
            images = [image for image in images if any(is_person(entry) for _, entry in by_image.get(image["id"], ()))]
        if shared:
            test, train = share(images, self.options["test_share"])
            images = {"train": train, "test": test}[split]
        return Annotations(path, images, by_image, len(self.SKELETON), self.options["images"])


def share(images: list[dict], fraction: float) -> tuple[list, list]:
    """Takes a fraction of the images and tells it and the rest: always the same, whatever their order in the file."""
    order = sorted(images, key=lambda image: (zlib.crc32(image["file_name"].encode()), image["file_name"]))
    taken = {image["file_name"] for image in order[: round(fraction * len(order))]}
    return tuple([image for image in images if (image["file_name"] in taken) == answer] for answer in (True, False))


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
