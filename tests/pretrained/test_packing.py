"""Packing: smaller, the same network, the same bytes."""

import keras
import numpy as np
import pytest

from tests.small_networks import part_detector
from tfpose.pretrained.packing import pack


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    file = tmp_path_factory.mktemp("run") / "best.keras"
    model = part_detector()
    model.save(file)
    return model, file.parent


def test_a_packed_model_has_the_same_weights_in_half_precision(model, tmp_path):
    model, run = model
    file = pack(run, "own", tmp_path)
    found = keras.saving.load_model(file, compile=False)
    for before, after in zip(model.variables, found.variables, strict=True):
        expected = np.float32(np.float16(before)) if before.ndim > 1 else np.asarray(before)
        np.testing.assert_array_equal(after, expected)
    assert file.stat().st_size < (run / "best.keras").stat().st_size


def test_the_same_model_has_the_same_file(model, tmp_path):
    first = pack(model[1], "own", tmp_path)
    content = first.read_bytes()
    assert pack(model[1], "own", tmp_path) == first and first.read_bytes() == content


def test_weights_beyond_half_precision_are_refused(tmp_path):
    model = part_detector()
    kernel = next(each for each in model.trainable_variables if each.ndim > 1)
    kernel.assign(np.full(kernel.shape, 1e5))
    model.save(tmp_path / "best.keras")
    with pytest.raises(ValueError, match="Weights must be finite and at most 65504. Received: others in "):
        pack(tmp_path, "own", tmp_path)
