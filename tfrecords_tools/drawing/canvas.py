"""An image to paint on with smooth edges, which remembers for each pixel what is on top there."""

import cv2
import numpy as np

_SHIFT = 4  # bits of a coordinate after the point
_ROUND = np.linspace(0, 2 * np.pi, 20, endpoint=False)
_CIRCLE = np.stack([np.cos(_ROUND), np.sin(_ROUND)], axis=-1)


class Canvas:
    """Paints shapes given in pixels, the centre of the top-left one being (0, 0).

    Every shape takes a colour (R, G, B) and perhaps a thing: what its pixels belong to from then on. Without, the
    shape is a pattern on the things that are there.

    Args:
        image: uint8 `[H, W, 3]`, painted in place.

    Attributes:
        things: uint8 `[H, W]`: 0 for the background.
    """

    def __init__(self, image):
        self.image = image
        self.things = np.zeros(image.shape[:2], np.uint8)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.things.shape

    def polygon(self, points, colour, thing: int | None = None):
        """Fills a polygon `[P, 2]` that does not cross itself."""
        self._fill(_fixed(points), colour, thing)

    def hull(self, points, colour, thing: int | None = None):
        """Fills the convex hull of points `[P, 2]`."""
        self._fill(cv2.convexHull(_fixed(points)), colour, thing)

    def limb(self, ends, radii, colour, thing: int | None = None):
        """Fills what two discs, and a band around them, cover.

        Args:
            ends: Their centres `[2, 2]`.
            radii: Their radii.
            colour: R, G, B.
            thing: What it belongs to.
        """
        (start, end), (first, last) = ends, radii
        self.hull(np.concatenate([start + first * _CIRCLE, end + last * _CIRCLE]), colour, thing)

    def ellipse(self, centre, axes, colour, thing: int | None = None):
        """Fills an ellipse.

        Args:
            centre: `[2]`.
            axes: Its half axes as rows `[2, 2]`, or two half widths along x and y.
            colour: R, G, B.
            thing: What it belongs to.
        """
        axes = np.asarray(axes, float)
        self.polygon(centre + _CIRCLE @ (np.diag(axes) if axes.ndim == 1 else axes), colour, thing)

    def rectangle(self, box, colour, thing: int | None = None):
        """Fills a box (x, y, w, h)."""
        x, y, w, h = box
        self.polygon([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], colour, thing)

    def line(self, points, width: float, colour):
        """Draws a line through points `[P, 2]` as a pattern; thinner than a pixel it fades."""
        cv2.polylines(self.image, [_fixed(points)], False, colour, max(1, round(width)), cv2.LINE_AA, _SHIFT)

    def _fill(self, fixed, colour, thing):
        cv2.fillPoly(self.image, [fixed], colour, cv2.LINE_AA, _SHIFT)
        if thing is not None:
            cv2.fillPoly(self.things, [fixed], thing, cv2.LINE_8, _SHIFT)


def mix(colour, other, share: float):
    """Mixes two colours; `share` is that of the other."""
    return tuple(a + share * (b - a) for a, b in zip(colour, other, strict=True))


def shade(colour, factor: float):
    """Makes a colour darker, or brighter above 1."""
    red, green, blue = colour
    return min(255.0, factor * red), min(255.0, factor * green), min(255.0, factor * blue)


def _fixed(points):
    return np.rint(np.asarray(points) * (1 << _SHIFT)).astype(np.int32)
