import dataclasses

import numpy as np
import pytest

from tfpose import skeletons
from tfpose.metrics import PROTOCOLS, Pairs, Protocol
from tfpose.metrics.protocol import VISIBILITIES, Distances, visibility

NAMES = ("left_knee", "right_knee", "pelvis")
VALUES = np.array([[0.1, 0.5, 0.2], [0.5, 0.9, np.nan], [0.3, 0.2, 0.2], [0.6, 0.1, 0.1]])
V = np.array([[2, 0, 2], [1, 2, 2], [2, 1, 0], [2, 0, 0]])
DISTANCES = Distances(NAMES, VALUES, V)
PLAIN = Protocol(part_of="a yard", distances=lambda pairs: DISTANCES, thresholds=(0, 0.25, 0.5), shown=(0.5,))
STRICT = dataclasses.replace(PLAIN, strict=True)
EXCLUDED = dataclasses.replace(PLAIN, excluded=("pelvis", "thorax"))


def test_a_distance_may_equal_the_threshold_unless_the_protocol_is_strict():
    np.testing.assert_allclose(PLAIN.rates(DISTANCES)[2], [75, 50, 50])
    np.testing.assert_allclose(STRICT.rates(DISTANCES)[2], [50, 50, 50])


def test_a_mean_weighs_keypoints_and_a_pool_annotations():
    rates = EXCLUDED.rates(DISTANCES)
    at_half = {name: float(curve[2]) for name, curve in EXCLUDED.means(rates, DISTANCES).items()}
    assert at_half == {"mean 2": 62.5, "pooled 2": pytest.approx(400 / 6), "pooled 3": 62.5}
    assert PLAIN.means(rates, DISTANCES)["mean"][2] == pytest.approx(175 / 3)


def test_keypoints_that_nobody_has_weigh_nothing_in_any_mean():
    nobodys = DISTANCES._replace(v=V * [1, 0, 1])
    rates = EXCLUDED.rates(nobodys)
    assert np.isnan(rates[:, 1]).all()
    means = {name: float(curve[2]) for name, curve in EXCLUDED.means(rates, nobodys).items()}
    assert means == {"mean 2": 75, "pooled 2": 75, "pooled 3": pytest.approx(400 / 6)}


def test_a_mean_of_nothing_is_no_number():
    nothing = DISTANCES._replace(v=np.zeros_like(V))
    assert all(np.isnan(curve).all() for curve in EXCLUDED.means(EXCLUDED.rates(nothing), nothing).values())


def test_a_skeleton_without_the_excluded_keypoints_has_two_means():
    knees = Distances(NAMES[:2], VALUES[:, :2], V[:, :2])
    assert list(EXCLUDED.means(EXCLUDED.rates(knees), knees)) == ["mean 2", "pooled 2"]


def test_the_area_is_that_of_trapezoids():
    assert PLAIN.area(np.array([0, 40, 100])) == pytest.approx((20 + 70) / 2)
    assert PLAIN.area(np.full(3, 100)) == 100
    uneven = dataclasses.replace(PLAIN, thresholds=(0, 0.1, 0.5))
    assert uneven.area(np.array([0, 40, 100])) == pytest.approx((0.1 * 20 + 0.4 * 70) / 0.5)


def test_visible_and_occluded_make_up_the_whole():
    kinds = [visibility(DISTANCES, v) for v in VISIBILITIES.values()]
    counts = [(kind.v > 0).sum(axis=0) for kind in (*kinds, DISTANCES)]
    hits = [np.nan_to_num(PLAIN.rates(kind)) * count for kind, count in zip((*kinds, DISTANCES), counts, strict=True)]
    np.testing.assert_array_equal(counts[0] + counts[1], counts[2])
    np.testing.assert_allclose(hits[0] + hits[1], hits[2])


def person(skeleton, v=2):
    xy = np.random.default_rng(0).uniform(20, 100, (5, len(skeleton), 2))
    return np.concatenate([xy, np.full((5, len(skeleton), 1), v)], axis=-1)


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("skeleton", [skeletons.LSP, skeletons.MPII, skeletons.FLIC, skeletons.COCO], ids=str)
def test_the_truth_is_right_and_something_far_is_wrong(name, skeleton):
    protocol, true = PROTOCOLS[name], person(skeleton)
    boxes = np.tile([0, 0, 120, 120], (5, 1))
    for found, expected in ((true, 100), (true + [1000, 0, 0], 0), (np.full_like(true, np.nan), 0)):
        pairs = Pairs(skeleton, true, found, head_sizes=np.full(5, 20), boxes=boxes)
        distances = protocol.distances(pairs)
        assert (protocol.rates(distances)[-1] == expected).all()
        assert set(distances.v.ravel()) == {2}
        assert protocol.describe(pairs, distances.names)["counted"] == list(distances.names)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_nobody_annotated_gives_no_number(name):
    protocol, true = PROTOCOLS[name], person(skeletons.MPII, v=0)
    true[:, :, :2] = np.nan
    pairs = Pairs(skeletons.MPII, true, person(skeletons.MPII), head_sizes=np.ones(5), boxes=np.ones((5, 4)))
    distances = protocol.distances(pairs)
    rates = protocol.rates(distances)
    assert np.isnan(rates).all()
    assert all(np.isnan(curve).all() for curve in protocol.means(rates, distances).values())
