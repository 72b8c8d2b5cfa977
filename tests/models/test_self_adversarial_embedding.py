import numpy as np
import pytest

from tests.models.adversaries.small_adversaries import K, build, people
from tests.models.adversaries.test_discriminators import count
from tfpose import skeletons
from tfpose.models.adversaries.began import autoencoder
from tfpose.models.associative_embedding import AssociativeEmbedding
from tfpose.models.layers.residual import Residuals
from tfpose.models.self_adversarial_embedding import SelfAdversarialEmbedding

CELLS = 8 * 10


def crowd():
    """Images of two people each, and cells that are ignored."""
    images, everyone = people()
    keypoints = np.concatenate([everyone["keypoints"], everyone["keypoints"][::-1]], axis=1)
    return images, {"keypoints": keypoints, "ignore": np.pad(np.ones((4, 8, 5), "float32"), ((0, 0), (0, 0), (0, 5)))}


@pytest.mark.slow
def test_the_adversary_has_the_parameters_of_the_reference():
    assert count(autoencoder((32, 32), len(skeletons.COCO), Residuals(1), 4, 128, 4, 128)) == 3_335_044
    defaults = SelfAdversarialEmbedding.__init__.__kwdefaults__
    assert [defaults[f"discriminator_{name}"] for name in ("stacks", "features", "stem", "depth")] == [4, 128, 128, 4]
    shared = AssociativeEmbedding.__init__.__kwdefaults__
    assert {name: defaults[name] for name in shared} == shared


def test_the_adversary_weighs_as_in_the_reference():
    """There both errors are means over the cells."""
    model = build(SelfAdversarialEmbedding, lambda_g=0.5, adversarial_weight=3.0)
    assert model.adversary.current_weight == pytest.approx(1.5)
    assert model.default_loss()["heatmaps"].weight == CELLS


def test_the_discriminator_sees_everyone_except_in_ignored_cells():
    model = build(SelfAdversarialEmbedding)
    images, everyone = crowd()
    encoded, outputs = model.codec.encode(everyone), model(images)
    inputs = model.adversary.discriminator_inputs(images, everyone, encoded, outputs)
    for name in ("true", "found"):
        maps = np.asarray(inputs[name])
        assert maps.shape == (4, 8, 10, K) and not maps[:, :, :5].any() and maps[:, :, 5:].any()
    np.testing.assert_array_equal(inputs["true"][:, :, 5:], encoded[0]["heatmaps"][:, 0, :, 5:])


def test_empty_maps_do_not_count_as_low_ones():
    model = build(SelfAdversarialEmbedding)
    images, everyone = crowd()
    everyone["ignore"] *= 0
    everyone["keypoints"][:, :, 1:, 2] = 0  # Only the first keypoint is there.
    everyone["keypoints"][:, :, 0] = 16, 16, 2
    targets, weights = model.codec.encode(everyone)
    inputs = model.adversary.discriminator_inputs(images, everyone, (targets, weights), targets)
    _, metrics = model.adversary.generator_loss(inputs, targets)
    height, count = (float(x) for x in metrics["map_height"])
    assert count == 4 and 0.9 < height <= 1
