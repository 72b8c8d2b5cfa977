import numpy as np
import pytest

from tfpose.models.adversaries import discriminators
from tfpose.models.adversaries.began import autoencoder
from tfpose.models.layers.residual import Residuals


def count(network):
    return sum(int(np.prod(v.shape)) for v in network.trainable_variables)


@pytest.mark.parametrize(("maps", "expected"), [(32, 4_462_096), (35, 4_462_672)])
@pytest.mark.parametrize("size", [(64, 64), (32, 32)])
def test_the_plain_one_has_the_parameters_of_the_reference(maps, expected, size):
    assert count(discriminators.plain((*size, maps), 16, 128, name="plain")) == expected


@pytest.mark.parametrize(("stacks", "expected"), [(1, 6_431_376), (4, 24_873_408)])
def test_the_autoencoder_has_the_parameters_of_the_references(stacks, expected):
    network = autoencoder((64, 64), 16, Residuals(2), stacks, 256, 4)
    assert count(network) == expected
    assert network.output.shape == (None, 64, 64, 16)


@pytest.mark.parametrize("network", [discriminators.encoder_decoder, discriminators.plain])
@pytest.mark.parametrize("size", [(16, 16), (32, 48)])
def test_the_logit_of_every_keypoint_depends_on_every_map(network, size):
    network = network((*size, 5), 3, 8, 2, name="discriminator")
    maps = np.random.default_rng(0).uniform(size=(2, *size, 5)).astype("float32")
    before = network(maps).numpy()
    assert before.shape == (2, 3) and before.dtype == np.float32
    for channel in range(5):
        changed = maps.copy()
        changed[..., channel] = changed[:, ::-1, ::-1, channel]
        assert (np.abs(network(changed) - before) > 1e-6).all()


def test_logits_depend_on_one_image_only():
    network = discriminators.encoder_decoder((16, 16, 5), 3, 8, 2, name="discriminator")
    maps = np.random.default_rng(0).uniform(size=(3, 16, 16, 5)).astype("float32")
    np.testing.assert_allclose(network(maps)[1:2], network(maps[1:2]), atol=1e-5)


def test_logits_depend_on_the_height_of_a_map():
    """Instance normalisation removes the height from the residual branches, but not from the shortcuts."""
    network = discriminators.encoder_decoder((16, 16, 1), 1, 8, 2, name="discriminator")
    map = np.exp(-((np.mgrid[:16, :16] - 8) ** 2).sum(axis=0) / 2)[None, ..., None].astype("float32")
    assert abs(float(network(map)[0, 0] - network(0.5 * map)[0, 0])) > 1e-4
