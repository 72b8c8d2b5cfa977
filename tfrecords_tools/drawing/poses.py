"""Random poses: joint angles in degrees, within the ranges of human shoulders, elbows, hips and knees.

An arm or a leg has four: flexion (forward), abduction (sideways, away from the body), rotation (inward, about the
limb's own axis) and bend (of elbow or knee).
"""

import dataclasses

# name: ranges (lowest, highest) of flexion, abduction, rotation and bend
ARMS = {
    "hanging": ((-15, 18), (4, 18), (-10, 40), (4, 35)),
    "on_hip": ((-28, -8), (32, 50), (70, 95), (85, 112)),
    "crossed": ((28, 44), (-2, 10), (62, 82), (82, 108)),
    "holding": ((10, 50), (4, 20), (0, 50), (50, 100)),
    "at_face": ((35, 70), (8, 38), (5, 50), (115, 142)),
    "forward": ((55, 95), (0, 22), (-10, 20), (0, 30)),
    "sideways": ((-8, 12), (60, 100), (-30, 30), (0, 35)),
    "raised": ((-12, 12), (128, 168), (-40, 40), (5, 50)),
    "waving": ((0, 20), (55, 100), (-100, -65), (60, 118)),
    "behind": ((-42, -24), (6, 20), (50, 80), (40, 80)),
}

# name: the same ranges of the leading and the trailing leg
LEGS = {
    "standing": (((-3, 5), (0, 7), (-15, 0), (0, 8)),) * 2,
    "apart": (((-2, 8), (10, 20), (-25, -5), (0, 12)),) * 2,
    "walking": (((16, 32), (0, 5), (-8, 5), (4, 18)), ((-24, -10), (0, 5), (-8, 5), (10, 38))),
    "running": (((45, 72), (0, 6), (-5, 5), (60, 100)), ((-28, -8), (0, 6), (-5, 5), (30, 85))),
    "sitting": (((72, 90), (3, 20), (-10, 5), (72, 92)),) * 2,
    "squatting": (((50, 80), (14, 32), (-20, 0), (75, 110)),) * 2,
    "kicking": (((50, 85), (0, 15), (-10, 5), (4, 35)), ((-8, 4), (0, 6), (-10, 5), (3, 20))),
}

_SAME_ON_BOTH_SIDES = ("crossed", "behind")


@dataclasses.dataclass(frozen=True)
class Pose:
    """The joint angles of a person, in degrees.

    Args:
        left_arm, right_arm, left_leg, right_leg: Flexion, abduction, rotation and bend of the limb.
        chest: Lean forward, lean sideways and twist, relative to the pelvis.
        head: Nod, tilt and turn, relative to the chest.
        body: Pitch forward, roll and turn of the pelvis, relative to the camera; a turn of 0 faces it.
        is_seated: Whether a seat is drawn.
    """

    left_arm: tuple[float, ...]
    right_arm: tuple[float, ...]
    left_leg: tuple[float, ...]
    right_leg: tuple[float, ...]
    chest: tuple[float, ...]
    head: tuple[float, ...]
    body: tuple[float, ...]
    is_seated: bool = False


def sample(rng, *, from_behind: float, activity: float) -> Pose:
    """Samples a pose.

    Args:
        rng: A NumPy generator.
        from_behind: Fraction of people seen from behind.
        activity: Range of legs, lean, roll and turn: 0 for people in conversation, 1 for people at sports.
    """
    leading, trailing = _legs(rng, activity)
    if rng.random() < 0.5:
        leading, trailing = trailing, leading
    left_arm, right_arm = _arms(rng)
    turn = 180 * (rng.random() < from_behind) + rng.normal(0, 20 + 12 * activity)
    lean = rng.normal(4 + 6 * activity, 6 + 6 * activity)
    return Pose(
        left_arm=_within(rng, ARMS[left_arm]),
        right_arm=_within(rng, ARMS[right_arm]),
        left_leg=_within(rng, leading),
        right_leg=_within(rng, trailing),
        chest=(lean, rng.normal(0, 4 + 6 * activity), rng.normal(0, 9)),
        head=(rng.normal(3, 7), rng.normal(0, 6), _clip(rng.normal(0, 18), 55)),
        body=(rng.normal(-2, 3), rng.normal(0, 3 + 9 * activity), turn),
        is_seated=leading in LEGS["sitting"],
    )


def _legs(rng, activity):
    calm, wild = ("standing", "apart", "walking", "sitting"), ("running", "squatting", "kicking")
    return LEGS[_one(rng, wild if rng.random() < 0.45 * activity else calm)]


def _arms(rng):
    first, second = _one(rng, tuple(ARMS)), _one(rng, tuple(ARMS))
    if first in _SAME_ON_BOTH_SIDES:
        return first, first
    if second in _SAME_ON_BOTH_SIDES or rng.random() < 0.3:
        return first, "hanging"
    return first, second


def _one(rng, choices):
    return choices[rng.integers(len(choices))]


def _within(rng, ranges):
    return tuple(rng.uniform(low, high) for low, high in ranges)


def _clip(value, limit):
    return max(-limit, min(limit, value))
