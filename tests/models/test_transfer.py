"""Weights taken over by models with other keypoints, other heads and other sizes."""

import keras
import numpy as np
import pytest

from tests.models.foreign_models import batch
from tests.models.test_every_model import TINY
from tfpose import models, skeletons
from tfpose.models.transfer import transfer

SIZE = (48, 64)
OTHER = skeletons.Skeleton("other", ("right_wrist", "tail", "nose", "left_wrist", "left_shoulder", "right_hip"))
LARGER = {"part_detector": {"use_sm": True, "torso": "none"}, "associative_embedding": {"stacks": 2, "tag_dim": 2}}


def small(name, skeleton=skeletons.FLIC, size=SIZE, **options):
    return models.build(name, skeleton, size, **TINY[name], **options)


@pytest.mark.parametrize("name", models.MODELS)
def test_maps_of_the_same_keypoints_are_the_same(name):
    keras.utils.set_random_seed(0)
    source, target = small(name), small(name, OTHER)
    taken, left = transfer(source, target)
    assert len(taken) > 4 and any("tail" in line for line in left)
    image = np.random.default_rng(0).integers(0, 256, (1, *SIZE, 3)).astype("uint8")
    theirs, ours = (np.array(model(image)["heatmaps"])[0, 0] for model in (source, target))
    assert np.ptp(ours) > 0
    for i, keypoint in enumerate(OTHER.keypoints):
        if keypoint != "tail":
            expected = theirs[..., skeletons.FLIC.keypoints.index(keypoint)]
            np.testing.assert_allclose(ours[..., i], expected, atol=1e-5, err_msg=keypoint)


@pytest.mark.parametrize("name", models.MODELS)
def test_a_model_of_the_same_arguments_becomes_the_same(name):
    source, target = small(name), small(name)
    taken, left = transfer(source, target)
    assert len(taken) == len(target.variables) and not left
    for a, b in zip(source.get_weights(), target.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_tags_and_what_is_fed_back_follow_their_keypoints():
    options = {**TINY["associative_embedding"], "stacks": 2, "tag_dim": 2, "unused": 1, "positions": True}
    source, target = (
        models.build("associative_embedding", skeleton, SIZE, **options) for skeleton in (skeletons.FLIC, OTHER)
    )
    transfer(source, target)
    nose, other = skeletons.FLIC.keypoints.index("nose"), OTHER.keypoints.index("nose")
    for i in (0, 1):
        theirs, ours = (
            model.get_layer("stack2_tags").kernel[..., 2 * k + i] for model, k in ((source, nose), (target, other))
        )
        np.testing.assert_array_equal(theirs, ours)
    theirs, ours = (m.get_layer("stack1_remembered").kernel.numpy()[0, 0] for m in (source, target))
    np.testing.assert_array_equal(theirs[nose], ours[other])
    np.testing.assert_array_equal(theirs[11], ours[6])  # The unused map.


def test_the_head_is_taken_over_by_another_trunk_of_the_same_features():
    source = small("hourglass", trunk="squeezenet")
    target = small("hourglass", OTHER, trunk="squeezenet", stride=8)
    transfer(source, target)
    np.testing.assert_array_equal(
        source.get_layer("backbone").get_weights()[4], target.get_layer("backbone").get_weights()[4]
    )
    k = skeletons.FLIC.keypoints.index("nose")
    np.testing.assert_array_equal(
        source.get_layer("stack1_maps").kernel[..., k], target.get_layer("stack1_maps").kernel[..., 2]
    )


def test_pairs_of_the_spatial_model_follow_their_names():
    options = {**TINY["part_detector"], "use_sm": True, "torso": "none"}
    source, target = (models.build("part_detector", skeleton, SIZE, **options) for skeleton in (skeletons.FLIC, OTHER))
    before = np.array(target.spatial_model.energies)
    source.spatial_model.biases.assign(np.random.default_rng(0).uniform(0, 1, source.spatial_model.biases.shape))
    _, left = transfer(source, target)

    def bias(model, to, of):
        places = [model.skeleton.keypoints.index(name) for name in (to, of)]
        return np.array(model.spatial_model.biases)[[*map(list, model.spatial_model.pairs)].index(places)]

    np.testing.assert_allclose(
        bias(target, "nose", "left_wrist"), bias(source, "nose", "left_wrist"), rtol=1e-3, atol=1e-4
    )
    pairs = [*map(list, target.spatial_model.pairs)]
    np.testing.assert_array_equal(
        np.array(target.spatial_model.energies)[pairs.index([1, 0])], before[pairs.index([1, 0])]
    )
    assert any("tail–nose" in line for line in left)


@pytest.mark.parametrize("name", models.MODELS)
def test_a_resized_model_keeps_its_weights_and_finds_the_same_in_the_same_pixels(name):
    model = small(name, size=(64, 64))
    model.crop = "person"
    larger = model.resized((96, 64))
    assert larger.codec.image_size == (96, 64) and larger.crop == "person"
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), larger.get_weights(), strict=True))
    again = larger.resized((64, 64))
    images, _ = batch(1, (64, 64))
    for key, maps in model(images).items():
        np.testing.assert_allclose(again(images)[key], maps, atol=1e-5)
    assert again.get_config() == model.get_config()


def test_the_spatial_model_is_resampled_and_says_the_same():
    model = small("part_detector", size=(96, 96), use_sm=True)
    n = len(model.skeleton)
    points = np.random.default_rng(0).uniform(20, 70, (1, 1, n, 2))
    people = points + np.random.default_rng(1).normal(0, 6, (100, 1, n, 2))
    known = {"keypoints": np.concatenate([people, np.full((100, 1, n, 1), 2.0)], axis=-1)}
    model.learn_statistics(known)
    larger = model.resized((192, 192))

    def messages(model, scale):
        maps = model.codec.draw(np.float32(points[0] * scale + (scale - 1) / 2))
        maps = keras.ops.concatenate([maps, keras.ops.mean(maps, axis=-1, keepdims=True)], axis=-1)
        for _ in range(4 * scale**2):  # As wide in pixels on both maps, some cells.
            maps = keras.ops.average_pool(maps, 3, 1, "same")
        return np.array(model.spatial_model(maps / keras.ops.sum(maps, axis=(1, 2), keepdims=True)))

    small_logits, large_logits = messages(model, 1), messages(larger, 2)
    expected = np.array(keras.ops.image.resize(small_logits, large_logits.shape[1:3]))[:, 4:-4, 4:-4]
    error = np.abs(large_logits[:, 4:-4, 4:-4] - expected)
    assert np.ptp(expected) > 2 and error.mean() < 0.02 * np.ptp(expected) and error.max() < 0.15 * np.ptp(expected)
