"""What `import tfpose` offers."""

import dataclasses
import os
import pathlib
import subprocess
import sys

import pytest

import tfpose
from tfpose.training.presets import PRESETS

ROOT = pathlib.Path(__file__).parents[1]
SCRIPT = "import os; before = sum(os.times()[:2]); import tfpose; print(sum(os.times()[:2]) - before)"


def test_importing_takes_less_than_a_third_of_a_second():
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.3


def test_every_public_name_is_imported_at_its_first_use():
    for name in tfpose.__all__:
        assert getattr(tfpose, name) is not None and name in dir(tfpose)
    assert {"load", "Predictor", "Config", "train", "evaluate", "export", "MODELS", "PRESETS", "Skeleton"} <= set(
        tfpose.__all__
    )
    assert tfpose.load == tfpose.Predictor.load and tfpose.PRESETS is PRESETS
    with pytest.raises(AttributeError, match="no attribute 'unknown'"):
        tfpose.unknown  # noqa: B018


def test_training_without_records_makes_the_built_in_ones(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    made, trained = [], []
    monkeypatch.setattr("tfrecords_tools.convert.built_in", lambda several: made.append(several) or f"data {several}")
    monkeypatch.setattr("tfpose.training.loop.train", lambda config: trained.append(config) or "result")
    for name, several in (("figures", False), ("figures_associative_embedding", True)):
        assert tfpose.train(PRESETS[name]) == "result"
        assert trained[-1] == dataclasses.replace(PRESETS[name], data_dir=f"data {several}") and made[-1] is several
    tfpose.train(dataclasses.replace(PRESETS["figures"], data_dir="mine"))
    assert trained[-1].data_dir == "mine" and len(made) == 2
    assert os.listdir() == []
