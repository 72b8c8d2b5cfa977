import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpose.metrics import METRICS, PCK, PROTOCOLS, BoxPCK, DetectionRate, Pairs
from tfpose.metrics.pck import torso_lengths
from tfpose.skeletons import Skeleton

# Four keypoints: the torso (100 pixels) goes from the first to the second.
TRUE = np.array([[[0, 0, 2], [60, 80, 2], [10, 10, 1], [50, 50, 0]]], "float32")
FOUND = np.array([[[0, 5, 1], [60, 90, 1], [30, 10, 1], [50, 50, 1]]], "float32")  # Off by 5, 10, 20 and 0 pixels.
REFERENCE = (0, 1)
SKELETON = Skeleton(name="four", keypoints=("first", "second", "third", "fourth"), reference=("first", "second"))


def batch(true, found):
    return true[:, None], found[:, :, None]


def detection_rates(true, found, radii, metric="detection_rate"):
    """Per cent `[R, K]`."""
    protocol = dataclasses.replace(PROTOCOLS[metric], thresholds=tuple(radii))
    return protocol.rates(protocol.distances(Pairs(SKELETON, true, found)))


def random_people(count, seed=0):
    random = np.random.default_rng(seed)
    true = np.concatenate([random.uniform(0, 100, (count, 4, 2)), random.integers(0, 3, (count, 4, 1))], axis=-1)
    found = true + random.normal(0, 10, true.shape)
    return true.astype("float32"), found.astype("float32")


def test_a_keypoint_on_the_radius_is_found():
    rates = detection_rates(TRUE, FOUND, [4, 5, 10, 20])
    np.testing.assert_array_equal(rates[:, :3], [[0, 0, 0], [100, 0, 0], [100, 100, 0], [100, 100, 100]])


def test_distances_are_parts_of_the_torso_not_pixels():
    rates = detection_rates(TRUE * [3, 3, 1], FOUND * 3, [4, 5, 10, 20])
    np.testing.assert_array_equal(rates, detection_rates(TRUE, FOUND, [4, 5, 10, 20]))


def test_keypoints_that_nobody_has_get_no_number():
    assert np.isnan(detection_rates(TRUE, FOUND, [10])[0, 3])


def test_a_rate_is_over_those_who_have_the_keypoint():
    true = np.repeat(TRUE, 4, axis=0)
    found = np.repeat(FOUND, 4, axis=0)
    true[0, 2, 2] = 0  # Not annotated: does not count.
    found[1, 2] = true[1, 2]  # Found, as one of three.
    assert detection_rates(true, found, [10])[0, 2] == pytest.approx(100 / 3)


@pytest.mark.parametrize("missing", REFERENCE)
def test_people_without_reference_are_left_out(missing):
    true = np.repeat(TRUE, 2, axis=0)
    true[0, missing, 2] = 0
    found = np.repeat(FOUND, 2, axis=0)
    found[0] = 1000
    np.testing.assert_array_equal(torso_lengths(true, REFERENCE), [0, 100])
    np.testing.assert_array_equal(detection_rates(true, found, [10])[0, :3], [100, 100, 0])


def test_people_without_extent_are_left_out():
    true = TRUE.copy()
    true[0, :, :2] = 7
    assert np.isnan(detection_rates(true, true, [10])).all()


def test_nobody_gives_no_number():
    assert np.isnan(detection_rates(TRUE[:0], FOUND[:0], [5, 10])).all()


def test_a_prediction_that_is_nan_is_not_found():
    assert detection_rates(TRUE, np.full_like(FOUND, np.nan), [100])[0, 0] == 0


def test_coordinates_of_what_is_not_annotated_may_be_nan():
    true = TRUE.copy()
    true[0, 3, :2] = np.nan
    np.testing.assert_array_equal(detection_rates(true, FOUND, [10])[0, :3], [100, 100, 0])


def test_detection_rate_at_10_is_pck_at_a_tenth():
    true, found = random_people(50)
    np.testing.assert_array_equal(
        detection_rates(true, found, [0.05, 0.1], "pck"), detection_rates(true, found, [5, 10])
    )
    metrics = [DetectionRate(REFERENCE, radius=10), PCK(REFERENCE, alpha=0.1)]
    for metric in metrics:
        metric.update_state(*batch(true, found))
    assert metrics[0].result() == metrics[1].result()


@pytest.mark.parametrize("radius", [5, 10, 20])
def test_batches_add_up_to_the_whole(radius):
    true, found = random_people(64)
    metric = DetectionRate(REFERENCE, radius=radius)
    for start, end in ((0, 10), (10, 11), (11, 40), (40, 64)):
        metric.update_state(*batch(true[start:end], found[start:end]))
    counts = ((true[..., 2] > 0) & (torso_lengths(true, REFERENCE).numpy() > 0)[:, None]).sum(axis=0)
    rates = detection_rates(true, found, [radius])[0]
    np.testing.assert_allclose(metric.result(), (rates * counts).sum() / counts.sum() / 100, rtol=1e-6)


def test_nobody_annotated_is_zero_not_nan():
    metric = DetectionRate(REFERENCE)
    assert metric.result() == 0
    metric.update_state(*batch(TRUE * [1, 1, 0], FOUND))
    assert metric.result() == 0


def test_a_reset_metric_starts_anew():
    metric = DetectionRate(REFERENCE)
    metric.update_state(*batch(TRUE, FOUND))
    assert float(metric.result()) == pytest.approx(2 / 3)
    metric.reset_state()
    assert metric.result() == 0


def made(cls, reference, **options):
    """A metric; `BoxPCK` needs no reference."""
    return cls(**options) if cls is BoxPCK else cls(reference, **options)


@pytest.mark.parametrize("cls", METRICS.values())
def test_metrics_survive_serialization(cls):
    metric = made(cls, (1, 0), name="mine")
    again = keras.metrics.deserialize(keras.metrics.serialize(metric))
    assert again.get_config() == metric.get_config()
    for one in (metric, again):
        one.update_state(*batch(TRUE, FOUND))
    assert metric.result() == again.result()


@pytest.mark.parametrize("cls", METRICS.values())
def test_compiled_equals_eager(cls):
    true, found = random_people(16)
    eager, compiled = made(cls, REFERENCE), made(cls, REFERENCE)
    eager.update_state(*batch(true, found))
    tf.function(lambda t, f: compiled.update_state(t, f), jit_compile=True)(*batch(true, found))
    assert 0 < eager.result() < 1
    assert eager.result() == compiled.result()


def test_two_devices_count_as_one():
    true, found = random_people(16)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())
    with strategy.scope():
        metric = DetectionRate(REFERENCE)
    batches = strategy.experimental_distribute_dataset(
        tf.data.Dataset.from_tensor_slices(batch(true, found)).batch(8, drop_remainder=True)
    )
    for one in batches:
        strategy.run(metric.update_state, one)
    alone = DetectionRate(REFERENCE)
    alone.update_state(*batch(true, found))
    assert metric.result() == alone.result()
