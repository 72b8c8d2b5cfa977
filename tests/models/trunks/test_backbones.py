"""The table of backbones, and where their weights come from."""

import keras
import numpy as np
import pytest

from tfpose.models.trunks.backbones import BACKBONES

LIGHT = ("mobilenet_v2_0.35", "mobilenet_v3_small", "squeezenet")
EVERY = [name if name in LIGHT else pytest.param(name, marks=pytest.mark.slow) for name in BACKBONES]


@pytest.mark.parametrize("name", EVERY)
def test_features_have_the_strides_that_the_table_says(name):
    backbone = BACKBONES[name]
    model = backbone.classifier("random", (64, 96, 3))
    for stride, layer in backbone.levels.items():
        assert model.get_layer(layer).output.shape[1:3] == (64 // stride, 96 // stride), layer
    assert max(backbone.levels) == (16 if name == "squeezenet" else 32)


@pytest.mark.parametrize("name", EVERY)
def test_blocks_follow_each_other_and_the_first_holds_the_first_layer(name):
    names = [layer.name for layer in BACKBONES[name].classifier("random", (64, 96, 3)).layers]
    blocks = BACKBONES[name].blocks(names)
    assert sorted(name for block in blocks for name in block) == sorted(names)
    assert blocks[0][0] == names[0] and len(blocks) >= 8
    if name == "mobilenet_v2_0.35":
        assert len(blocks) == 17 and "Conv1" in blocks[0] and "block_3_expand" in blocks[3]


def test_weights_of_a_file_are_taken(tmp_path):
    backbone = BACKBONES["mobilenet_v2_0.35"]
    first = backbone.classifier("random")
    first.save_weights(tmp_path / "a.weights.h5")
    again = backbone.classifier(str(tmp_path / "a.weights.h5"), (64, 96, 3))
    for a, b in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_that_do_not_fit_are_refused(tmp_path):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(tmp_path / "a.weights.h5")
    with pytest.raises(ValueError, match="must hold the layers of this backbone. Received: .*a.weights.h5"):
        BACKBONES["mobilenet_v2_0.35"].classifier(str(tmp_path / "a.weights.h5"))
    with pytest.raises(ValueError, match="`weights` must be imagenet, random or a file. Received: 'nowhere.h5'"):
        BACKBONES["squeezenet"].classifier("nowhere.h5")


def test_without_network_one_line_names_the_file_to_fetch(monkeypatch):
    def offline(fname, origin, **options):
        raise Exception(f"URL fetch failure on {origin}: None -- [Errno -3] Temporary failure in name resolution")

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", offline)
    expected = r"Fetch https://\S+mobilenet_v2\S+\.h5 and give --weights=FILE.* Received: URL fetch failure"
    with pytest.raises(ValueError, match=expected) as raised:
        BACKBONES["mobilenet_v2_0.35"].classifier("imagenet", (64, 96, 3))
    assert "\n" not in str(raised.value)


def test_what_keras_does_not_publish_must_be_a_file():
    with pytest.raises(ValueError, match="must be a file .* see https://github.com/.* Received: 'imagenet'"):
        BACKBONES["squeezenet"].classifier("imagenet")
