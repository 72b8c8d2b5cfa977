"""Draws backgrounds: rooms, streets and parks."""

import cv2
import numpy as np

from tfrecords_tools.drawing import clutter, looks
from tfrecords_tools.drawing.canvas import Canvas, mix, shade
from tfrecords_tools.drawing.furniture import GREENS, plant

_WALLS = (
    (232, 224, 208), (206, 214, 208), (188, 200, 214), (222, 196, 178), (168, 180, 172), (150, 142, 160),
    (120, 132, 146), (210, 178, 140), (96, 100, 112), (236, 236, 232),
)  # fmt: skip
_SKIES = (((120, 176, 222), (214, 232, 240)), ((246, 190, 140), (250, 226, 190)), ((160, 170, 184), (214, 216, 218)))


def background(rng, size: tuple[int, int]):
    """Draws a random background.

    Args:
        rng: A NumPy generator.
        size: Height and width in pixels.

    Returns:
        uint8 `[H, W, 3]`.
    """
    canvas = Canvas(np.empty((*size, 3), np.uint8))
    place = (_room, _room, _street, _park)[rng.integers(4)]
    place(rng, canvas)
    if rng.random() < 0.6:
        canvas.image = cv2.GaussianBlur(canvas.image, (0, 0), rng.uniform(0.5, 2.0))
    return canvas.image


def _gradient(canvas, first, last, rows):
    """Fills a range of rows with a vertical gradient from the first colour to the last."""
    top, bottom = (int(np.clip(row, 0, canvas.size[0])) for row in rows)
    if bottom > top:
        column = np.linspace(first, last, bottom - top).astype(np.uint8)[:, None]
        canvas.image[top:bottom] = cv2.repeat(column, 1, canvas.size[1])


def _room(rng, canvas):
    h, w = canvas.size
    wall, floor = (np.array(_WALLS[i], float) for i in rng.integers(len(_WALLS), size=2))
    edge = h * rng.uniform(0.58, 0.82)
    _gradient(canvas, wall, 0.88 * wall, (0, edge))
    _gradient(canvas, 0.72 * floor, 0.85 * floor, (edge, h))
    canvas.rectangle((-1, edge - 4, w + 2, 4), shade(wall, 0.7))
    for _ in range(rng.integers(2, 6)):
        x, y, size = rng.uniform(-0.1, 1) * w, rng.uniform(0.02, 0.45) * h, rng.uniform(0.1, 0.35) * h
        kind, colour = rng.integers(5), looks.colour(rng)
        if kind == 0:
            _window(canvas, (x, y, size * 1.2, size * 1.5), rng)
        elif kind == 1:
            canvas.rectangle((x, y, size, 0.8 * size), shade(wall, 0.6))
            canvas.rectangle((x + 3, y + 3, size - 6, 0.8 * size - 6), colour)
        elif kind == 2:
            canvas.rectangle((x, edge - 1.6 * size, 1.5 * size, 1.6 * size), mix(colour, wall, 0.3))
            canvas.rectangle((x, edge - 0.8 * size, 1.5 * size, 2), shade(colour, 0.6))
        elif kind == 3:
            plant(rng, canvas, (x, edge + 6, 1.2 * size))
        else:
            _shelf(rng, canvas, (x, y + size, 2 * size), wall)
    clutter.indoors(rng, canvas, edge)


def _street(rng, canvas):
    h, w = canvas.size
    high, low = _SKIES[rng.integers(len(_SKIES))]
    edge = h * rng.uniform(0.5, 0.75)
    _gradient(canvas, np.array(high), np.array(low), (0, edge))
    _gradient(canvas, np.array((150, 148, 150)), np.array((120, 118, 122)), (edge, h))
    x = -rng.uniform(0, 0.2) * w
    while x < w:
        width, top = rng.uniform(0.15, 0.35) * w, rng.uniform(0.02, 0.5) * h
        wall = mix(_WALLS[rng.integers(len(_WALLS))], low, 0.25)
        canvas.rectangle((x, top, width, edge - top), wall)
        step = rng.uniform(0.09, 0.14) * h
        for row in np.arange(top + step / 2, edge - step, 1.5 * step):
            for column in np.arange(x + step / 2, x + width - 0.8 * step, 1.2 * step):
                canvas.rectangle((column, row, 0.6 * step, step), shade(wall, 0.72))
        x += width
    clutter.outdoors(rng, canvas, edge + 0.05 * h)


def _park(rng, canvas):
    h, w = canvas.size
    high, low = _SKIES[rng.integers(len(_SKIES))]
    edge, green = h * rng.uniform(0.42, 0.7), GREENS[rng.integers(len(GREENS))]
    _gradient(canvas, np.array(high), np.array(low), (0, h))
    for share in (0.45, 0.25, 0.0):
        x = np.linspace(-1, w + 1, 24)
        top = edge - share * 0.5 * h
        hill = top + rng.uniform(0.02, 0.07) * h * np.sin(x * rng.uniform(0.01, 0.03) + 6 * rng.random())
        canvas.polygon([*zip(x, hill, strict=True), (w + 1, h + 1), (-1, h + 1)], mix(green, low, share))
        for _ in range(rng.integers(3)):
            _tree(rng, canvas, (rng.uniform(0, w), top, rng.uniform(0.2, 0.55) * h), share)
    clutter.outdoors(rng, canvas, edge + 0.05 * h)


def _tree(rng, canvas, place, haze):
    x, y, size = place
    trunk, leaves = mix((110, 84, 66), (220, 220, 220), haze), mix(GREENS[rng.integers(4)], (220, 230, 230), haze)
    canvas.limb([(x, y + 4), (x, y - 0.6 * size)], (0.06 * size, 0.03 * size), trunk)
    for _ in range(4):
        dx, dy = rng.normal(0, 0.14, 2) * size
        radius = rng.uniform(0.15, 0.28) * size
        canvas.ellipse((x + dx, y - 0.75 * size + dy), (radius, radius), shade(leaves, rng.uniform(0.85, 1.1)))


def _window(canvas, place, rng):
    x, y, w, h = place
    canvas.rectangle((x, y, w, h), (240, 238, 232))
    canvas.rectangle((x + 3, y + 3, w - 6, h - 6), _SKIES[rng.integers(3)][rng.integers(2)])
    canvas.rectangle((x + w / 2 - 1, y, 2, h), (240, 238, 232))


def _shelf(rng, canvas, place, wall):
    x, y, w = place
    canvas.rectangle((x, y, w, 3), shade(wall, 0.5))
    while x < place[0] + 0.9 * place[2]:
        w, h = rng.uniform(4, 10), rng.uniform(12, 24)
        canvas.rectangle((x, y - h, w - 1, h), looks.colour(rng))
        x += w
