"""The built-in data set: people drawn by a seeded generator, with exact keypoints. It needs no files.

Numbers measured on it say nothing about photos of people.
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
    """Drawn people, framed as in the data set with the same skeleton: FLIC's upper bodies, LSP's athletes, …

    Left and right are the person's own; v is 1 for keypoints that are hidden, also by the person's own body, and 0
    outside of the image. The torso boxes have the errors of a detector.
    """

    OPTIONS = {
        "skeleton": Option("flic", f"One of {', '.join(scene.FRAMINGS)}."),
        "people": Option(1, "Maximum number of people per image."),
        "num_train": Option(1500, "Number of training images."),
        "num_test": Option(200, "Number of test images."),
        "seed": Option(0, "The same seed draws the same images."),
        "height": Option(192, "Height or width of the images, in pixels."),
        "width": Option(288, "Height or width of the images, in pixels."),
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
    """The annotations of a split. Each is drawn when accessed, and depends on seed, split and index only.

    Args:
        split: One of `Figures.SPLITS`.
        num_images: Number of images.
        options: The options of `Figures`.
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
        raise ConversionError(
            f"`skeleton` must be one that can be drawn. Received: {name!r}. Known: {', '.join(scene.FRAMINGS)}."
        )
    for name, least in _LEAST.items():
        if options.get(name, least) < least:
            raise ConversionError(f"`{name}` must be at least {least}. Received: {options[name]}.")
    if options.get("people", 1) > people.MOST_PEOPLE:
        raise ConversionError(f"`people` must be at most {people.MOST_PEOPLE}. Received: {options['people']}.")
