"""An image to paint on with smooth edges, which remembers for each pixel what is on top there."""

import cv2
import numpy as np

_SHIFT = 4  # bits of a coordinate after the point
_CIRCLE = np.stack([np.cos(np.linspace(0, 2 * np.pi, 24, False)), np.sin(np.linspace(0, 2 * np.pi, 24, False))], -1)


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
        fixed = np.rint(np.asarray(points) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillPoly(self.image, [fixed], colour, cv2.LINE_AA, _SHIFT)
        if thing is not None:
            cv2.fillPoly(self.things, [fixed], thing, cv2.LINE_8, _SHIFT)

    def hull(self, points, colour, thing: int | None = None):
        """Fills the convex hull of points `[P, 2]`."""
        self.polygon(cv2.convexHull(np.asarray(points, np.float32))[:, 0], colour, thing)

    def limb(self, ends, radii, colour, thing: int | None = None):
        """Fills what two discs, and a band around them, cover.

        Args:
            ends: Their centres `[2, 2]`.
            radii: Their radii.
            colour: R, G, B.
            thing: What it belongs to.
        """
        discs = np.asarray(ends)[:, None] + np.asarray(radii)[:, None, None] * _CIRCLE
        self.hull(discs.reshape(-1, 2), colour, thing)

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

    def rectangle(self, x, y, w, h, colour, thing: int | None = None):
        """Fills a rectangle with sides along the axes."""
        self.polygon([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], colour, thing)

    def line(self, points, width: float, colour):
        """Draws a line through points `[P, 2]` as a pattern; thinner than a pixel it fades."""
        fixed = np.rint(np.asarray(points) * (1 << _SHIFT)).astype(np.int32)
        cv2.polylines(self.image, [fixed], False, colour, max(1, round(width)), cv2.LINE_AA, _SHIFT)


def mix(colour, other, share: float):
    """Mixes two colours; `share` is that of the other."""
    return tuple(a + share * (b - a) for a, b in zip(colour, other, strict=True))


def shade(colour, factor: float):
    """Makes a colour darker, or brighter above 1."""
    return tuple(min(255.0, factor * part) for part in colour)
