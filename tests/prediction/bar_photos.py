"""Photos of a bar, and the command that finds the people in them."""

import cv2

from tests.small_networks import SIZE, bar
from tfpose.prediction.cli import main

PICTURE, EXPECTED = bar((150, 200), (110, 64.5), 40)
PIXEL = 150 / SIZE[0]


def write(path, picture=PICTURE, flags=()):
    """Writes a photo, and the folder it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture[..., ::-1], flags)


def run(*flags):
    """Runs `tfpose predict` in this process, with the model of the fixture `here`."""
    return main([*map(str, flags), "--model=any"])
