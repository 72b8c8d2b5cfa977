import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.foreign_models import SIZE, batch, compiled, measure
from tests.small_networks import part_detector
from tfpose import models, skeletons
from tfpose.models import PartDetector
from tfpose.skeletons import Skeleton

NINE = Skeleton(
    "nine",
    (
        "left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist",
        "left_hip", "right_hip", "nose",
    ),
)  # fmt: skip


def count(variables):
    return sum(int(np.prod(v.shape)) for v in variables)


@pytest.mark.parametrize(
    ("filters", "expected"), [((64, 128, 256, 512, 512), 56_553_993), ((16, 32, 64, 128, 128), 3_609_225)]
)
def test_it_has_the_parameters_of_the_reference(filters, expected):
    model = PartDetector(NINE, (480, 720), torso="truth", filters=filters)
    assert count(model.trainable_variables) == expected
    assert model.output["heatmaps"].shape == (None, 1, 60, 90, 9)


def test_the_spatial_model_adds_its_own_parameters_only():
    model = PartDetector(NINE, (480, 720), torso="truth", use_sm=True, filters=(16, 32, 64, 128, 128))
    own = model.spatial_model.trainable_variables
    assert count(model.trainable_variables) - count(own) == 3_609_225
    assert count(own) == 81 * (119 * 179 + 60 * 90) + 20
    predicted = PartDetector(NINE, (480, 720), torso="predicted", use_sm=True, filters=(16, 32, 64, 128, 128))
    assert count(predicted.trainable_variables) - count(model.trainable_variables) == 9 * 9 * 128 + 1  # The torso map.


def test_the_defaults_are_the_reference():
    config = part_detector().config
    defaults = PartDetector.__init__.__kwdefaults__
    assert (defaults["banks"], defaults["kernels"], defaults["pools"]) == (3, (5, 5, 5, 9, 9, 9), 2)
    assert set(defaults) - {"name", "weights"} == set(config) - {"skeleton", "image_size"}


@pytest.mark.parametrize(
    ("skeleton", "size"),
    [(skeletons.FLIC, (45, 77)), (skeletons.COCO, (33, 10)), (Skeleton("one", ("nose",)), (100, 41))],
    ids=lambda value: str(getattr(value, "name", value)),
)
def test_any_size_and_any_number_of_keypoints(skeleton, size):
    model = PartDetector(skeleton, size, filters=(4, 4, 4, 4, 4), kernels=(3, 3, 3, 3, 3, 3), banks=3)
    images, people = batch(2, size, len(skeleton))
    outputs = model(images)
    cells = tuple(-(-n // 8) for n in size)
    assert outputs["heatmaps"].shape == (2, 1, *cells, len(skeleton))
    assert model.codec.encode(people)[0]["heatmaps"].shape == outputs["heatmaps"].shape
    assert model.codec.decode(outputs).shape == (2, len(skeleton), 1, 3)
    assert np.isfinite(measure(compiled(model), (images, people)))


@pytest.mark.parametrize("pools", [0, 1, 2])
@pytest.mark.parametrize("size", [(48, 64), (45, 77)])
def test_fewer_poolings_give_finer_maps(pools, size):
    model = part_detector(pools=pools, image_size=size)
    stride = 2 * 2**pools
    assert model.codec.stride == stride
    assert model.output["heatmaps"].shape == (None, 1, -(-size[0] // stride), -(-size[1] // stride), 11)


def test_the_variant_of_the_paper_has_two_banks_with_local_contrast():
    one, two, lcn = part_detector(banks=1), part_detector(banks=2), part_detector(banks=2, lcn=True)
    assert count(two.trainable_variables) == count(lcn.trainable_variables)
    head = count(v for v in one.trainable_variables if "bank" not in v.path)
    assert count(two.trainable_variables) - head == 2 * (count(one.trainable_variables) - head)
    images, _ = batch()
    lcn.set_weights(two.get_weights())
    assert not np.allclose(two(images)["heatmaps"], lcn(images)["heatmaps"])
    bright = 2 * np.random.default_rng(0).integers(0, 100, images.shape).astype("uint8")
    np.testing.assert_allclose(lcn(bright)["heatmaps"], lcn(bright // 2 + 60)["heatmaps"], atol=0.01)


def test_padding_is_right_and_below_and_black():
    padded, exact = part_detector(image_size=(45, 61)), part_detector(image_size=(48, 64))
    exact.set_weights(padded.get_weights())
    images, _ = batch(2, (45, 61))
    black = np.pad(images, ((0, 0), (0, 3), (0, 3), (0, 0)))
    np.testing.assert_allclose(padded(images)["heatmaps"], exact(black)["heatmaps"], atol=1e-4)


def test_every_bank_sees_the_picture():
    model = part_detector(banks=3)
    images, _ = batch(1)
    before = model(images)["heatmaps"].numpy()
    for bank in (1, 2, 3):
        kernel = model.get_layer(f"bank{bank}_conv4").kernel
        kept = kernel.numpy()
        kernel.assign(0 * kept)
        assert not np.allclose(model(images)["heatmaps"], before, atol=1e-3)
        kernel.assign(kept)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lcn": True, "banks": 3, "weight_decay": 0.1, "pools": 1},
        {"use_sm": True},
        {"use_sm": True, "torso": "truth"},
    ],
    ids=str,
)
def test_a_saved_model_answers_as_before(options, tmp_path):
    model = part_detector(**options)
    images, people = batch(2)
    inputs = model.network_inputs(tf.constant(images), people)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert json.dumps(again.get_config()) == json.dumps(model.get_config())  # Which has no tuples.
    assert again.skeleton == model.skeleton and again.codec.get_config() == model.codec.get_config()
    for name, maps in model(inputs).items():
        np.testing.assert_allclose(again(inputs)[name], maps, atol=1e-5)


def test_a_batch_is_answered_as_each_alone():
    model = part_detector()
    images, _ = batch()
    together = model(images)["heatmaps"]
    for i in range(4):
        np.testing.assert_allclose(model(images[i : i + 1])["heatmaps"][0], together[i], atol=1e-4)


@pytest.mark.parametrize("torso", ["predicted", "none"])
def test_without_being_told_the_torso_it_takes_images(torso):
    images, people = batch()
    assert part_detector(use_sm=True, torso=torso).network_inputs(images, people) is images


def test_the_torso_comes_from_the_box_or_from_the_true_keypoints():
    images, people = batch()
    people["keypoints"][..., 2] = 2
    inputs = part_detector(use_sm=True, torso="box").network_inputs(images, people)
    np.testing.assert_array_equal(inputs["torso"], people["torso"][:, 0, :2])
    inputs = part_detector(use_sm=True, torso="truth").network_inputs(images, people)
    expected = people["keypoints"][:, 0, [0, 3, 6, 7], :2].mean(axis=1)
    np.testing.assert_allclose(inputs["torso"], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"torso": "hips"}, "'hips'. Known: predicted, box, truth, none"),
        ({"graph": "tree"}, "'tree'. Known: full, star"),
        ({"filters": (4, 4, 4)}, r"\(4, 4, 4\)"),
        ({"kernels": (5,) * 5}, "5, 5"),
    ],
)
def test_what_cannot_be_built_is_refused(options, received):
    with pytest.raises(ValueError, match=f"Received: .*{received}"):
        part_detector(**options)


def test_a_torso_needs_shoulders_or_hips():
    head = Skeleton("head", ("nose", "neck"))
    options = {"filters": (4,) * 5, "kernels": (3,) * 6, "banks": 1}
    with pytest.raises(ValueError, match="pass `torso='none'`"):
        PartDetector(head, SIZE, use_sm=True, **options)
    assert set(PartDetector(head, SIZE, use_sm=True, torso="none", **options).output) == {"heatmaps", "part_heatmaps"}


def test_an_unknown_model_answers_with_the_known_ones():
    with pytest.raises(ValueError, match="Received: 'hourglas'. Known: part_detector"):
        models.build("hourglas", skeletons.FLIC)
