"""Models saved by version 0.1.0, when the modules lay elsewhere, load and give the same keypoints."""

import pathlib

import numpy as np
import pytest

from tfpose.prediction.loading import load_model

SAVED = pathlib.Path(__file__).parent / "saved_0_1_0"
IMAGE = np.random.default_rng(0).integers(0, 255, (1, 64, 64, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", ["part_detector", "hourglass", "self_adversarial", "associative_embedding"])
def test_a_model_of_version_0_1_0_gives_the_same_keypoints(name):
    """The outputs for `IMAGE` are those of 0.1.0, and are decoded to the same candidates `[1, K, M, 3+]`."""
    model = load_model(SAVED / f"{name}.keras")
    saved = dict(np.load(SAVED / f"{name}.npz"))
    candidates = saved.pop("candidates")
    np.testing.assert_allclose(model.codec.decode(saved), candidates, rtol=1e-4, atol=1e-3)
    found = model(IMAGE, training=False)
    for output, maps in saved.items():
        np.testing.assert_allclose(found[output], maps, rtol=1e-3, atol=1e-3, err_msg=output)
