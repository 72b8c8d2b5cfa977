import keras
import numpy as np
import pytest

from tfpose.models.trunks.backbones import BACKBONES, Backbone
from tfpose.models.trunks.dilated import DILATIONS, Dilated

SIZE = (64, 96)
# Where the dilated network sees what the strided one does: MobileNetV2 pads its strided blocks on one side only.
SAME = {"resnet50": np.s_[:, ::2, ::2], "mobilenet_v2_0.35": np.s_[:, 1::2, 1::2]}


def features(name, size=SIZE, **options):
    images = keras.Input((*size, 3))
    return keras.Model(images, Dilated(name, **options).features(images))


def pictures(size=SIZE, n=1):
    return np.random.default_rng(0).integers(0, 256, (n, *size, 3)).astype("float32")


@pytest.mark.parametrize("name", ["mobilenet_v2", "squeezenet"])
def test_features_and_tap_have_stride_16(name):
    found, tapped = features(name).output
    assert found.shape[1:3] == tapped.shape[1:3] == (4, 6)


@pytest.mark.parametrize("name", [pytest.param("resnet50", marks=pytest.mark.slow), "mobilenet_v2_0.35"])
def test_the_dilated_network_computes_what_the_strided_one_does(name, tmp_path):
    backbone = BACKBONES[name]
    strided = backbone.classifier("random", (*SIZE, 3))
    strided.save_weights(tmp_path / "strided.weights.h5")
    dilated = features(name, weights=str(tmp_path / "strided.weights.h5"))
    strided = keras.Model(strided.input, strided.get_layer(DILATIONS[name].taken).output)
    expected = strided(backbone.normalised(pictures())).numpy()
    found = dilated(pictures())[0].numpy()
    assert found.shape[1:3] == (4, 6) and expected.shape[1:3] == (2, 3)
    np.testing.assert_allclose(found[SAME[name]], expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("name", "units"), [("resnet50", 6), ("resnet101", 23), ("resnet152", 36), ("mobilenet_v2", 5), ("squeezenet", 3)]
)
def test_the_middle_of_the_last_blocks_exists_for_every_depth(name, units):
    taps = DILATIONS[name].taps
    assert len(taps) == units and len(set(taps)) == units


def test_the_tap_of_resnet101_is_the_twelfth_as_published():
    taps = DILATIONS["resnet101"].taps
    assert taps[(len(taps) + 1) // 2 - 1] == "conv4_block12_out"


def test_any_tap_can_be_taken_and_no_other():
    assert features("squeezenet", tap=3).output[1].shape[-1] == 512
    with pytest.raises(ValueError, match="must be one of the blocks. Received: 4. Known: 1 … 3."):
        features("squeezenet", tap=4)


@pytest.mark.parametrize("frozen", [True, False])
def test_frozen_statistics_stay_as_they_are_and_scale_and_offset_learn(frozen):
    model = features("mobilenet_v2_0.35", frozen_statistics=frozen)
    moving = [v for v in model.non_trainable_variables if "moving" in v.path]
    before = [v.numpy() for v in moving]
    model(pictures(n=2), training=True)
    assert all((a == b.numpy()).all() for a, b in zip(before, moving, strict=True)) == frozen
    assert sum("gamma" in v.path for v in model.trainable_variables) == len(moving) // 2 > 10


def test_weight_decay_is_on_every_kernel():
    model = features("squeezenet", weight_decay=0.1)
    kernels = [v for v in model.trainable_variables if "kernel" in v.path]
    expected = sum(0.05 * float(np.sum(np.square(v.numpy()))) for v in kernels)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-4)
    assert not features("squeezenet").losses


def test_colours_are_brought_to_what_the_weights_know():
    black, white = (np.full((1, 1, 1, 3), n, "float32") for n in (0, 255))
    caffe, tf = (Backbone(None, {}, "", colours=colours).normalised for colours in ("bgr", "signed"))
    np.testing.assert_allclose(caffe(black).numpy().ravel(), [-103.939, -116.779, -123.68])
    red = np.array([[[[255, 0, 0]]]], "float32")
    np.testing.assert_allclose(caffe(red).numpy().ravel(), [-103.939, -116.779, 131.32], rtol=1e-5)
    assert (np.array(tf(black)) == -1).all() and (np.array(tf(white)) == 1).all()
