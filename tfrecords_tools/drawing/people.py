"""Draws a person part by part, from the farthest to the nearest, and computes which keypoints are visible."""

import numpy as np

from tfrecords_tools.drawing import head, torso
from tfrecords_tools.drawing.canvas import Canvas, shade

PARTS = (
    "torso", "neck", "head", "hair", "left_upper_arm", "left_forearm", "right_upper_arm", "right_forearm",
    "left_thigh", "left_shank", "right_thigh", "right_shank",
)  # fmt: skip
MOST_PEOPLE = 15  # a label is 16 · person + part, and has 8 bits

# name: both ends; radii there (fractions of the stature); start on the scale of sleeve or trouser lengths; offset of
# the depth when the parts are sorted
_LIMBS = {
    "upper_arm": ("shoulder", "elbow", 0.033, 0.026, 0, 0.0),
    "forearm": ("elbow", "wrist", 0.026, 0.018, 1, 0.01),
    "thigh": ("hip", "knee", 0.055, 0.036, 0, -0.06),
    "shank": ("knee", "ankle", 0.036, 0.022, 1, -0.06),
}

# name: body parts on which it is visible; a point that hides it if nearer, by more than a fraction of the stature
_SHOWN_BY = {
    "nose": (("head",), "head", 0.0),
    "eye": (("head",), "head", 0.0),
    "ear": (("head",), "head", 0.03),
    "head_top": (("head",), None, 0.0),
    "neck": (("neck", "torso", "head"), None, 0.0),
    "shoulder": (("upper_arm", "torso"), "chest", 0.08),
    "elbow": (("upper_arm", "forearm"), None, 0.0),
    "wrist": (("forearm",), None, 0.0),
    "hip": (("thigh", "torso"), "pelvis", 0.05),
    "knee": (("thigh", "shank"), None, 0.0),
    "ankle": (("shank",), None, 0.0),
}


def paint(canvas: Canvas, body, look, person: int, light: int):
    """Draws one person on top of the image.

    Args:
        canvas: The image.
        body: The person's points, a `body.Body` in pixels.
        look: The person's appearance.
        person: Number of the person, 1 to `MOST_PEOPLE`, unique in the image.
        light: Direction of the light: 1 from the left of the image, -1 from the right.
    """
    for part in sorted(PARTS, key=lambda part: _nearness(body, part)):
        label = 16 * person + PARTS.index(part)
        if part == "torso":
            torso.paint(canvas, torso.rings(body, look), look, label, light)
        elif part == "neck":
            _neck(canvas, body, look, label)
        elif part == "head":
            head.paint(canvas, body, look, label)
        elif part == "hair":
            head.paint_long_hair(canvas, body, look, label)
        else:
            _limb(canvas, body, look, part, (label, light))


def keypoints(canvas: Canvas, body, names, person: int):
    """Returns the keypoints of a drawn person and their visibility.

    Args:
        canvas: The finished image.
        body: The person's points, a `body.Body` in pixels.
        names: The K names of the skeleton.
        person: The number given to `paint`.

    Returns:
        `[K, 3]`: x, y in pixels, and v: 2 (visible) or 1 (occluded by an object, a person or another limb). Keypoints
        outside of the image are (0, 0, 0).
    """
    return np.array([_keypoint(canvas, body, name, person) for name in names], np.float32)


def _keypoint(canvas, body, name, person):
    x, y, z = body.points[name]
    column, row = round(x), round(y)
    height, width = canvas.size
    if not (0 <= row < height and 0 <= column < width):
        return 0.0, 0.0, 0.0
    side, _, kind = name.rpartition("_") if name != "head_top" else ("", "", name)
    parts, middle, depth = _SHOWN_BY[kind]
    owner, part = divmod(int(canvas.labels[row, column]), 16)
    is_own = owner == person and PARTS[part] in (*parts, *(f"{side}_{part}" for part in parts))
    is_turned_away = middle is not None and z < body.points[middle][2] - depth * body.scale
    return x, y, 2.0 if is_own and not is_turned_away else 1.0


def _nearness(body, part):
    """Sorting key of the body parts: their depth, with an offset that makes clothes overlap correctly."""
    points, scale = body.points, body.scale
    if part == "torso":
        return (points["pelvis"][2] + points["chest"][2]) / 2
    if part in ("neck", "head", "hair"):
        toward = {"neck": -0.02, "head": 0.05, "hair": 0.02 - 0.06 * body.frames["head"][2, 2]}[part]
        return points["head" if part != "neck" else "chest"][2] + toward * scale
    side, _, kind = part.partition("_")
    start, end, *_, toward = _LIMBS[kind]
    start, end = points[f"{side}_{start}"][2], points[f"{side}_{end}"][2]
    if kind == "upper_arm":  # in front of the torso unless the shoulder is turned away
        return start + 0.08 * scale + 0.2 * (end - start)
    return (start + end) / 2 + toward * scale


def _neck(canvas, body, look, label):
    low, high = body.points["chest"], body.points["head"]
    radii = 0.03 * body.scale * np.ones(2)
    canvas.limb([low[:2], (0.25 * low + 0.75 * high)[:2]], radii, shade(look.skin, 0.85), label)


def _limb(canvas, body, look, part, label_and_light):
    side, _, kind = part.partition("_")
    start, end, thick, thin, counted, _ = _LIMBS[kind]
    start, end = (body.points[f"{side}_{name}"][:2] for name in (start, end))
    radii = np.array([thick, thin]) * body.scale * look.girth
    is_arm = kind in ("upper_arm", "forearm")
    covered = min(1.0, max(0.0, (look.sleeve if is_arm else look.trouser) - counted))
    cloth = look.shirt if is_arm else look.trousers
    if counted:
        _extremity(canvas, body, look, part, label_and_light)
    if covered < 1:
        _tube(canvas, (start, end), radii, look.skin, label_and_light)
    if covered > 0:
        cut = start + covered * (end - start)
        widths = 1.1 * np.array([radii[0], radii[0] + covered * (radii[1] - radii[0])])
        _tube(canvas, (start, cut), widths, cloth, label_and_light)


def _extremity(canvas, body, look, part, label_and_light):
    """Draws a hand or a shoe."""
    side, _, kind = part.partition("_")
    if kind == "forearm":
        wrist, hand = (body.points[f"{side}_{name}"][:2] for name in ("wrist", "hand"))
        along = hand - wrist
        thumb = wrist + 0.55 * along + 0.5 * np.array([-along[1], along[0]]) * (1 if side == "left" else -1)
        canvas.limb([wrist, thumb], np.array([0.012, 0.008]) * body.scale, shade(look.skin, 0.9), label_and_light[0])
        _tube(canvas, (wrist, hand), np.array([0.017, 0.020]) * body.scale, look.skin, label_and_light)
    else:
        ankle, foot = (body.points[f"{side}_{name}"][:2] for name in ("ankle", "foot"))
        sole = np.array([0, 0.012 * body.scale])
        _tube(canvas, (ankle + sole, foot + sole), np.array([0.028, 0.020]) * body.scale, look.shoes, label_and_light)


def _tube(canvas, ends, radii, colour, label_and_light):
    """Draws a limb with a shaded side; its start is not shaded, so that no edge shows at the joint."""
    label, light = label_and_light
    canvas.limb(ends, radii, shade(colour, 0.82), label)
    away = radii[0] * np.array([light, 0.3])
    start, end = ends
    canvas.limb([start - 0.08 * away, end - 0.2 * away], (0.92 * radii[0], 0.8 * radii[1]), colour)
