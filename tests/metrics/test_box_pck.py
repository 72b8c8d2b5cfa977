import numpy as np

from tfpose import skeletons
from tfpose.metrics import PROTOCOLS, Pairs

BOX_PCK = PROTOCOLS["box_pck"]


def test_a_distance_is_a_part_of_the_longer_side_around_what_is_annotated():
    true = np.zeros((1, 14, 3))
    true[0, :3] = [[10, 10, 2], [60, 210, 1], [900, 900, 0]]  # 50 x 200; the last is not annotated.
    found = true + [20, 0, 0]
    distances = BOX_PCK.distances(Pairs(skeletons.LSP, true, found))
    np.testing.assert_allclose(distances.values[0, :2], 0.1)
    assert distances.v[0].tolist() == [2, 1] + [0] * 12
    rates = dict(zip(BOX_PCK.thresholds, BOX_PCK.rates(distances)[:, 0], strict=True))
    assert (rates[0.09], rates[0.1]) == (0, 100)


def test_someone_of_one_point_has_no_box():
    true = np.zeros((1, 14, 3))
    true[0, 0] = [10, 10, 2]
    assert not BOX_PCK.distances(Pairs(skeletons.LSP, true, true)).v.any()
