"""Draws heads: an ellipsoid with hair on one side of a plane and a face on the front."""

import math

import numpy as np

from tfrecords_tools.drawing.body import HEAD
from tfrecords_tools.drawing.canvas import Canvas, mix, shade

# Hairlines: a direction from the middle of the head (y down, z forward), a distance along it, both in half
# axes, and how much the hair adds to them.
_HAIRLINES = {
    "short": ((0, -0.80, -0.60), 0.20, 0.09),
    "long": ((0, -0.66, -0.75), 0.14, 0.07),
    "bun": ((0, -0.72, -0.69), 0.22, 0.06),
    "curly": ((0, -0.78, -0.63), 0.16, 0.20),
    "cap": ((0, -0.95, -0.31), 0.30, 0.06),
    "bald": ((0, -0.20, -0.98), 0.68, 0.0),
}
_BEARD = ((0, 0.82, 0.57), 0.45, 0.0)
_ROUND = np.linspace(0, 2 * np.pi, 28, endpoint=False)
_DISC = np.stack([np.cos(_ROUND), np.sin(_ROUND)], axis=-1)


def paint(canvas: Canvas, body, look, label: int):
    """Draws skull, hair, ears and the visible part of the face."""
    colour = look.accent if look.hair_cut == "cap" else look.hair
    if look.hair_cut == "bun":
        canvas.ellipse(_surface(body, (0, -0.80, -0.95)), 0.036 * body.scale * np.ones(2), shade(colour, 0.9), label)
    canvas.polygon(_outline(body), look.skin, label)
    _cap(canvas, body, _HAIRLINES[look.hair_cut], (colour, look.skin), label)
    if look.has_beard and _faces(body, _BEARD[0]):
        _cap(canvas, body, _BEARD, (mix(look.hair, look.skin, 0.15), look.skin), label)
    for side in ("left", "right"):
        ear = body.points[f"{side}_ear"]
        if ear[2] > body.points["head"][2] - 0.03 * body.scale:
            canvas.ellipse(ear[:2], body.scale * np.array([0.011, 0.018]), shade(look.skin, 0.86), label)
    _face(canvas, body, look)
    if look.hair_cut == "cap" and _faces(body, (0, -0.2, 1)):
        brim = [
            _surface(body, (side, -0.62, depth))
            for side, depth in ((-0.8, 0.6), (-0.45, 1.05), (0.45, 1.05), (0.8, 0.6))
        ]
        canvas.polygon([*brim, _surface(body, (0, -0.72, 0.7))], shade(colour, 0.75), label)


def paint_long_hair(canvas: Canvas, body, look, label: int):
    """Draws long hair behind the head, for cuts that have it."""
    if look.hair_cut == "long":
        head, frame = body.points["head"], body.frames["head"]
        crown = head - 0.018 * body.scale * frame[:, 2]
        ends = crown + body.scale * (0.10 * frame[:, 1] - 0.02 * frame[:, 2])
        canvas.limb([crown[:2], ends[:2]], np.array([0.076, 0.062]) * body.scale, shade(look.hair, 0.82), label)


def _face(canvas, body, look):
    scale = body.scale
    for side in (-1, 1):
        if _faces(body, (0.45 * side, -0.1, 0.9)):
            eye = body.points["left_eye" if side > 0 else "right_eye"][:2]
            canvas.ellipse(eye, scale * np.array([0.0125, 0.0095]), (250, 248, 244))
            canvas.ellipse(eye, scale * np.array([0.0075, 0.0085]), (46, 36, 36))
            if _faces(body, (0.50 * side, -0.39, 0.72)):
                brow = [_surface(body, (x * side, y, 0.72)) for x, y in ((0.14, -0.40), (0.32, -0.45), (0.50, -0.39))]
                canvas.line(brow, 0.008 * scale, shade(look.hair, 0.8))
            if look.has_glasses:
                rim = eye + 0.021 * scale * _DISC[[*range(0, 28, 2), 0]]
                canvas.line(rim, 1, (40, 40, 46))
    if _faces(body, (0, 0.1, 1)):
        nose = body.points["nose"][:2]
        canvas.limb([_surface(body, (0, -0.1, 1)), nose], np.array([0.004, 0.0105]) * scale, shade(look.skin, 0.84))
        mouth = [_surface(body, point) for point in ((-0.3, 0.52, 0.85), (0, 0.60, 0.85), (0.3, 0.52, 0.85))]
        canvas.line(mouth, 0.008 * scale, mix(shade(look.skin, 0.75), (176, 60, 66), 0.5))


def _faces(body, direction) -> bool:
    """Tells whether the skin in a direction from the centre of the head faces the camera."""
    return body.frames["head"][2] / HEAD @ direction > 0


def _surface(body, direction):
    """The projected point `[2]` of the skin in a direction; above the skin for directions longer than 1."""
    offset = HEAD * direction / min(1.0, math.hypot(*direction))
    return (body.points["head"] + body.scale * body.frames["head"] @ offset)[:2]


def _outline(body):
    """The head's outline `[P, 2]`, an ellipse: the projection of an ellipsoid."""
    axes = (body.frames["head"] * HEAD)[:2]
    return body.points["head"][:2] + body.scale * _DISC @ np.linalg.cholesky(axes @ axes.T).T


def _cap(canvas, body, plane, colours, label):
    """Draws the part of the head beyond a plane in the first colour, and the rest, where needed, in the second.

    In units of the half axes the head is a sphere. The visible part beyond a plane is convex if the plane faces the
    camera; otherwise the rest is convex.
    """
    direction, distance, thickness = np.array(plane[0]), plane[1], plane[2]
    sight = body.frames["head"][2] / HEAD
    sight /= np.linalg.norm(sight)
    is_near = direction @ sight > 0
    rim, edge = distance * direction + np.sqrt(1 - distance**2) * _circle(direction), _circle(sight)
    edge = edge[(edge @ direction > distance) == is_near]
    shape = np.concatenate([rim[rim @ sight >= 0], edge])
    lift = (body.frames["head"] @ (thickness * HEAD * direction))[:2] * body.scale
    middle = body.points["head"][:2]
    flat = (shape * HEAD) @ body.frames["head"][:2].T * body.scale
    if is_near:
        canvas.hull(middle + lift + (1 + thickness) * flat, colours[0], label)
        return
    canvas.polygon(middle + lift + (1 + thickness) * (_outline(body) - middle), colours[0], label)
    if len(flat) > 2:
        canvas.hull(middle + flat, colours[1], label)


def _circle(normal):
    """Points `[P, 3]` of the unit circle around a direction that is not the y axis."""
    x, y, z = normal
    first = np.array([z, 0.0, -x]) / np.hypot(x, z)
    second = np.array([y * first[2], z * first[0] - x * first[2], -y * first[0]])
    return _DISC[:, :1] * first + _DISC[:, 1:] * second
