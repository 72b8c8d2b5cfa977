"""Training killed at any moment of writing: the resumed run ends with the files of one that was never stopped.

The loop removes partial files before it reads anything. Of the moments that differ in these alone, one is resumed.
"""

import keras
import numpy as np
import pytest

from tests.faults import cuts, small_runs
from tfpose.training.callbacks.checkpoints import read_note

KINDS = {
    "one stage": {},
    "three stages": {"stages": 3},
    "averages": {"use_ema": True, "ema_momentum": 0.5},
    "three stages with averages": {"stages": 3, "use_ema": True, "ema_momentum": 0.5},
}
LEAST = 40  # Moments of each.


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_killed_at_any_moment_resumes_to_the_same_files(kind, tmp_path, monkeypatch):
    options = KINDS[kind]
    small_runs.patch(monkeypatch, {name: options[name] for name in options if "ema" in name})
    whole = tmp_path / "whole"
    with cuts.recorded(whole, tmp_path / "kept") as moments:
        last = small_runs.train(whole, **options)
    assert len(moments) >= LEAST
    groups = {cuts.contents(folder, without="part_*"): folder for folder in moments}
    print(f"{kind}: {len(moments)} moments, {len(groups)} to resume from")
    best = weights(whole / "best.keras")
    for folder in groups.values():
        resumed = small_runs.train(folder, resume=True, **options)
        assert_equal([np.array(v) for v in resumed.weights], [np.array(v) for v in last.weights], folder)
        assert_equal(weights(folder / "best.keras"), best, folder)
        assert (folder / "log.csv").read_text() == (whole / "log.csv").read_text(), folder
        assert read_note(folder / "best.keras") == read_note(whole / "best.keras"), folder
        assert names(folder) == names(whole), folder
        keras.utils.clear_session(free_memory=False)


def weights(path):
    return [np.array(v) for v in keras.saving.load_model(path, compile=False).weights]


def assert_equal(found, expected, folder):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=folder.name)


def names(folder):
    return sorted(path.name for path in folder.iterdir())
