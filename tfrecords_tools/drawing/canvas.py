"""An image on which anti-aliased shapes are drawn, with a map of the object that each pixel shows."""

import cv2
import numpy as np

_SHIFT = 4  # bits of a coordinate after the point
_ROUND = np.linspace(0, 2 * np.pi, 20, endpoint=False)
_CIRCLE = np.stack([np.cos(_ROUND), np.sin(_ROUND)], axis=-1)


class Canvas:
    """Draws shapes given in pixels; the centre of the top-left pixel is (0, 0).

    Every shape takes a colour (R, G, B) and an optional label of the object it belongs to. Without a label, the shape
    is a pattern on the objects below it.

    Args:
        image: uint8 `[H, W, 3]`, drawn on in place.

    Attributes:
        labels: uint8 `[H, W]`: the label of the object on top of each pixel; 0 is the background.
    """

    def __init__(self, image):
        self.image = image
        self.labels = np.zeros(image.shape[:2], np.uint8)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.labels.shape

    def polygon(self, points, colour, label: int | None = None):
        """Fills a polygon `[P, 2]` that does not cross itself."""
        self._fill(_fixed(points), colour, label)

    def hull(self, points, colour, label: int | None = None):
        """Fills the convex hull of points `[P, 2]`."""
        self._fill(cv2.convexHull(_fixed(points)), colour, label)

    def limb(self, ends, radii, colour, label: int | None = None):
        """Fills the convex hull of two discs.

        Args:
            ends: Their centres `[2, 2]`.
            radii: Their radii.
            colour: R, G, B.
            label: Label of the object.
        """
        (start, end), (first, last) = ends, radii
        self.hull(np.concatenate([start + first * _CIRCLE, end + last * _CIRCLE]), colour, label)

    def ellipse(self, centre, axes, colour, label: int | None = None):
        """Fills an ellipse.

        Args:
            centre: `[2]`.
            axes: Its half axes as rows `[2, 2]`, or two half widths along x and y.
            colour: R, G, B.
            label: Label of the object.
        """
        axes = np.asarray(axes, float)
        self.polygon(centre + _CIRCLE @ (np.diag(axes) if axes.ndim == 1 else axes), colour, label)

    def rectangle(self, box, colour, label: int | None = None):
        """Fills a box (x, y, w, h)."""
        x, y, w, h = box
        self.polygon([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], colour, label)

    def line(self, points, width: float, colour):
        """Draws a line through points `[P, 2]` as a pattern, at least one pixel wide."""
        cv2.polylines(self.image, [_fixed(points)], False, colour, max(1, round(width)), cv2.LINE_AA, _SHIFT)

    def _fill(self, fixed, colour, label):
        cv2.fillPoly(self.image, [fixed], colour, cv2.LINE_AA, _SHIFT)
        if label is not None:
            cv2.fillPoly(self.labels, [fixed], label, cv2.LINE_8, _SHIFT)


def mix(colour, other, share: float):
    """Mixes two colours; `share` is the fraction of `other`."""
    return tuple(a + share * (b - a) for a, b in zip(colour, other, strict=True))


def shade(colour, factor: float):
    """Scales the brightness of a colour, clipped at 255."""
    red, green, blue = colour
    return min(255.0, factor * red), min(255.0, factor * green), min(255.0, factor * blue)


def _fixed(points):
    return np.rint(np.asarray(points) * (1 << _SHIFT)).astype(np.int32)
