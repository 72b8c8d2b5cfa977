import numpy as np
import pytest

from tfpose import skeletons
from tfpose.evaluation.rates import count
from tfpose.metrics import PROTOCOLS, Pairs


def pairs(shift=0, occluded=(), missing=(), skeleton=skeletons.MPII):
    """Someone on a diagonal of 10 pixels per keypoint, found that many pixels beside; head of 20 pixels."""
    k = len(skeleton)
    true = np.stack([10 * np.arange(k), 10 * np.arange(k), np.full(k, 2)], axis=-1).astype(float)[None]
    true[:, skeleton.indices(occluded), 2] = 1
    true[:, skeleton.indices(missing), 2] = 0
    return Pairs(skeleton, true, true + [shift, 0, 0], head_sizes=[20])


def test_visible_and_occluded_are_apart_where_both_occur():
    those = pairs(occluded=["left_wrist", "right_knee"], missing=["left_knee"])
    those.found[0, skeletons.MPII.indices(["left_wrist"])] += 100
    result = count(PROTOCOLS["pckh"], those)
    wrist = {kind: result[kind]["keypoints"]["left_wrist"][-1] for kind in ("visible", "occluded")}
    assert np.isnan(wrist["visible"]) and wrist["occluded"] == 0
    assert result["occluded"]["keypoints"]["mean 14"][-1] == 50
    assert result["visible"]["keypoints"]["pooled 14"][-1] == 100
    counts = [{**part["counted"]} for part in (result, result["visible"], result["occluded"])]
    assert [sum(each.values()) for each in counts] == [15, 13, 2]
    assert counts[0]["left_knee"] == 0 and counts[2]["left_wrist"] == 1


@pytest.mark.parametrize("occluded", [(), skeletons.MPII.keypoints])
def test_people_of_one_visibility_are_not_divided(occluded):
    result = count(PROTOCOLS["pckh"], pairs(occluded=occluded))
    assert not {"visible", "occluded"} & set(result)


def test_a_result_says_how_it_was_counted():
    said = count(PROTOCOLS["pckh"], pairs())["protocol"]
    assert said["distance"] == "parts of the head size, 0.6 of the diagonal of the head box"
    assert said["near"] == "below the threshold"
    assert said["counted"] == list(skeletons.MPII.keypoints)
    assert "without pelvis and thorax" in said["means"]
    assert said["area"] == "trapezoids from 0 to 0.5 in 50 steps"
    torso = count(PROTOCOLS["detection_rate"], pairs())["protocol"]
    assert torso["distance"] == "hundredths of the torso, left_shoulder to right_hip"
    assert (torso["near"], "area" in torso) == ("at most the threshold", False)


def test_the_area_is_one_where_all_is_exact():
    assert count(PROTOCOLS["pck"], pairs())["area"]["mean"] == pytest.approx(100)
    # Off by half of what is looked at: right from 0.25 on, of 0.5.
    area = count(PROTOCOLS["pckh"], pairs(shift=5))["area"]["mean 14"]
    assert area == pytest.approx(50, abs=1)


def test_the_head_of_lsp_is_the_mean_of_neck_and_top():
    those = pairs(skeleton=skeletons.LSP)
    those.found[0, skeletons.LSP.indices(["neck"])] += 500
    curves = count(PROTOCOLS["pck"], those)["keypoints"]
    assert [curves[name][-1] for name in ("neck", "head_top", "head")] == [0, 100, 50]
    assert curves["mean"][-1] == pytest.approx(100 * 13 / 14)


def test_sticks_have_sides_too():
    those = pairs()
    those.found[0, skeletons.MPII.indices(["left_wrist"])] += 500
    curves = count(PROTOCOLS["pcp"], those)["keypoints"]
    assert [curves[name][-1] for name in ("left_forearm", "right_forearm", "forearm")] == [0, 100, 50]
    assert curves["mean"][-1] == 90
