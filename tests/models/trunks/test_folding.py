"""Folded batch normalisation computes what the backbone computes."""

import keras
import numpy as np
import pytest

from tfpose.models.trunks import folding
from tfpose.models.trunks.backbones import BACKBONES

SIZE = (64, 96, 3)


def trained(name, path):
    """A backbone whose normalisations do something, written to a file."""
    rng = np.random.default_rng(0)
    model = BACKBONES[name].classifier("random")
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, v.shape) for v in layer.weights])
    model.save_weights(path)
    return model


@pytest.mark.parametrize(
    "name",
    ["mobilenet_v2_0.35", *(pytest.param(n, marks=pytest.mark.slow) for n in ("resnet50", "mobilenet_v3_small"))],
)
def test_folding_changes_no_feature(name, tmp_path):
    path = str(tmp_path / "a.weights.h5")
    trained(name, path)
    backbone = BACKBONES[name]
    base = backbone.classifier(path, SIZE)
    expected = keras.Model(base.input, [base.get_layer(layer).output for layer in backbone.levels.values()])
    images = np.random.default_rng(0).uniform(-1, 1, (1, *SIZE)).astype("float32")
    model = folding.features(backbone, SIZE, weights=path)
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers)
    for a, b in zip(model(images), expected(images), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4 * np.abs(b).max())


def test_without_frozen_statistics_normalisation_stays_and_learns():
    model = folding.features(BACKBONES["mobilenet_v2_0.35"], SIZE, frozen_statistics=False)
    moving = [v for v in model.non_trainable_variables if "moving" in v.path]
    before = [v.numpy() for v in moving]
    model(np.random.default_rng(0).uniform(-1, 1, (2, *SIZE)).astype("float32"), training=True)
    assert len(moving) > 50 and not any((a == b.numpy()).all() for a, b in zip(before, moving, strict=True))


def test_weight_decay_is_on_every_kernel():
    model = folding.features(BACKBONES["squeezenet"], SIZE, weight_decay=0.1)
    kernels = [v for v in model.trainable_variables if "kernel" in v.path]
    expected = sum(0.05 * float(np.sum(np.square(v.numpy()))) for v in kernels)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-4)
