"""Reads annotations as the converter `own` does, without converting the images."""

import numpy as np

from tests.tfrecords_tools.tool_files import NAMES
from tfrecords_tools.datasets.own import Own
from tfrecords_tools.formats import annotation_formats, own_annotations
from tfrecords_tools.formats.image_paths import ImagePaths

OPTIONS = {name: option.default for name, option in Own.OPTIONS.items()}


def read(root, split="train", **options):
    """The annotations of one split, and where their images are."""
    options = OPTIONS | options
    source = annotation_formats.find(root, options["format"])
    paths = ImagePaths(root, options["images"])
    path, document = own_annotations.read_document(root, source, split, options)
    skeleton = own_annotations.find_skeleton(root, path, document, options, "skeleton.json")
    found = own_annotations.read(path, document, skeleton, paths, root, options)
    return found, [paths.locate_image(image, found.beside) for image in found.images if "read" not in image]


def keypoints(found):
    """Keypoints `[N, K, 3]` of every image, in the order of the file."""
    return [
        np.array([entry["keypoints"] for _, entry in found.by_image.get(image["id"], ())]).reshape(-1, len(NAMES), 3)
        for image in found.images
    ]


def splits(root):
    return list(annotation_formats.find(root).files)
