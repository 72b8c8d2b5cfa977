"""From the entries of a file in COCO's format to the annotations that `PoseBuilder` writes as records."""

import collections.abc
import dataclasses

import numpy as np

from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import coco_json, segmentation
from tfrecords_tools.formats.image_paths import ImagePaths
from tfrecords_tools.writing.ignore_masks import IGNORED, draw_boxes, encode

_OVERHANG = 0.05  # of the image's side: a box that leaves the image by more is reported
_FAR = 0.5  # of the box's longer side: keypoints farther outside of it are reported


@dataclasses.dataclass(frozen=True)
class Annotations(collections.abc.Sequence):
    """The annotations of some images of one file, as `PoseBuilder.annotations` returns them.

    Crowds and people without keypoints are ignored: their outlines, or their boxes where they have none, make the
    mask, which is drawn, at the full resolution of the image, when an annotation is asked for.

    Args:
        path: The file, for error messages.
        images: Some entries of its `images`.
        by_image: Its `annotations` by image, as `coco_json.grouped` returns them.
        num_keypoints: K.
        folder: Of the images, or, with `paths`, of the annotations, under the root of the data set.
        paths: Looks for images by their names. Default: names are taken as paths in the folder.
        exif: Which pixels the annotations are in, see `pictures.is_turned`.
    """

    path: object
    images: list[dict]
    by_image: dict
    num_keypoints: int
    folder: str
    paths: ImagePaths | None = None
    exif: str = "stored"

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index]
        size = size_of(image)
        entries = self.by_image.get(image["id"], [])
        people = [entry for _, entry in entries if is_person(entry)]
        others = [(i, entry) for i, entry in entries if not is_person(entry)]
        ignored = [entry for _, entry in others]
        keypoints = np.array([entry["keypoints"] for entry in people], float).reshape(-1, self.num_keypoints, 3)
        boxes = np.reshape([box(entry) for entry in people], (-1, 4)).astype(float)
        name = image["file_name"]
        annotation = {
            "id": name.rsplit(".", 1)[0],
            "image_id": image["id"] if _is_int64(image["id"]) else -1,
            **self._image(image),
            "exif": self.exif,
            "keypoints": keypoints,
            "boxes": boxes,
            "areas": np.array([area(entry) for entry in people], float),
            "ignored_boxes": np.reshape([box(entry) for entry in ignored], (-1, 4)).astype(float),
            "ignored_areas": np.array([area(entry) for entry in ignored], float),
            "ignored_crowds": np.array([bool(entry.get("iscrowd")) for entry in ignored]),
            "may_be_empty": not people,
            "findings": suspicious(keypoints, boxes, size),
        }
        return annotation | ({"size": size, "ignore": self._mask(others, size)} if size else {})

    def _image(self, image):
        if "read" in image:  # a frame inside of another file
            return {"image": image["read"]}
        if self.paths is None:
            return {"image": f"{self.folder}/{image['file_name']}"}
        path = self.paths.locate_image(image, self.folder)
        return {"image": path, "is_located": True, "unusable": self.paths.reason_not_to_read(path)}

    def _mask(self, others, size):
        mask = np.zeros(size, np.uint8)
        for i, entry in others:
            if not entry.get("segmentation"):
                mask |= draw_boxes([box(entry)], size)
                continue
            try:
                mask |= IGNORED * segmentation.draw(entry["segmentation"], size)
            except ConversionError as error:
                field = str(error).split(" ")[0]
                named = coco_json.value_path(i, entry, f"segmentation{field}")
                raise ConversionError(f"{self.path}: {named}{str(error)[len(field) :]}") from None
        return encode(mask)


def suspicious(keypoints, boxes, size) -> list[tuple[str, str]]:
    """Reports people that are kept as annotated, but look wrong.

    Args:
        keypoints: `[N, K, 3]`.
        boxes: `[N, 4]` (x, y, w, h).
        size: Of the image: (height, width), or none.

    Returns:
        Pairs of what it is about and the reason, as `check.Finding`.
    """
    findings = []
    seen = collections.Counter(person.tobytes() for person in keypoints)
    twice = sum(seen.values()) - len(seen)
    findings += [("person", "annotated twice with the same keypoints in one image: kept")] * twice
    corner = (keypoints[..., :2] == 0).all(axis=-1)
    claimed = keypoints[..., 2] > 0
    findings += [("keypoint", "at (0, 0), the corner of the image: kept")] * int(np.sum(corner & claimed))
    unclaimed = int(np.sum(~corner & ~claimed & np.isfinite(keypoints).all(axis=-1)))
    findings += [("keypoint", "coordinates, but v is 0: not annotated")] * unclaimed
    for person, (x, y, width, height) in zip(keypoints, boxes, strict=True):
        if not (np.isfinite([x, y, width, height]).all() and width > 0 and height > 0):
            continue  # replaced by the check before writing
        if size and _overhang(x, width, size[1]) | _overhang(y, height, size[0]):
            findings.append(("box", f"leaves the image by more than {_OVERHANG:.0%} of its side: kept"))
        points = person[person[:, 2] > 0, :2]
        far = _FAR * max(width, height)
        if (points < [x - far, y - far]).any() or (points > [x + width + far, y + height + far]).any():
            findings.append(("box", "keypoints lie far outside of it: kept"))
    return findings


def is_person(entry: dict) -> bool:
    """Tells whether an annotation is of one person with at least one keypoint."""
    return not entry.get("iscrowd") and any((entry.get("keypoints") or ())[2::3])


def size_of(image: dict) -> tuple[int, int] | None:
    """The stated size (height, width) of an image, or none."""
    return (image["height"], image["width"]) if image.get("height") and image.get("width") else None


def box(entry: dict):
    """The box of an annotation (x, y, w, h); without one, a tight one around its keypoints."""
    if entry.get("bbox"):
        return entry["bbox"]
    points = np.reshape(entry.get("keypoints") or (), (-1, 3))
    points = points[points[:, 2] > 0, :2]
    return [*points.min(axis=0), *np.ptp(points, axis=0)] if len(points) else [0, 0, 0, 0]


def area(entry: dict) -> float:
    """The area of an annotation; without one, that of its box."""
    if entry.get("area") is not None:
        return entry["area"]
    _, _, width, height = box(entry)
    return width * height


def _overhang(start, extent, length) -> bool:
    allowed = max(2, _OVERHANG * length)
    return start < -allowed or start + extent > length + allowed


def _is_int64(value) -> bool:
    return isinstance(value, int) and -(2**63) <= value < 2**63
