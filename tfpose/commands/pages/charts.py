"""Charts as inline SVG: curves, histograms and points in a frame with axes, coloured by the page's style sheet."""

import math
from xml.etree import ElementTree

import numpy as np

LEFT, RIGHT, TOP, BOTTOM = 46, 16, 22, 38  # Margins of the frame, in units of the drawing.


class Chart:
    """A frame with axes, into which series are drawn.

    Series are numbered from 0; the style sheet of the page gives each number a colour that suits light and dark.

    Args:
        title: Heading of the chart.
        x, y: Labels of the axes.
        x_range, y_range: First and last value of each axis.
        x_ticks: Positions and labels of the marks on the x axis; by default round numbers.
        log: Whether the x axis is logarithmic.
        size: Width and height of the drawing; it is scaled to the width of its place.
    """

    def __init__(self, title, x, y, x_range, y_range, *, x_ticks=None, log=False, size=(360, 240)):
        self.width, self.height = size
        self._map = math.log if log else float
        self.x_range, self.y_range = tuple(map(self._map, x_range)), tuple(map(float, y_range))
        self._svg = ElementTree.Element(
            "svg", {"viewBox": f"0 0 {self.width} {self.height}", "role": "img", "aria-label": f"{title}: {y} by {x}"}
        )
        self._text(title, self.width / 2, 13, "title")
        self._axes(x, y, x_ticks or [(value, f"{value:g}") for value in ticks(*x_range)])

    def line(self, xs, ys, series=0, *, label="", dashes=""):
        """Draws a curve; it is interrupted where a value is NaN."""
        points = [(self.left(x), self.top(y)) if y == y else None for x, y in zip(xs, ys, strict=True)]
        path, pen = [], "M"
        for point in points:
            path += [] if point is None else [f"{pen}{point[0]:.1f} {point[1]:.1f}"]
            pen = "M" if point is None else "L"
        style = {"stroke-dasharray": dashes} if dashes else {}
        self._titled("path", {"d": " ".join(path), "class": f"line s{series}", **style}, label)

    def bar(self, x_range, value, series=0, *, below=0.0, label=""):
        """Draws a bar over a range of x, from `below` up to `below + value`."""
        (left, right), (low, high) = map(self.left, x_range), map(self.top, (below, below + value))
        box = {"x": left + 0.5, "width": max(right - left - 1, 0.5), "y": high, "height": max(low - high, 0)}
        box = {name: f"{number:.1f}" for name, number in box.items()}
        self._titled("rect", {**box, "class": f"bar s{series}"}, label)

    def points(self, xs, ys, series=0):
        """Draws a dot per pair of values."""
        group = ElementTree.SubElement(self._svg, "g", {"class": f"dots s{series}"})
        for x, y in zip(xs, ys, strict=True):
            place = {"cx": f"{self.left(x):.1f}", "cy": f"{self.top(y):.1f}", "r": "1.8"}
            ElementTree.SubElement(group, "circle", place)

    def markup(self):
        """Returns the SVG, as text that templates do not escape again."""
        import markupsafe

        return markupsafe.Markup(ElementTree.tostring(self._svg, encoding="unicode"))

    def left(self, x):
        """Horizontal place of a value, which is moved into the frame."""
        return self._between(self._map(x), *self.x_range, LEFT, self.width - RIGHT)

    def top(self, y):
        """Vertical place of a value, which is moved into the frame."""
        return self._between(float(y), *self.y_range, self.height - BOTTOM, TOP)

    def _between(self, value, low, high, first, last):
        return first + (last - first) * min(max((value - low) / (high - low), 0), 1)

    def _axes(self, x, y, x_ticks):
        left, right, top, bottom = LEFT, self.width - RIGHT, TOP, self.height - BOTTOM
        for value in ticks(*self.y_range):
            at = self.top(value)
            self._line(left, at, right, at, "grid")
            self._text(f"{value:g}", left - 5, at + 3.5, "tick end")
        for value, label in x_ticks:
            at = self.left(value)
            self._line(at, top, at, bottom, "grid")
            self._text(label, at, bottom + 13, "tick")
        self._line(left, bottom, right, bottom, "axis")
        self._text(x, (left + right) / 2, self.height - 6, "label")
        self._text(y, 11, (top + bottom) / 2, "label", transform=f"rotate(-90 11 {(top + bottom) / 2:g})")

    def _line(self, x1, y1, x2, y2, kind):
        places = zip(("x1", "y1", "x2", "y2"), (x1, y1, x2, y2), strict=True)
        ElementTree.SubElement(self._svg, "line", {**{name: f"{at:.1f}" for name, at in places}, "class": kind})

    def _text(self, text, x, y, kind, **more):
        place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "class": kind, **more}
        ElementTree.SubElement(self._svg, "text", place).text = str(text)

    def _titled(self, kind, attributes, label):
        """An element with a title, which browsers show under the pointer and screen readers say."""
        element = ElementTree.SubElement(self._svg, kind, attributes)
        if label:
            ElementTree.SubElement(element, "title").text = label


def histogram(title, x, values, edges, *, names=("",), unit="people", x_ticks=None, log=False, size=(360, 240)):
    """Draws a histogram of one or several stacked series.

    Args:
        title: Heading.
        x: Label of the x axis.
        values: Counts `[S, bins]` of S series.
        edges: Edges of the bins `[bins + 1]`, ascending.
        names: Names of the series.
        unit: What is counted.
        x_ticks, log, size: As for `Chart`.
    """
    values = np.atleast_2d(values)
    most = max(values.sum(axis=0).max(), 1)
    ends = (edges[0], edges[-1])
    chart = Chart(title, x, unit, ends, (0, 1.05 * most), x_ticks=x_ticks, log=log, size=size)
    for i, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        below = 0.0
        for series, name in enumerate(names):
            if values[series, i]:
                label = f"{name}, {x} {low:.3g} to {high:.3g}: {values[series, i]:g} {unit}".removeprefix(", ")
                chart.bar((low, high), values[series, i], series, below=below, label=label)
                below += values[series, i]
    return chart.markup()


def ticks(low, high, most=6):
    """Returns round numbers between two values, ends included: at most `most`, in steps of 1, 2 or 5 times 10^n."""
    step = 10 ** math.floor(math.log10((high - low) / most))
    step *= next(factor for factor in (1, 2, 5, 10, 20) if (high - low) / (step * factor) <= most - 1)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(step * i, 10) for i in range(first, last + 1)]
