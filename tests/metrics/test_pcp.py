import numpy as np
import pytest

from tfpose import skeletons
from tfpose.metrics import PROTOCOLS, Pairs

PCP = PROTOCOLS["pcp"]
UPRIGHT = {
    "head_top": (50, 0), "neck": (50, 20),
    "left_shoulder": (60, 25), "left_elbow": (80, 25), "left_wrist": (100, 25),
    "right_shoulder": (40, 25), "right_elbow": (20, 25), "right_wrist": (0, 25),
    "left_hip": (55, 65), "left_knee": (55, 85), "left_ankle": (55, 105),
    "right_hip": (45, 65), "right_knee": (45, 85), "right_ankle": (45, 105),
}  # fmt: skip


def person(skeleton=skeletons.LSP, v=2, **moved):
    points = {**UPRIGHT, "pelvis": (50, 65), "thorax": (50, 25)}
    return np.array([[*points[name], v] for name in skeleton.keypoints], float)[None] + [
        [[*moved.get(name, (0, 0)), 0] for name in skeleton.keypoints]
    ]


def right(true, found, skeleton=skeletons.LSP):
    distances = PCP.distances(Pairs(skeleton, true, found))
    return dict(zip(distances.names, PCP.rates(distances)[PCP.thresholds.index(0.5)], strict=True))


@pytest.mark.parametrize("skeleton", [skeletons.LSP, skeletons.MPII], ids=str)
def test_there_are_ten_sticks(skeleton):
    true = person(skeleton)
    assert len(right(true, true, skeleton)) == 10


@pytest.mark.parametrize(("moved", "rate"), [((0, 10), 100), ((0, 10.01), 0)])
def test_both_ends_must_lie_within_half_the_stick(moved, rate):
    sticks = right(person(), person(left_wrist=moved))  # Of a forearm of 20 pixels.
    assert sticks.pop("left_forearm") == rate
    assert set(sticks.values()) == {100}


def test_the_torso_goes_from_middle_to_middle():
    assert right(person(), person(left_hip=(0, 39), right_hip=(39, 0)))["torso"] == 0  # Its end is off by 27.6 of 40.
    assert right(person(), person(left_hip=(500, 0), right_hip=(-500, 0)))["torso"] == 100


def test_a_stick_without_one_end_does_not_count_and_is_occluded_with_one():
    true = person()
    true[:, skeletons.LSP.indices(["left_wrist"]), 2] = 0
    true[:, skeletons.LSP.indices(["right_wrist"]), 2] = 1
    distances = PCP.distances(Pairs(skeletons.LSP, true, true))
    v = dict(zip(distances.names, distances.v[0], strict=True))
    assert (v["left_forearm"], v["right_forearm"], v["left_upper_arm"]) == (0, 1, 2)
    assert np.isnan(right(true, true)["left_forearm"])


def test_a_stick_without_length_is_right_only_if_found_exactly():
    flat = person(left_wrist=(-20, 0))
    assert right(flat, flat)["left_forearm"] == 100
    assert right(flat, person(left_wrist=(-19, 0)))["left_forearm"] == 0


def test_it_is_what_a_slow_loop_counts():
    random = np.random.default_rng(0)
    true = person() + np.concatenate([random.normal(0, 8, (40, 14, 2)), np.zeros((40, 14, 1))], axis=-1)
    found = true + random.normal(0, 8, true.shape)
    names = skeletons.LSP.keypoints
    arms = [("shoulder", "elbow", "upper_arm"), ("elbow", "wrist", "forearm")]
    legs = [("hip", "knee", "upper_leg"), ("knee", "ankle", "lower_leg")]
    sticks = right(true, found)
    for side in ("left", "right"):
        for upper, lower, stick in arms + legs:
            a, b = names.index(f"{side}_{upper}"), names.index(f"{side}_{lower}")
            hits = 0
            for t, f in zip(true, found, strict=True):
                half = np.hypot(*(t[a, :2] - t[b, :2])) / 2
                hits += np.hypot(*(f[a, :2] - t[a, :2])) <= half and np.hypot(*(f[b, :2] - t[b, :2])) <= half
            assert sticks[f"{side}_{stick}"] == pytest.approx(100 * hits / 40)
            assert 0 < hits < 40
