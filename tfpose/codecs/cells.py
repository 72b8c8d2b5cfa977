"""The coordinates of map cells and of input pixels.

A cell covers `stride` x `stride` pixels, so cell `j` has its centre at pixel `stride * j + (stride - 1) / 2`. All
functions take NumPy arrays and tensors of any shape, or numbers.
"""


def from_pixels(pixels, stride):
    """Coordinates in pixels → fractional coordinates in cells."""
    return (pixels + 0.5) / stride - 0.5


def to_pixels(cells, stride):
    """Coordinates in cells, whole or fractional → coordinates in pixels."""
    return (cells + 0.5) * stride - 0.5


def containing(pixels, stride):
    """The whole numbers of the cells that contain pixels, as floating-point numbers; negative left of the map."""
    return (pixels + 0.5) // stride
