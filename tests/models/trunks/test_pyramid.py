"""A backbone with decoder under the heads of the models."""

import keras
import numpy as np
import pytest

from tfpose.models.part_detector import PartDetector
from tfpose.models.trunks.backbones import BACKBONES, Backbone
from tfpose.models.trunks.pyramid import Pyramid, chosen
from tfpose.models.trunks.trunk import Trunk
from tfpose.skeletons import FLIC

SIZE = (64, 96)


def network(size=SIZE, backbone="mobilenet_v2_0.35", heads=("heatmaps",), **options):
    """A model that gives the features themselves."""
    trunk = Pyramid(backbone, **options)
    images = keras.Input((*size, 3), dtype="uint8")
    found = trunk(images, {name: lambda x, _: x for name in heads})
    return keras.Model(images, {name: maps[0] for name, maps in found.items()}), trunk


def count(variables):
    return sum(int(np.prod(v.shape)) for v in variables)


def test_the_decoder_of_mobilenet_has_273_thousand_weights():
    model, _ = network(backbone="mobilenet_v2")
    decoder = count(model.trainable_variables) - count(model.get_layer("backbone").trainable_variables)
    assert decoder == 272_592  # And 441 of a head for 9 keypoints.


@pytest.mark.parametrize(
    ("stride", "size", "cells"), [(4, SIZE, (16, 24)), (8, SIZE, (8, 12)), (4, (45, 77), (12, 20))]
)
def test_features_have_the_stride_of_the_maps_whatever_the_size(stride, size, cells):
    model, trunk = network(size, stride=stride)
    assert model.output["heatmaps"].shape[1:] == (*cells, 48) and trunk.stride == stride


def test_padding_is_right_and_below_and_black():
    padded, exact = (network(size)[0] for size in ((45, 77), (64, 96)))
    exact.set_weights(padded.get_weights())
    image = np.random.default_rng(0).integers(0, 256, (1, 45, 77, 3)).astype("uint8")
    black = np.pad(image, ((0, 0), (0, 19), (0, 19), (0, 0)))
    found, expected = padded(image)["heatmaps"], exact(black)["heatmaps"][:, :12, :20]
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("backbone", ["mobilenet_v2_0.35", "squeezenet"])
def test_an_intermediate_head_gets_the_features_of_twice_the_stride(backbone):
    model, _ = network(backbone=backbone, heads=("heatmaps", "intermediate"), stride=8)
    assert model.output["heatmaps"].shape[1:3] == (8, 12)
    assert model.output["intermediate"].shape[1:3] == (4, 6)


def test_the_first_blocks_are_frozen_and_no_others():
    model, trunk = network(frozen_blocks=4)
    trunk.freeze(model)
    base = model.get_layer("backbone")
    assert not base.get_layer("Conv1").trainable and not base.get_layer("block_3_project").trainable
    assert base.get_layer("block_4_expand").trainable and model.get_layer("decoder_deepest").trainable
    assert len(trunk.pretrained_variables(model)) == len(base.trainable_variables) > 0
    with pytest.raises(ValueError, match="at most the 17 blocks of mobilenet_v2_0.35. Received: 18"):
        Pyramid("mobilenet_v2_0.35", frozen_blocks=18).freeze(model)


def test_a_model_takes_its_own_trunk_or_a_backbone():
    paper = Trunk()
    assert chosen(paper, "paper") is paper and chosen(paper, "squeezenet") == Pyramid(
        "squeezenet", "", frozen_statistics=False
    )
    assert chosen(paper, "squeezenet", weights="imagenet").frozen_statistics
    for options, message in (
        ({"trunk": "vgg"}, "Unknown `trunk`. Received: 'vgg'. Known: paper, resnet50"),
        ({"trunk": "paper", "weights": "imagenet"}, "are for a `trunk` with a backbone. Received: 'imagenet' and 0"),
        ({"trunk": "paper", "frozen_blocks": 2}, "are for a `trunk` with a backbone"),
        ({"trunk": "squeezenet", "stride": 5}, "Unknown `stride`. Received: 5. Known: 4, 8"),
    ):
        with pytest.raises(ValueError, match=message):
            chosen(paper, **options)


def test_a_saved_model_is_loaded_without_the_weights_it_began_with(tmp_path, monkeypatch):
    path = tmp_path / "a.weights.h5"
    BACKBONES["mobilenet_v2_0.35"].classifier("random").save_weights(path)
    options = {"trunk": "mobilenet_v2_0.35", "weights": str(path), "frozen_blocks": 4}
    model = PartDetector(FLIC, SIZE, **options)
    model.save(tmp_path / "a.keras")
    path.unlink()
    build = Backbone.classifier

    def random_only(self, weights, *args):
        assert weights in (None, "", "random")
        return build(self, weights, *args)

    monkeypatch.setattr(Backbone, "classifier", random_only)
    again = keras.saving.load_model(tmp_path / "a.keras", compile=False)
    assert "weights" not in again.get_config() and again.config["frozen_statistics"]
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(again.trainable_variables) == len(model.trainable_variables) < len(model.variables)


def test_the_weights_of_imagenet_see_something(real_data):
    path = real_data("backbone_weights") / "mobilenet_v2_1.0_imagenet_notop_dequantised.weights.h5"
    base = network(backbone="mobilenet_v2", weights=str(path), frozen_statistics=True)[0].get_layer("backbone")
    other = BACKBONES["mobilenet_v2"].classifier(str(path), (*SIZE, 3))
    image = np.random.default_rng(0).uniform(-1, 1, (1, *SIZE, 3)).astype("float32")
    expected = keras.Model(other.input, other.get_layer("block_16_project_BN").output)(image)
    np.testing.assert_allclose(base(image)[-1], expected, atol=1e-3 * np.abs(expected).max())
