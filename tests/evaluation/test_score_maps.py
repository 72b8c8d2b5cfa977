import types

import numpy as np
import pytest

from tests.small_networks import SIZE
from tests.small_people_networks import BarsFinder, bars
from tfpose.evaluation.score_maps import ScoreMaps
from tfpose.prediction.multi_person import MultiPersonPredictor


@pytest.fixture(scope="module")
def predictor():
    return MultiPersonPredictor(BarsFinder())


def record(name="a/1"):
    return {"id": name.encode()}


def test_the_network_runs_once_per_image(predictor, tmp_path, monkeypatch):
    image, _ = bars()
    runs = []
    watched = types.SimpleNamespace(
        candidates=lambda image: runs.append(1) or predictor.candidates(image), people=predictor.people
    )
    first = ScoreMaps(watched, tmp_path / "maps", "network 1")
    found = first(image, record())
    np.testing.assert_array_equal(found, predictor(image))
    assert len(found) > 1
    again = ScoreMaps(watched, tmp_path / "maps", "network 1")
    np.testing.assert_array_equal(again(image, record()), found)
    assert len(runs) == 1
    again(image, record("a/2"))
    assert len(runs) == 2
    with np.load(tmp_path / "maps" / "a_1.npz") as arrays:
        maps = predictor.candidates(image)[2]["heatmaps"]
        np.testing.assert_allclose(arrays["maps_heatmaps"], maps, atol=1e-3)
        assert maps.shape[:2] == (SIZE[0] // 4, SIZE[1] // 4)


def test_a_folder_is_of_one_network(predictor, tmp_path):
    ScoreMaps(predictor, tmp_path / "maps", "network 1")
    with pytest.raises(ValueError, match="one of network 2. Received: network 1"):
        ScoreMaps(predictor, tmp_path / "maps", "network 2")
    with pytest.raises(ValueError, match="Received: a folder of something else"):
        ScoreMaps(predictor, tmp_path, "network 1")
