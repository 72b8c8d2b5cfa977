"""Draws torsos: elliptic rings around a bent spine, with clothes."""

import dataclasses
import functools

import numpy as np

from tfrecords_tools.drawing.canvas import Canvas, mix, shade

# height (0 hips, 1 shoulders), half width and half depth in fractions of the stature
RINGS = np.array([
    (-0.24, 0.052, 0.050), (-0.12, 0.086, 0.062), (0.00, 0.093, 0.066), (0.14, 0.088, 0.062), (0.30, 0.081, 0.057),
    (0.45, 0.080, 0.056), (0.62, 0.087, 0.060), (0.78, 0.095, 0.062), (0.92, 0.104, 0.055), (1.02, 0.106, 0.046),
    (1.08, 0.090, 0.040), (1.14, 0.052, 0.034), (1.20, 0.028, 0.030),
])  # fmt: skip
_WAIST = np.exp(-(((RINGS[:, 0] - 0.38) / 0.25) ** 2))  # influence of the waist's width on each ring
_HEM, _COLLAR = 0.02, 1.17


@dataclasses.dataclass(frozen=True)
class Torso:
    """The rings of one body in the image.

    Args:
        centres: `[R, 3]`, pixels.
        sides: Half axes towards the left side `[R, 3]`.
        fronts: Half axes forward `[R, 3]`.
        frame: Axes of the chest, the columns of `[3, 3]`.
    """

    centres: np.ndarray
    sides: np.ndarray
    fronts: np.ndarray
    frame: np.ndarray

    def surface(self, points):
        """Projected points `[P, 2]` of the surface, given as (height, angle); angle 0 is in front, π/2 left."""
        heights, angles = zip(*points, strict=True)
        weights, angles = _weights(heights), np.array(angles)[:, None]
        centres, sides, fronts = weights @ self.centres, weights @ self.sides, weights @ self.fronts
        return (centres + np.sin(angles) * sides + np.cos(angles) * fronts)[:, :2]

    def band(self, low: float, high: float, reach: tuple[float, float] = (1, 1)):
        """The outline `[P, 2]` of the torso between two heights.

        Args:
            low: The lower height.
            high: The upper one.
            reach: Extent to the left and right of the image, as fractions of the half width.
        """
        weights = _weights((low, *RINGS[(RINGS[:, 0] > low) & (RINGS[:, 0] < high), 0], high))
        centres, sides, fronts = ((weights @ values)[:, :2] for values in (self.centres, self.sides, self.fronts))
        up = centres[-1] - centres[0]
        right = np.array([-up[1], up[0]]) / (np.hypot(*up) + 1e-6) * (1 if up[1] < 0 else -1)
        half = np.hypot(sides @ right, fronts @ right)[:, None]
        return np.concatenate([centres - reach[0] * half * right, (centres + reach[1] * half * right)[::-1]])

    def shows(self, angle: float) -> bool:
        """Tells whether the surface at an angle faces the camera."""
        return (np.sin(angle) * self.frame[:, 0] + np.cos(angle) * self.frame[:, 2])[2] > 0.25


def rings(body, look) -> Torso:
    """Returns the rings of a body's torso."""
    t = RINGS[:, :1]
    pelvis, chest = body.points["pelvis"], body.points["chest"]
    knot = (pelvis + chest) / 2 + 0.06 * body.scale * (body.frames["pelvis"][:, 1] - body.frames["chest"][:, 1]) / 2
    centres = (1 - t) ** 2 * pelvis + 2 * t * (1 - t) * knot + t**2 * chest
    blend = np.clip(t, 0, 1)
    side, front = ((1 - blend) * body.frames["pelvis"][:, i] + blend * body.frames["chest"][:, i] for i in (0, 2))
    scale = body.scale * look.girth * (1 + (look.waist - 0.95) * _WAIST)[:, None]
    return Torso(centres, side * scale * RINGS[:, 1:2], front * scale * RINGS[:, 2:3], body.frames["chest"])


def paint(canvas: Canvas, torso: Torso, look, label: int, light: int):
    """Draws the upper part of the trousers and the shirt.

    Args:
        canvas: The image.
        torso: The rings.
        look: The person's appearance.
        label: Label of the person's torso.
        light: Direction of the light: 1 from the left of the image, -1 from the right.
    """
    lit = (1.0, 0.66) if light > 0 else (0.66, 1.0)
    for low, high, colour in ((RINGS[0, 0], _HEM + 0.1, look.trousers), (_HEM, _COLLAR, look.shirt)):
        canvas.polygon(torso.band(low, high), shade(colour, 0.86), label)
        canvas.polygon(torso.band(low, high, lit), colour)
    canvas.polygon(torso.band(_HEM, _HEM + 0.03), shade(look.shirt, 0.78))
    _pattern(canvas, torso, look)


def _pattern(canvas, torso, look):
    kind = look.shirt_kind
    if kind == "stripes":
        for height in (0.16, 0.4, 0.64, 0.88):
            canvas.polygon(torso.band(height, height + 0.1), look.accent)
    if kind == "rucksack":
        _rucksack(canvas, torso, look)
    if kind == "dungarees":
        _dungarees(canvas, torso, look)
    if torso.shows(0):
        _front(canvas, torso, look)


def _front(canvas, torso, look):
    kind, width = look.shirt_kind, max(1.0, 0.04 * np.hypot(*(torso.centres[9] - torso.centres[2])[:2]))
    if kind == "jacket":
        opening = [(1.14, -0.5), (0.5, -0.22), (_HEM, -0.3), (_HEM, 0.3), (0.5, 0.22), (1.14, 0.5)]
        canvas.polygon(torso.surface(opening), look.accent)
    canvas.polygon(torso.surface([(_COLLAR, -1.0), (1.05, -0.55), (0.93, 0), (1.05, 0.55), (_COLLAR, 1.0)]), look.skin)
    if kind in ("buttons", "tie"):
        canvas.line(torso.surface([(0.92, 0), (0.6, 0), (0.3, 0), (_HEM, 0)]), 1, shade(look.shirt, 0.7))
    if kind == "tie":
        canvas.polygon(torso.surface([(0.98, -0.12), (0.3, -0.16), (0.22, 0), (0.3, 0.16), (0.98, 0.12)]), look.accent)
    if kind == "print":
        canvas.ellipse(torso.surface([(0.66, 0)])[0], torso.fronts[7, 2] * np.array([0.55, 0.6]), look.accent)
    if kind in ("buttons", "jacket"):
        for side in (-1, 1):
            canvas.line(torso.surface([(1.13, 0.75 * side), (0.95, 0.12 * side)]), 1.4 * width / 2, look.accent)


def _rucksack(canvas, torso, look):
    if torso.shows(0):
        for side in (-0.62, 0.62):
            strap = [(1.1, side - 0.1), (0.8, side - 0.14), (0.35, side), (0.35, side + 0.16), (0.8, side + 0.12)]
            canvas.polygon(torso.surface([*strap, (1.1, side + 0.12)]), look.accent)
    if torso.shows(np.pi):
        outline = torso.surface([(1.02, 2.5), (0.16, 2.3), (0.16, -2.3), (1.02, -2.5)])
        canvas.polygon(outline, shade(look.accent, 0.85))
        canvas.polygon(
            torso.surface([(0.5, 2.6), (0.2, 2.5), (0.2, -2.5), (0.5, -2.6)]), mix(look.accent, look.shoes, 0.3)
        )


def _dungarees(canvas, torso, look):
    canvas.polygon(torso.band(_HEM - 0.04, 0.36), look.trousers)
    for middle, top in ((0.0, 0.78), (np.pi, 0.6)):
        if torso.shows(middle):
            bib = [(0.34, -0.75), (top, -0.5), (top, 0.5), (0.34, 0.75)]
            canvas.polygon(torso.surface([(height, middle + angle) for height, angle in bib]), look.trousers)
            for side in (-0.45, 0.45):
                strap = torso.surface([(top, middle + side), (1.12, middle + 1.3 * side)])
                canvas.line(strap, np.abs(torso.fronts[7]).max() / 5, shade(look.trousers, 0.9))


@functools.cache
def _weights(heights):
    """Weights of the rings at each height, `[P, R]`: linear interpolation."""
    return np.stack([np.interp(heights, RINGS[:, 0], ring) for ring in np.eye(len(RINGS))], axis=-1)
