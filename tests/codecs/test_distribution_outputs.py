import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.codecs.points import anywhere, logits, people
from tfpose.codecs import DistributionCodec


def test_batched_equals_single():
    codec = DistributionCodec((48, 80), 8, torso=(0, 1, 2))
    batch = people(anywhere((48, 80), (5, 7)))
    targets, weights = codec.encode(batch)
    found = codec.decode(targets)
    for i in range(5):
        alone, weight = codec.encode({"keypoints": batch["keypoints"][i : i + 1]})
        for name in ("heatmaps", "torso"):
            np.testing.assert_allclose(alone[name][0], targets[name][i], rtol=1e-6)
            np.testing.assert_array_equal(weight[name][0], weights[name][i])
        np.testing.assert_allclose(codec.decode(alone)[0], found[i], rtol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled_equals_eager(jit_compile):
    codec = DistributionCodec((45, 77), 8, torso=(0, 1))
    batch = people(anywhere((45, 77), (3, 6)))

    def run(batch):
        targets, weights = codec.encode(batch)
        return targets, weights, codec.peaks(targets["heatmaps"][:, 0])

    compiled = tf.nest.flatten(tf.function(run, jit_compile=jit_compile)(batch))
    for a, b in zip(tf.nest.flatten(run(batch)), compiled, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_the_torso_is_the_mean_of_its_keypoints():
    codec = DistributionCodec((48, 80), 8, torso=(0, 2))
    batch = people([[[10, 8], [70, 40], [30, 24]]] * 3)
    batch["keypoints"][1, 0, 2, 2] = 0  # One of the two is not annotated.
    batch["keypoints"][2, 0, 1, 2] = 0  # Not one of the two.
    targets, weights = codec.encode(batch)
    assert targets["torso"].shape == (3, 1, 6, 10, 1)
    np.testing.assert_allclose(codec.peaks(targets["torso"][:, 0])[0, 0, 0, :2], [20, 16], atol=0.02)
    np.testing.assert_array_equal(np.ravel(weights["torso"]), [1, 0, 1])


def test_no_torso_is_drawn_unless_asked_for():
    targets, weights = DistributionCodec((48, 80), 8).encode(people([[[10, 8]]]))
    assert set(targets) == set(weights) == {"heatmaps"}


def test_every_output_has_its_target_and_its_candidates():
    codec = DistributionCodec((48, 80), 8, outputs=("heatmaps", "part_heatmaps"))
    targets, _ = codec.encode(people([[[10, 8]]]))
    np.testing.assert_array_equal(targets["heatmaps"], targets["part_heatmaps"])
    outputs = {"heatmaps": logits(targets["heatmaps"]), "part_heatmaps": logits(np.flip(targets["heatmaps"], axis=3))}
    found = codec.candidates(outputs)
    np.testing.assert_allclose(found["heatmaps"][0, 0, 0, :2], [10, 8], atol=0.02)
    np.testing.assert_allclose(found["part_heatmaps"][0, 0, 0, :2], [69, 8], atol=0.02)
    np.testing.assert_array_equal(codec.decode(outputs), found["heatmaps"])


def test_the_last_stack_is_decoded():
    codec = DistributionCodec((48, 80), 8)
    stacks = [logits(codec.draw(np.array([[[x, 20]]], "float32"))) for x in (10, 30, 50)]
    assert codec.decode({"heatmaps": np.stack(stacks, axis=1)})[0, 0, 0, 0].numpy() == pytest.approx(50, abs=0.02)


def test_half_precision_logits_become_whole_probabilities():
    maps = DistributionCodec((48, 80), 8).maps({"heatmaps": np.full((1, 1, 6, 10, 2), 30000, "float16")})
    assert maps.dtype == "float32"
    np.testing.assert_allclose(maps, 1 / 60, rtol=1e-5)


def test_a_group_is_one_person():
    codec = DistributionCodec((48, 80), 8)
    candidates = codec.peaks(codec.draw(anywhere((48, 80), (1, 5)).astype("float32"))).numpy()[0]
    assert codec.group(candidates).shape == (1, 5, 3)
    np.testing.assert_array_equal(codec.group(candidates)[0], candidates[:, 0])


def test_a_codec_survives_serialization():
    codec = DistributionCodec([45, 77], 4, 1.2, torso=[1, 2], outputs=["heatmaps", "part_heatmaps"])
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(codec))
    assert again.get_config() == codec.get_config()
    batch = people(anywhere((45, 77), (2, 5)))
    for a, b in zip(tf.nest.flatten(codec.encode(batch)), tf.nest.flatten(again.encode(batch)), strict=True):
        np.testing.assert_array_equal(a, b)
