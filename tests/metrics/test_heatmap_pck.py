import numpy as np
import pytest

from tfpose import skeletons
from tfpose.metrics import PROTOCOLS, Pairs
from tfpose.metrics.heatmap_pck import cells


def test_a_box_has_64_cells_to_its_longer_side():
    boxes = np.array([[10, 20, 256, 128]])  # Cells of 4 pixels; the first two are half outside: the grid is a square.
    points = np.array([[[10, 20], [13, 23], [13.6, 23.6], [265, 147], [-90, 900]]])
    assert cells(points, boxes).tolist() == [[[0, 16], [0, 16], [1, 17], [63, 47], [0, 63]]]


def rate(name, true, found):
    pairs = Pairs(skeletons.MPII, true, found, boxes=[[0, 0, 64, 64]])
    distances = PROTOCOLS[name].distances(pairs)
    return dict(zip(distances.names, PROTOCOLS[name].rates(distances)[-1], strict=True))


@pytest.mark.parametrize("name", ["heatmap_pck_10", "heatmap_pck_14"])
def test_3_cells_are_near_and_4_are_not(name):
    true = np.tile([30.0, 30, 2], (1, 16, 1))
    found = true.copy()
    found[0, :2, 0] += [3.2, 3.6]  # In cells 33 and 34.
    rates = rate(name, true, found)
    assert (rates["right_ankle"], rates["right_knee"]) == (100, 0)


def test_each_counts_its_own_keypoints():
    true = np.tile([30.0, 30, 2], (1, 16, 1))
    ten, fourteen = (rate(f"heatmap_pck_{n}", true, true) for n in (10, 14))
    assert (len(ten), len(fourteen)) == (10, 14)
    assert list(fourteen) == list(skeletons.MPII.keypoints[:14])
    assert not {"left_shoulder", "right_shoulder", "neck", "pelvis"} & set(ten)


def test_one_of_them_leaves_out_the_first_columns_and_rows():
    true = np.tile([30.0, 30, 2], (1, 16, 1))
    true[0, :3] = [[1, 30, 2], [30, 0, 2], [2, 30, 2]]
    ten, fourteen = (list(rate(f"heatmap_pck_{n}", true, true).values())[:3] for n in (10, 14))
    assert ten == [100, 100, 100]
    assert np.isnan(fourteen[:2]).all() and fourteen[2] == 100
