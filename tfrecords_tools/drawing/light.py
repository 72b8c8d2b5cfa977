"""Shadows on the ground, and uneven light, tint and noise of a camera."""

import cv2
import numpy as np

from tfrecords_tools.drawing.canvas import Canvas


def shadow(canvas: Canvas, body):
    """Darkens the ground below a person."""
    feet = np.array([body.points["left_foot"], body.points["right_foot"]])[:, :2]
    x, y = feet[:, 0].mean(), feet[:, 1].max()
    column, row, half = round(x), round(y), max(2, round(0.2 * body.scale))
    rows, columns = slice(max(0, row - half // 4), row + half // 4), slice(max(0, column - half), column + half)
    region = canvas.image[rows, columns]
    if region.size:
        darker = region.copy()
        centre = (column - columns.start, row - rows.start)
        cv2.ellipse(darker, centre, (half, half // 4), 0, 0, 360, (40, 40, 50), -1, cv2.LINE_AA)
        region[:] = cv2.addWeighted(region, 0.7, darker, 0.3, 0)


def develop(rng, image):
    """Adds uneven light, a colour tint and noise to an image."""
    h, w = image.shape[:2]
    light = rng.uniform(0.92, 1.1, (3, 4, 1)) * rng.uniform(0.9, 1.08) * rng.uniform(0.95, 1.05, 3)
    light = cv2.resize((128 * light).astype(np.uint8), (w, h), interpolation=cv2.INTER_CUBIC)
    image = cv2.multiply(image, light, scale=1 / 128)
    grain = np.frombuffer(rng.bytes(h * w), np.uint8).reshape(h, w) >> int(rng.integers(5, 7))
    return cv2.subtract(cv2.add(image, (3.0,) * 3), cv2.cvtColor(grain, cv2.COLOR_GRAY2RGB))
