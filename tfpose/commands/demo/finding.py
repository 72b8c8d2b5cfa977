"""Finds people in the bytes of a picture, and describes a model to the page of the demo."""

import io
import pathlib
import time

import numpy as np

from tfpose import pictures, visualize
from tfpose.prediction import flags
from tfpose.prediction.finding import Finder
from tfpose.prediction.people_files import describe

WARM_UP = (64, 64)  # Size of an image that is looked at beforehand: the first run of a network takes seconds longer.


class Model:
    """A model of the demo, shown images as by `tfpose predict`.

    Args:
        path: Run folder, `.keras` file, export, or the name of a trained model.
        crop: What a single-person network is shown: `"frame"`, `"twice"`, or None for the default.
        max_pixels: Pictures of more pixels are refused by their header.

    Raises:
        ValueError: If it cannot be loaded, or finds nobody without boxes or the place of a torso.
    """

    def __init__(self, path, crop, max_pixels):
        words = ["photo", f"--model={path}", *([f"--crop={crop}"] if crop else [])]
        self._finder = Finder(flags.parser().parse_args(words), path, [])
        self._default, self._finder.min_score = self._finder.min_score, 0.0  # The page chooses among all people.
        self._max_pixels = max_pixels
        self.name = pathlib.Path(path).name
        self._finder.photo(np.zeros((*WARM_UP, 3), "uint8"), None)

    def find(self, encoded: bytes) -> dict:
        """Returns what is found in a picture, for JSON: `width`, `height`, `people` and `seconds`.

        Args:
            encoded: The bytes of a file of any format that `tfpose.pictures` reads.

        Raises:
            pictures.UnusableError: If they are no picture, or of too many pixels.
        """
        header = pictures.read_header(io.BytesIO(encoded), self._max_pixels)
        image = pictures.turn(pictures.decode(encoded, header), header.orientation)
        start = time.perf_counter()
        people = describe(self._finder.photo(image, None), self._finder.skeleton)
        height, width = image.shape[:2]
        return {"width": width, "height": height, "people": people, "seconds": time.perf_counter() - start}

    def describe(self) -> dict:
        """Returns what the page must know of the model, for JSON."""
        skeleton = self._finder.skeleton
        keypoints = [
            {"name": name, "colour": _css(visualize.colour(name)), "size": visualize.relative_size(name)}
            for name in skeleton.keypoints
        ]
        limbs = [{"ends": [a, b], "colour": _css(visualize.limb_colour(a, b))} for a, b in skeleton.limbs]
        return {
            "name": self.name,
            "shown": self._finder.shown,
            "calibrated": self._finder.calibrated,
            "min_score": self._default,
            "keypoints": keypoints,
            "limbs": limbs,
        }


def _css(colour):
    """An RGB colour as CSS writes it."""
    return "rgb({}, {}, {})".format(*colour)
