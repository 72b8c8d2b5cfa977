import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.codecs.crowd import crowd
from tests.models.foreign_models import batch, compiled, measure, train
from tfpose import skeletons
from tfpose.codecs.grouping.pairwise import unknown
from tfpose.losses.offsets import MaskedHuber, MaskedSquaredError, SigmoidCrossEntropy
from tfpose.models.deepercut import DeeperCut
from tfpose.models.pair_graphs import pair_graph

SIZE = (48, 64)
THREE = skeletons.Skeleton("three", ("nose", "left_hip", "right_hip"), (("nose", "left_hip"), ("nose", "right_hip")))
SINGLE = {"several": False, "pairwise": False}


def deepercut(skeleton=THREE, image_size=SIZE, backbone="squeezenet", **options):
    keras.utils.set_random_seed(0)
    return DeeperCut(skeleton, image_size, backbone=backbone, **options)


def several(size=SIZE, skeleton=THREE, n=4):
    """Images with people, some of whose cells are to be ignored."""
    people = crowd(size, (n, 3, len(skeleton)))
    people["ignore"] = (np.random.default_rng(0).random((n, size[0] // 8, size[1] // 8)) < 0.1).astype("float32")
    return batch(n, size)[0], people


def test_its_outputs_are_those_of_the_codec():
    model = deepercut()
    images, people = several()
    outputs = model(images)
    targets, _ = model.codec.encode(people)
    assert {name: maps.shape for name, maps in outputs.items()} == {name: maps.shape for name, maps in targets.items()}
    assert outputs["pairwise"].shape == (4, 1, 6, 8, 6, 2) and outputs["locref"].shape == (4, 1, 6, 8, 3, 2)
    assert set(model.default_loss()) == set(outputs)


@pytest.mark.parametrize("size", [(45, 77), (16, 10)])
def test_one_person_is_found_in_images_of_any_size(size):
    model = deepercut(skeletons.FLIC, size, **SINGLE)
    images, people = batch(2, size)
    outputs = model(images)
    assert set(outputs) == {"heatmaps", "locref", "intermediate"}
    assert outputs["heatmaps"].shape == (2, 1, -(-size[0] // 8), -(-size[1] // 8), 11)
    candidates = model.codec.decode(outputs).numpy()
    assert candidates.shape == (2, 11, 1, 3) and model.codec.group(candidates[0]).shape == (1, 11, 3)
    assert np.isfinite(measure(compiled(model), (images, people)))


def test_padding_is_right_and_below_and_black():
    padded, exact = (deepercut(image_size=size, **SINGLE) for size in ((45, 61), (48, 64)))
    exact.set_weights(padded.get_weights())
    images, _ = batch(2, (45, 61))
    black = np.pad(images, ((0, 0), (0, 3), (0, 3), (0, 0)))
    np.testing.assert_allclose(padded(images)["heatmaps"], exact(black)["heatmaps"], atol=1e-5)


def test_it_learns_saves_and_loads(tmp_path):
    model = deepercut()
    images, people = several()
    model.learn_statistics({"keypoints": people["keypoints"][:, :1]})
    losses = train(compiled(model, 1e-4), (images, people), 4)
    assert losses[-1] < losses[0] and np.isfinite(losses).all()
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    for name, maps in model(images).items():
        np.testing.assert_allclose(again(images)[name], maps, atol=1e-5)
    np.testing.assert_allclose(
        again.codec.decode(again(images)), model.codec.decode(model(images)), rtol=1e-4, atol=1e-2
    )
    assert again.get_config() == model.get_config()


@pytest.mark.parametrize("backbone", ["squeezenet", pytest.param("resnet50", marks=pytest.mark.slow)])
def test_a_backbone_hands_gradients_to_its_first_layer(backbone):
    model = compiled(deepercut(backbone=backbone, frozen_statistics=False))
    images, people = several(n=2)
    _, _, gradients = model.compute_gradients(images, people)
    assert all(np.any(gradient) for gradient in gradients[:2])


@pytest.mark.slow
def test_two_replicas_with_xla():
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], tf.distribute.ReductionToOneDevice()).scope():
        model = deepercut()
        model.xla = True
        compiled(model)
    assert np.isfinite(train(model, several())[0])


def test_the_loss_is_cross_entropy_and_a_twentieth_of_the_offsets():
    model = deepercut()
    images, people = several()
    outputs = model(images)
    targets, weights = model.codec.encode(people)
    each = {"heatmaps": SigmoidCrossEntropy(), "intermediate": SigmoidCrossEntropy()}
    each |= {"locref": MaskedHuber(), "pairwise": MaskedHuber()}
    found = {name: float(loss(targets[name], outputs[name], weights[name])) for name, loss in each.items()}
    expected = found["heatmaps"] + found["intermediate"] + 0.05 * (found["locref"] + found["pairwise"])
    assert measure(compiled(model), (images, people)) == pytest.approx(expected, rel=1e-4)
    assert isinstance(model.named_loss("mse")["locref"], MaskedSquaredError)
    assert set(model.LOSSES) == {"huber", "mse"}


def test_statistics_are_learnt_from_the_people():
    model = deepercut()
    _, people = several()
    learnt = model.learn_statistics({"keypoints": people["keypoints"].reshape(-1, 1, 3, 3)})
    np.testing.assert_array_equal(learnt["pairs"], pair_graph(THREE))
    assert (learnt["deviations"] > 2).all()
    there, back = (learnt["means"][[*map(tuple, learnt["pairs"])].index(pair)] for pair in ((0, 1), (0, 2)))
    np.testing.assert_allclose(there, back * [-1, 1], atol=1e-9)  # As mirrored people count, too.
    np.testing.assert_array_equal(model.codec.terms.means, learnt["means"])


def test_terms_can_be_given():
    terms = unknown(pair_graph(THREE, "sparse"))
    assert deepercut(terms=terms).output["pairwise"].shape[-2:] == (6, 2)
    assert deepercut(skeletons.COCO, graph="sparse").output["pairwise"].shape[-2:] == (80, 2)


def test_weights_can_be_random():
    model = deepercut(weights="random", **SINGLE)
    for ours, theirs in zip(model.get_weights(), deepercut(**SINGLE).get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backbone": "vgg"}, "Unknown `backbone`. Received: 'vgg'. Known: resnet50, "),
        ({"image_size": (45, 64)}, r"`image_size` must be multiples of 8. Received: \(45, 64\)"),
        ({"graph": "tree"}, "`graph` must be full or sparse"),
        ({"weights": "nowhere"}, "`weights` must be imagenet, random or a file. Received: 'nowhere'"),
    ],
)
def test_what_cannot_be_built_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        deepercut(**options)
