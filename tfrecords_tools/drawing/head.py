"""The head: an ellipsoid whose hair is all of it that lies on one side of a plane, and a face on its front."""

import numpy as np

from tfrecords_tools.drawing.body import HEAD
from tfrecords_tools.drawing.canvas import Canvas, mix, shade

# Of the plane: its direction from the middle of the head (y down, z forward) and its distance from it in half axes.
_HAIRLINES = {
    "short": ((0, -0.80, -0.60), 0.22),
    "long": ((0, -0.62, -0.78), 0.12),
    "bun": ((0, -0.72, -0.69), 0.20),
    "curly": ((0, -0.72, -0.69), 0.10),
    "cap": ((0, -0.93, -0.37), 0.30),
    "bald": ((0, -0.25, -0.97), 0.62),
}
_BEARD = ((0, 0.80, 0.60), 0.62)
_ROUND = np.linspace(0, 2 * np.pi, 28, endpoint=False)


def paint(canvas: Canvas, body, look, thing: int):
    """Paints head, ears, hair and, if it can be seen, the face."""
    outline = _outline(body)
    if look.hair_cut in ("curly", "bun"):
        _back_hair(canvas, body, look, thing)
    for side in ("left", "right"):
        ear = body.points[f"{side}_ear"]
        if ear[2] > body.points["head"][2] - 0.04 * body.scale:
            canvas.ellipse(ear[:2], 0.017 * body.scale * np.array([0.8, 1.1]), shade(look.skin, 0.88), thing)
    canvas.hull(outline, look.skin, thing)
    if look.has_beard:
        _cap(canvas, body, _BEARD, look.skin, mix(look.hair, look.skin, 0.25))
    if body.frames["head"][2, 2] > -0.4:
        _face(canvas, body, look)
    _hair(canvas, body, look, thing)


def paint_long_hair(canvas: Canvas, body, look, thing: int):
    """Paints what hangs behind the head."""
    head, down, back = body.points["head"], body.frames["head"][:, 1], -body.frames["head"][:, 2]
    crown = head + 0.02 * body.scale * back
    ends = crown + body.scale * (0.10 * (0.5 * down + 0.5 * np.array([0, 1, 0])) + 0.02 * back)
    canvas.limb([crown[:2], ends[:2]], np.array([0.074, 0.060]) * body.scale, shade(look.hair, 0.85), thing)


def _outline(body, grown=1.0):
    """The head's outline `[P, 2]`: what an ellipsoid looks like along z is an ellipse."""
    axes = (body.frames["head"] * HEAD)[:2]
    shape = np.linalg.cholesky(axes @ axes.T)
    circle = np.stack([np.cos(_ROUND), np.sin(_ROUND)], axis=-1)
    return body.points["head"][:2] + grown * body.scale * circle @ shape.T


def _cap(canvas, body, plane, outside, inside, grown=1.0):
    """Paints the part of the head beyond a plane.

    In units of its half axes the head is a ball, and seen along z its part beyond a plane is convex if the plane's
    direction points to the viewer; if not, the rest is.
    """
    direction, distance = np.array(plane[0], float), plane[1]
    sight = body.frames["head"].T[:, 2] * HEAD  # towards the viewer, where the head is a ball
    sight = body.frames["head"][2] / HEAD
    sight /= np.linalg.norm(sight)
    direction /= np.linalg.norm(direction)
    rim = distance * direction + np.sqrt(1 - distance**2) * _circle(direction)
    edge = _circle(sight)
    beyond = direction @ sight > 0
    edge = edge[(edge @ direction > distance) == beyond]
    shown = np.concatenate([rim[rim @ sight >= 0], edge])
    if not beyond:
        canvas.hull(_outline(body, grown), inside)
    if len(shown) > 2:
        flat = body.points["head"] + grown * body.scale * (HEAD * shown) @ body.frames["head"].T
        canvas.hull(flat[:, :2], inside if beyond else outside)


def _circle(normal):
    """Points `[P, 3]` of the unit circle around a direction."""
    first = np.cross(normal, [1.0, 0.0, 0.0] if abs(normal[0]) < 0.8 else [0.0, 1.0, 0.0])
    first /= np.linalg.norm(first)
    return np.cos(_ROUND)[:, None] * first + np.sin(_ROUND)[:, None] * np.cross(normal, first)
