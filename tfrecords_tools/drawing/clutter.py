"""Distractors that resemble people or limbs: chairs, coats on a hook, bare trees, lamps and fences."""

import numpy as np

from tfrecords_tools.drawing import looks
from tfrecords_tools.drawing.canvas import Canvas, shade

_WOODS = ((176, 128, 86), (132, 92, 64), (92, 66, 52), (206, 168, 124), (70, 66, 70))


def indoors(rng, canvas: Canvas, ground: float):
    """Draws one to three distractors in a room whose floor starts at row `ground`."""
    for _ in range(rng.integers(1, 4)):
        kind = (_chair, _coat, _lamp)[rng.integers(3)]
        kind(rng, canvas, rng.uniform(0.02, 0.98) * canvas.size[1], ground)


def outdoors(rng, canvas: Canvas, ground: float):
    """Draws one to three outdoor distractors that stand at row `ground`."""
    for _ in range(rng.integers(1, 4)):
        kind = (_bare_tree, _fence, _lamp)[rng.integers(3)]
        kind(rng, canvas, rng.uniform(0.02, 0.98) * canvas.size[1], ground)


def _wood(rng):
    return _WOODS[rng.integers(len(_WOODS))]


def _chair(rng, canvas, x, ground):
    s, wood = rng.uniform(0.2, 0.38) * canvas.size[0], _wood(rng)
    foot, thick = ground + 0.2 * s, (0.05 * s, 0.04 * s)
    for dx, top in ((-0.3, 0), (0.3, 0.9), (-0.18, 0), (0.2, 0)):
        canvas.limb([(x + dx * s, foot - 0.5 * s - top * s), (x + 1.1 * dx * s, foot)], thick, shade(wood, 0.85))
    canvas.limb([(x - 0.32 * s, foot - 0.5 * s), (x + 0.32 * s, foot - 0.5 * s)], thick, wood)
    canvas.limb(
        [(x + 0.29 * s, foot - 1.35 * s), (x + 0.29 * s, foot - 0.85 * s)], 2 * np.array(thick), looks.colour(rng)
    )


def _coat(rng, canvas, x, ground):
    s, cloth = rng.uniform(0.2, 0.4) * canvas.size[0], looks.colour(rng)
    top = ground - rng.uniform(1.3, 2.2) * s
    for side in (-1, 1):
        canvas.limb(
            [(x + 0.24 * side * s, top + 0.16 * s), (x + 0.32 * side * s, top + 0.8 * s)],
            (0.09 * s, 0.08 * s),
            shade(cloth, 0.8),
        )
    sides = ((0.08, 0), (0.28, 0.1), (0.26, 0.9))
    canvas.polygon([(x + dx * s, top + dy * s) for dx, dy in (*sides, *((-dx, dy) for dx, dy in sides[::-1]))], cloth)
    canvas.line([(x, top + 0.05 * s), (x, top + 0.9 * s)], 1, shade(cloth, 0.65))
    canvas.line([(x, top - 0.1 * s), (x, top)], 2, (90, 90, 96))


def _lamp(rng, canvas, x, ground):
    h, colour = rng.uniform(0.45, 0.75) * canvas.size[0], looks.colour(rng)
    foot = ground + 0.05 * h
    canvas.limb([(x, foot), (x, foot - h)], (0.018 * h, 0.014 * h), _wood(rng))
    canvas.ellipse((x, foot), (0.1 * h, 0.025 * h), (70, 66, 70))
    top = foot - h
    canvas.polygon(
        [
            (x - 0.07 * h, top - 0.1 * h),
            (x + 0.07 * h, top - 0.1 * h),
            (x + 0.13 * h, top + 0.1 * h),
            (x - 0.13 * h, top + 0.1 * h),
        ],
        colour,
    )


def _bare_tree(rng, canvas, x, ground):
    wood, size = _wood(rng), rng.uniform(0.3, 0.6) * canvas.size[0]
    foot = np.array([x, ground + 0.1 * size])
    fork = foot + size * np.array([rng.uniform(-0.1, 0.1), -0.5])
    canvas.limb([foot, fork], (0.06 * size, 0.045 * size), wood)
    for angle in (-0.8, -0.2, 0.5, 1.0) + rng.normal(0, 0.2, 4):
        knot = fork + 0.4 * size * np.array([np.sin(angle), -np.cos(angle)])
        tip = knot + 0.35 * size * np.array([np.sin(1.7 * angle), -np.cos(0.6 * angle)])
        canvas.limb([fork, knot], (0.04 * size, 0.026 * size), shade(wood, 0.95))
        canvas.limb([knot, tip], (0.026 * size, 0.012 * size), shade(wood, 0.95))


def _fence(rng, canvas, x, ground):
    wood, h = _wood(rng), rng.uniform(0.12, 0.24) * canvas.size[0]
    posts = x + 0.8 * h * np.arange(rng.integers(3, 8))
    for height in (0.35, 0.75):
        canvas.limb(
            [(posts[0], ground - height * h), (posts[-1], ground - height * h)], (0.06 * h,) * 2, shade(wood, 0.85)
        )
    for post in posts:
        canvas.limb([(post, ground), (post, ground - h)], (0.08 * h,) * 2, wood)
