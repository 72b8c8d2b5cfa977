"""The built-in data set: people drawn by a seeded generator, with exact keypoints. It needs no files.

Nothing measured on it is a result on photos of people.
"""

import collections.abc
import dataclasses

import cv2
import numpy as np

from tfpose import skeletons
from tfrecords_tools.drawing import people, scene
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.writing.pose_builder import Option, PoseBuilder

QUALITY = 92  # of the JPEGs
_LEAST = {"people": 1, "num_train": 1, "num_test": 1, "seed": 0, "height": 64, "width": 64}


class Figures(PoseBuilder):
    """Framed as the data set whose skeleton it has: the upper body in FLIC, whole athletes in LSP, anybody in COCO.

    Left and right are the person's own; v is 1 where something hides a keypoint, be it the person itself, and 0
    outside of the image. The torso boxes are off as those of a detector are.
    """

    OPTIONS = {
        "skeleton": Option("flic", f"One of {', '.join(scene.FRAMINGS)}."),
        "people": Option(1, "At most so many people in an image."),
        "num_train": Option(1500, "Training images."),
        "num_test": Option(200, "Test images."),
        "seed": Option(0, "The same seed draws the same images."),
        "height": Option(192, "Of an image, in pixels."),
        "width": Option(288, "Of an image, in pixels."),
    }

    def __init__(self, *, options=None, **kwargs):
        _check(options or {})
        super().__init__(options=options, **kwargs)

    @property
    def SKELETON(self):  # noqa: N802, a constant of the other converters
        """The skeleton that was asked for."""
        return skeletons.get(self.options["skeleton"])

    @property
    def FRAMING(self):  # noqa: N802
        """FLIC's frames are shown whole."""
        return "image" if self.options["skeleton"] == "flic" else "person"

    def annotations(self, root, split):
        return Drawings(split=split, num_images=self.options[f"num_{split}"], options=self.options)


@dataclasses.dataclass(frozen=True)
class Drawings(collections.abc.Sequence):
    """The annotations of a split, each drawn when it is asked for; it depends on seed, split and index only.

    Args:
        split: One of `Figures.SPLITS`.
        num_images: How many.
        options: Those of `Figures`.
    """

    split: str
    num_images: int
    options: dict

    def __len__(self):
        return self.num_images

    def __getitem__(self, index):
        index = range(self.num_images)[index]
        skeleton, size = skeletons.get(self.options["skeleton"]), (self.options["height"], self.options["width"])
        rng = np.random.default_rng([self.options["seed"], Figures.SPLITS.index(self.split), index])
        drawn = scene.draw(rng, skeleton, size, self.options["people"])
        return drawn | {"id": f"{self.split}{index:05d}", "image": _jpeg(drawn["image"]), "size": size}


def _jpeg(image) -> bytes:
    return cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def _check(options):
    if (name := options.get("skeleton", "flic")) not in scene.FRAMINGS:
        raise ConversionError(f"`skeleton` must be drawn. Received: {name!r}. Known: {', '.join(scene.FRAMINGS)}.")
    for name, least in _LEAST.items():
        if options.get(name, least) < least:
            raise ConversionError(f"`{name}` must be at least {least}. Received: {options[name]}.")
    if options.get("people", 1) > people.MOST_PEOPLE:
        raise ConversionError(f"`people` must be at most {people.MOST_PEOPLE}. Received: {options['people']}.")
