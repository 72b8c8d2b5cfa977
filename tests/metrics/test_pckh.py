import numpy as np

from tfpose import skeletons
from tfpose.metrics import PROTOCOLS, Pairs

PCKH = PROTOCOLS["pckh"]
TRUE = np.tile([50.0, 60, 2], (2, 16, 1))
AT_HALF = PCKH.thresholds.index(0.5)


def rates(found, head_sizes):
    distances = PCKH.distances(Pairs(skeletons.MPII, TRUE, found, head_sizes=head_sizes))
    return PCKH.rates(distances)[AT_HALF], distances


def test_a_distance_must_be_below_half_the_head():
    found = TRUE.copy()
    found[:, 0, 0] += [10, 9.99]
    assert rates(found, [20, 20])[0][:2].tolist() == [50, 100]


def test_people_without_head_size_do_not_count():
    found = TRUE + [[[0, 0, 0]], [[500, 0, 0]]]
    measured, distances = rates(found, [20, 0])
    assert (measured == 100).all()
    assert (distances.v > 0).sum(axis=1).tolist() == [16, 0]


def test_the_mean_of_14_leaves_out_pelvis_and_thorax():
    found = TRUE.copy()
    found[:, skeletons.MPII.indices(["pelvis", "thorax"]), 0] += 100
    measured, distances = rates(found, [20, 20])
    means = PCKH.means(PCKH.rates(distances), distances)
    assert {name: float(curve[AT_HALF]) for name, curve in means.items()} == {
        "mean 14": 100,
        "pooled 14": 100,
        "pooled 16": 87.5,
    }
