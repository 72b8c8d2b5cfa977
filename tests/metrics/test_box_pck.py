import keras
import numpy as np
import pytest

from tfpose import skeletons
from tfpose.metrics import PROTOCOLS, BoxPCK, Pairs

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


def test_the_validation_metric_counts_as_the_protocol_does():
    true = np.zeros((3, 1, 4, 3), "float32")
    true[0, 0] = [(0, 0, 2), (100, 0, 2), (0, 50, 1), (9, 9, 0)]  # A box of 100 x 50, so correct within 10.
    true[1, 0, 0] = (5, 5, 2)  # One keypoint has no box; nobody annotated in the last image.
    found = np.zeros((3, 4, 1, 3), "float32")
    found[0, :, 0, :2] = [(10, 0), (100, 10.5), (6, 42), (500, 500)]
    metric = BoxPCK()
    metric.update_state(true, found)
    assert float(metric.result()) == pytest.approx(2 / 3)
    assert float(metric.counted) == 3
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert (again.name, again.alpha) == ("box_pck", 0.1) and again.lengths(true[:, 0]).shape == (3,)
