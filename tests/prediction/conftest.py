import pytest

from tests.small_networks import BarFinder
from tfpose.prediction.predictor import Predictor
from tfpose.prediction.single_person import SinglePersonPredictor


@pytest.fixture(scope="package")
def finder():
    return SinglePersonPredictor(BarFinder())


@pytest.fixture
def here(tmp_path, monkeypatch, finder):
    """An empty folder to work in, with a model that loads at once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Predictor, "load", lambda path, **options: finder)
    return tmp_path
