"""Seats, plants and objects in front of people."""

import numpy as np

from tfrecords_tools.drawing import looks
from tfrecords_tools.drawing.canvas import Canvas, shade

OBJECT = 1  # label of occluding objects
GREENS = ((104, 150, 92), (72, 118, 84), (150, 172, 96), (124, 140, 80))


def foreground(rng, canvas: Canvas):
    """Draws an occluding object in front of the people: a table, a plant, a box or a post.

    Args:
        rng: A NumPy generator.
        canvas: The image, with people drawn.
    """
    h, w = canvas.size
    colour, kind = looks.colour(rng), rng.integers(4)
    x, top = rng.uniform(-0.1, 0.9) * w, h * (1 - rng.uniform(0.05, 0.26))
    if kind == 0:
        canvas.rectangle((x - 0.2 * w, top, 0.7 * w, h), shade(colour, 0.8), OBJECT)
        canvas.rectangle((x - 0.22 * w, top, 0.74 * w, 0.035 * h), colour, OBJECT)
    elif kind == 1:
        plant(rng, canvas, (x, h, h - top), OBJECT)
    elif kind == 2:
        canvas.rectangle((x, top, rng.uniform(0.1, 0.25) * w, h), shade(colour, 0.85), OBJECT)
        canvas.rectangle((x, top, rng.uniform(0.02, 0.08) * w, h), colour)
    else:
        canvas.rectangle((rng.choice([0.02, 0.9]) * w, -1, 0.05 * w, h + 2), colour, OBJECT)


def seat(canvas: Canvas, body, colour):
    """Draws a seat under a seated person."""
    x, y, _ = body.points["pelvis"]
    s = body.scale
    low = max(body.points["left_foot"][1], body.points["right_foot"][1], y + 0.2 * s)
    canvas.rectangle((x - 0.16 * s, y + 0.03 * s, 0.32 * s, low - y), shade(colour, 0.75))
    canvas.rectangle((x - 0.19 * s, y + 0.03 * s, 0.38 * s, 0.05 * s), colour)


def plant(rng, canvas: Canvas, place, label: int | None = None):
    """Draws a plant in a pot.

    Args:
        rng: A NumPy generator.
        canvas: The image.
        place: x and y of its foot, and its height, in pixels.
        label: Label of the object. Default: background.
    """
    x, y, size = place
    green = GREENS[rng.integers(len(GREENS))]
    for angle in rng.uniform(-1.1, 1.1, 7):
        tip = (x + size * np.sin(angle), y - size * np.cos(angle))
        middle = (x + 0.5 * size * np.sin(angle), y - 0.6 * size * np.cos(angle))
        canvas.hull(
            [(x, y), (middle[0] - 0.1 * size, middle[1]), tip, (middle[0] + 0.1 * size, middle[1])],
            shade(green, rng.uniform(0.8, 1.15)),
            label,
        )
    canvas.polygon(
        [
            (x - 0.18 * size, y - 0.2 * size),
            (x + 0.18 * size, y - 0.2 * size),
            (x + 0.12 * size, y + 4),
            (x - 0.12 * size, y + 4),
        ],
        (176, 104, 78),
        label,
    )
