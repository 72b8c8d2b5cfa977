import json

import numpy as np
import pytest

from tests.dot_records import SKELETON
from tfpose.codecs.grouping.pairwise import PairwiseTerms
from tfpose.models.deepercut import DeeperCut
from tfpose.prediction.loading import load_model
from tfpose.training.callbacks.checkpoints import read_note, save_model
from tfpose.training.pairwise.cli import main


@pytest.fixture
def run(dots, tmp_path):
    """A run with an untrained model."""
    model = DeeperCut(SKELETON, (64, 64), backbone="squeezenet", intermediate=False)
    save_model(model, tmp_path / "best.keras", monitor="val_AP", value=0.25, epoch=3)
    (tmp_path / "config.json").write_text(json.dumps({"data_dir": str(dots)}))
    return tmp_path


def test_models_are_fitted_saved_with_the_run_and_drawn(run, capsys):
    before = load_model(run)
    main([f"--run={run}", "--images=4", "--batch_size=2"])
    after = load_model(run)
    saved = PairwiseTerms.load(run / "pairwise.npz")
    assert saved.fitted and not before.codec.terms.fitted
    np.testing.assert_array_equal(after.codec.terms.weights, saved.weights)
    np.testing.assert_array_equal(after.codec.terms.means, before.codec.terms.means)
    for a, b in zip(before.get_weights(), after.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    printed = capsys.readouterr().out
    assert f"Saved in {run}/best.keras" in printed and (run / "pairwise.png").stat().st_size > 1000
    assert not list(run.glob("part_*"))
    assert read_note(run / "best.keras") == {"monitor": "val_AP", "value": 0.25, "epoch": 3}
