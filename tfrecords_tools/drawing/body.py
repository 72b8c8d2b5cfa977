"""Forward kinematics: from joint angles and limb lengths to 3-D points of a person in an image.

Lengths are fractions of the stature (Drillis and Contini, "Body segment parameters", 1966; head a tenth larger, as
illustrators draw it). A person's own axes: x to the left side, y down, z forward; the camera's: x right, y down, z
towards the camera. A person turned by 0 faces the camera, with the left side on the right of the image.
"""

import dataclasses
import functools
import math

import numpy as np

LENGTHS = {
    "spine": 0.288,  # middle of the hips to middle of the shoulders
    "shoulders": 0.205,
    "hips": 0.128,
    "neck": 0.088,  # middle of the shoulders to middle of the head
    "upper_arm": 0.172,
    "forearm": 0.150,
    "hand": 0.060,
    "thigh": 0.245,
    "shank": 0.240,
    "foot": 0.085,
}
HEAD = np.array([0.061, 0.080, 0.068])  # half axes: x, y, z
DOWN, FORWARD = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])

_ON_HEAD = {  # directions from the centre of the head (not normalised), and distances in half axes
    "nose": ((0.0, 0.12, 1.0), 1.06),
    "left_eye": ((0.36, -0.14, 0.9), 0.99),
    "left_ear": ((1.0, 0.04, -0.08), 1.03),
    "head_top": ((0.0, -1.0, -0.05), 1.0),
}
_MIRROR = np.array([-1.0, 1.0, 1.0])


@dataclasses.dataclass(frozen=True)
class Body:
    """A person as 3-D points, projected along z.

    Args:
        points: `[3]` by name, in pixels: every keypoint of every skeleton, and `pelvis`, `chest` (middles of hips and
            shoulders), `head` (its middle), `left_hand`, `left_foot`, … (their tips).
        frames: `[3, 3]` of `pelvis`, `chest` and `head`: columns are the person's own axes.
        scale: Stature in pixels.
        is_seated: Whether a seat is drawn behind the person.
    """

    points: dict[str, np.ndarray]
    frames: dict[str, np.ndarray]
    scale: float = 1.0
    is_seated: bool = False

    def placed(self, scale: float, x: float, y: float) -> "Body":
        """The body scaled, then moved so that the origin is at (x, y), in pixels."""
        origin = np.array([x, y, 0.0])
        points = {name: scale * point + origin for name, point in self.points.items()}
        return dataclasses.replace(self, points=points, scale=scale * self.scale)

    def extent(self, names=None):
        """Bounding corners `[2, 2]`, lower and upper, of the named points. Default: of all points."""
        chosen = np.array([self.points[name][:2] for name in names or self.points])
        return np.stack([chosen.min(axis=0), chosen.max(axis=0)])


def proportions(rng) -> dict[str, float]:
    """Draws the limb lengths of one person: up to 15 % from the average, left and right alike."""
    factors = np.clip(rng.normal(1, 0.05, len(LENGTHS)), 0.85, 1.15).tolist()
    return {name: factor * length for factor, (name, length) in zip(factors, LENGTHS.items(), strict=True)}


def stand(pose, lengths: dict[str, float]) -> Body:
    """Computes the points of a pose along the chain of limbs, from the pelvis.

    Args:
        pose: Angles, a `poses.Pose`.
        lengths: As `LENGTHS`, in fractions of the stature.

    Returns:
        The body with its pelvis at the origin and a stature of about 1.
    """
    pitch, roll, turn = pose.body
    pelvis = rotation("y", -turn) @ rotation("z", roll) @ rotation("x", -pitch)
    lean, side, twist = pose.chest
    chest = pelvis @ rotation("y", twist) @ rotation("z", side) @ rotation("x", -lean)
    nod, tilt, look = pose.head
    head = chest @ rotation("y", look) @ rotation("z", tilt) @ rotation("x", lean / 2 - nod)
    points = {"pelvis": np.zeros(3)}
    chord = chest @ rotation("x", lean / 2)  # a spine that bends evenly ends half as far forward
    points["chest"] = -lengths["spine"] * (chord @ DOWN)
    points |= _head(points["chest"] - lengths["neck"] * ((chest + head) / 2 @ DOWN), head)
    points["neck"] = points["chest"] - 0.3 * lengths["neck"] * (chest @ DOWN)
    for side, mirror in (("left", np.ones(3)), ("right", _MIRROR)):
        shoulder = points["chest"] + chest @ (mirror * [lengths["shoulders"] / 2, 0, 0])
        hip = points["pelvis"] + pelvis @ (mirror * [lengths["hips"] / 2, 0, 0])
        arm = _limb(getattr(pose, f"{side}_arm"), [lengths[name] for name in ("upper_arm", "forearm", "hand")], DOWN)
        bend = np.array([1, 1, 1, -1]) * getattr(pose, f"{side}_leg")  # knees bend backwards
        leg = _limb(bend, [lengths[name] for name in ("thigh", "shank", "foot")], FORWARD)
        joined = [*(shoulder + (mirror * arm) @ chest.T), *(hip + (mirror * leg) @ pelvis.T)]
        names = ("shoulder", "elbow", "wrist", "hand", "hip", "knee", "ankle", "foot")
        points |= {f"{side}_{name}": point for name, point in zip(names, joined, strict=True)}
    return Body(points, {"pelvis": pelvis, "chest": chest, "head": head}, is_seated=pose.is_seated)


def rotation(axis: str, degrees: float):
    """A rotation `[3, 3]` about x (down turns forward), y (forward turns to the right side) or z (down to the left)."""
    s, c = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    if axis == "x":
        return np.array(((1, 0, 0), (0, c, -s), (0, s, c)))
    if axis == "y":
        return np.array(((c, 0, -s), (0, 1, 0), (s, 0, c)))
    return np.array(((c, s, 0), (-s, c, 0), (0, 0, 1)))


def _limb(angles, lengths, tip):
    """Points `[4, 3]` of a left limb from its root, which is at the origin."""
    flexion, abduction, inward, bend = angles
    upper = rotation("x", flexion) @ rotation("z", abduction) @ rotation("y", inward)
    lower = upper @ rotation("x", bend)
    steps = [np.zeros(3), lengths[0] * (upper @ DOWN), lengths[1] * (lower @ DOWN), lengths[2] * (lower @ tip)]
    return np.cumsum(steps, axis=0)


def _head(middle, frame):
    points = {"head": middle}
    for name, offset in _head_offsets().items():
        points[name] = middle + frame @ offset
    return points


@functools.cache
def _head_offsets():
    offsets = {}
    for name, (direction, reach) in _ON_HEAD.items():
        offset = reach * HEAD * np.array(direction) / np.linalg.norm(direction)
        offsets[name] = offset
        if name.startswith("left_"):
            offsets[name.replace("left_", "right_")] = _MIRROR * offset
    return offsets
