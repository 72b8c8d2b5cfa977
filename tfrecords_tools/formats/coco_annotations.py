"""From the entries of a COCO form to the annotations that `PoseBuilder` writes as records."""

import collections.abc
import dataclasses

import numpy as np

from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import coco_json, segmentation
from tfrecords_tools.writing.ignore_masks import IGNORED, draw_boxes, encode


@dataclasses.dataclass(frozen=True)
class Annotations(collections.abc.Sequence):
    """What `PoseBuilder.annotations` returns, of some images of one file.

    Crowds and people without keypoints are ignored: their outlines, or their boxes where they have none, make the
    mask, which is drawn, at the full resolution of the image, when an annotation is asked for.

    Args:
        path: Of the file, for what is said of it.
        images: Some entries of its `images`.
        by_image: Those of `annotations` of each image, as `coco_json.grouped` gives them.
        num_keypoints: K.
        folder: Of the images, under the root of the data set.
    """

    path: object
    images: list[dict]
    by_image: dict
    num_keypoints: int
    folder: str

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index]
        size = (image["height"], image["width"]) if image.get("height") and image.get("width") else None
        entries = self.by_image.get(image["id"], [])
        people = [entry for _, entry in entries if is_person(entry)]
        others = [(i, entry) for i, entry in entries if not is_person(entry)]
        ignored = [entry for _, entry in others]
        keypoints = np.array([entry["keypoints"] for entry in people], np.float32)
        annotation = {
            "id": image["file_name"].rsplit(".", 1)[0],
            "image_id": image["id"] if isinstance(image["id"], int) else -1,
            "image": f"{self.folder}/{image['file_name']}",
            "keypoints": keypoints.reshape(-1, self.num_keypoints, 3),
            "boxes": np.reshape([box(entry) for entry in people], (-1, 4)),
            "areas": np.array([area(entry) for entry in people]),
            "ignored_boxes": np.reshape([box(entry) for entry in ignored], (-1, 4)),
            "ignored_areas": np.array([area(entry) for entry in ignored]),
            "ignored_crowds": np.array([bool(entry.get("iscrowd")) for entry in ignored]),
            "may_be_empty": not people,
        }
        return annotation | ({"size": size, "ignore": self._mask(others, size)} if size else {})

    def _mask(self, others, size):
        mask = np.zeros(size, np.uint8)
        for i, entry in others:
            if not entry.get("segmentation"):
                mask |= draw_boxes([box(entry)], size)
                continue
            try:
                mask |= IGNORED * segmentation.draw(entry["segmentation"], size)
            except ConversionError as error:
                raise ConversionError(f"{self.path}: {coco_json.named(i, entry)}: {error}") from None
        return encode(mask)


def is_person(entry: dict) -> bool:
    """Answers whether an annotation is of one person with at least one keypoint."""
    return not entry.get("iscrowd") and any(entry.get("keypoints", ())[2::3])


def box(entry: dict):
    """The box of an annotation (x, y, w, h); without one, a tight one around its keypoints."""
    if entry.get("bbox"):
        return entry["bbox"]
    points = np.reshape(entry.get("keypoints", ()), (-1, 3))
    points = points[points[:, 2] > 0, :2]
    return [*points.min(axis=0), *np.ptp(points, axis=0)] if len(points) else [0, 0, 0, 0]


def area(entry: dict) -> float:
    """The area of an annotation; without one, that of its box."""
    if entry.get("area") is not None:
        return entry["area"]
    _, _, width, height = box(entry)
    return width * height
