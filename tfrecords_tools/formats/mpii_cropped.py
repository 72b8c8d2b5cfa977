"""MPII's people cropped to one image each and resized to one head size, as DeeperCut is trained in TensorFlow.

The preparation of pose-tensorflow (Insafutdinov et al., ECCV 2016): with a head size of 50 pixels, people are about
400 pixels high.
"""

import collections.abc
import dataclasses
import pathlib

import cv2
import numpy as np

from tfpose.pictures import UnusableError
from tfrecords_tools.errors import ConversionError

HEAD = 50  # pixels of a head size, which is 0.6 of the diagonal of the head box
MARGINS = {True: 130, False: 65}  # pixels around the keypoints of people who are single, or not, at that size
GAP = 20  # pixels between a crop and the keypoints of others to the left and right of a single person


class Crops(collections.abc.Sequence):
    """Annotations of one person each; the image is cropped and resized when an item is accessed.

    Args:
        root: The folder that the paths of images start from.
        frames: Annotations of whole images, which also have `single` `[N]`.

    Raises:
        ConversionError: If nobody has a head size.
    """

    def __init__(self, root: pathlib.Path, frames: list[dict]):
        self._root = root
        annotated = [frame["keypoints"][..., 2].any(axis=1) & (frame["head_sizes"] > 0) for frame in frames]
        self._people = [
            (frame, i) for frame, found in zip(frames, annotated, strict=True) for i in np.nonzero(found)[0]
        ]
        if frames and not self._people:
            raise ConversionError("`cropped` needs head sizes, which the .mat and the h5 have. Received: none.")

    def __len__(self):
        return len(self._people)

    def __getitem__(self, index):
        frame, i = self._people[index]
        record = {"id": f"{frame['id']}_{i}", "image": frame["image"], "keypoints": frame["keypoints"][i : i + 1]}
        pixels = _pixels(self._root, frame["image"])
        return record if pixels is None else record | _cut(pixels, frame, i)


@dataclasses.dataclass(frozen=True)
class Crop:
    """A rectangle of pixels: `x1 ≤ x < x2`, `y1 ≤ y < y2`."""

    x1: int
    y1: int
    x2: int
    y2: int


def crop_around(keypoints, others, *, head, single, size) -> Crop:
    """Chooses the crop of a person.

    Args:
        keypoints: `[K, 3]`, the person's.
        others: `[N, K, 3]`, keypoints of the other people of the image.
        head: The person's head size in pixels.
        single: Whether the person is sufficiently separated from others.
        size: Of the image: (height, width).

    Returns:
        The surroundings of the annotated keypoints that lie in the image, and at least one pixel. Those of a single
        person end before the next keypoints of others to the left and right of it.
    """
    points = keypoints[keypoints[:, 2] > 0, :2]
    pixel = head / HEAD  # pixels of the image per pixel of the crop
    low, high = points.min(axis=0), points.max(axis=0)
    (x1, y1), (x2, y2) = low - MARGINS[single] * pixel, high + MARGINS[single] * pixel
    if single:
        x = others[others[..., 2] > 0, 0]
        x1 = min(max([x1, *(x[x < low[0]] + GAP * pixel)]), low[0])
        x2 = max(min([x2, *(x[x > high[0]] - GAP * pixel)]), high[0])
    height, width = size
    x1, x2 = np.clip([np.floor(x1), np.ceil(x2)], 0, width - 1).astype(int)
    y1, y2 = np.clip([np.floor(y1), np.ceil(y2)], 0, height - 1).astype(int)
    return Crop(int(x1), int(y1), int(x2) + 1, int(y2) + 1)


def _pixels(root, name):
    """RGB pixels of an image, or none if it cannot be used: the check before writing then reports the reason."""
    from tfrecords_tools.writing.check import image_path  # both import TensorFlow
    from tfrecords_tools.writing.images import sound_jpeg

    try:
        encoded = sound_jpeg(image_path(root, name).read_bytes())[0]
    except (OSError, UnusableError):
        return None
    return cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR_RGB)


def _cut(pixels, frame, i):
    """The cropped image of one person and its annotation; pixel centres are at integers."""
    keypoints, head = frame["keypoints"], frame["head_sizes"][i]
    others, single = np.delete(keypoints, i, axis=0), bool(frame["single"][i])
    crop = crop_around(keypoints[i], others, head=head, single=single, size=pixels.shape[:2])
    part = pixels[crop.y1 : crop.y2, crop.x1 : crop.x2]
    size = np.maximum(np.rint(np.array(part.shape[1::-1]) * HEAD / head), 1).astype(int)  # (width, height)
    zoom = size / part.shape[1::-1]
    corner = np.array([crop.x1, crop.y1])
    points = (keypoints[i, :, :2] - corner + 0.5) * zoom - 0.5
    box = frame["boxes"][i]
    return {
        "image": cv2.resize(part, size.tolist(), interpolation=cv2.INTER_AREA if zoom[0] < 1 else cv2.INTER_CUBIC),
        "keypoints": np.where(keypoints[i, :, 2:] > 0, np.insert(points, 2, keypoints[i, :, 2], axis=1), 0)[None],
        "boxes": np.concatenate([(box[:2] - corner + 0.5) * zoom - 0.5, box[2:] * zoom])[None],
        "head_sizes": np.array([HEAD]),
    }
