import math

import keras
import numpy as np
import pytest

from tests.models.adversaries.small_adversaries import SIZE, SKELETON, K, people
from tests.models.adversaries.small_pose_and_confidence import CODEC, inputs_of, outputs, two_discriminators
from tfpose.models.adversaries.pose_and_confidence import differences, distances, joined
from tfpose.skeletons import Skeleton


def test_distances_are_in_torsos():
    true = np.array([[[0, 0, 2], [10, 10, 1], [5, 5, 2]], [[0, 0, 2], [10, 10, 2], [5, 5, 0]]])
    found = np.array([[[3, 4], [10, 16], [5, 5]], [[3, 4], [10, 16], [5, 5]]])
    np.testing.assert_allclose(distances(found, true, np.array([25.0, 30.0])), [[0.2, 0.24, 0], [1 / 6, 0.2, 0]])


def test_differences_are_in_norms_of_the_true_map():
    true = np.zeros((1, 2, 2, 3))
    true[0, 0] = [[2, 2, 2], [0, 0, 0]]
    found = true.copy()
    found[0, 0, 0] = [1.0, 0.0, 2.0]
    found[0, 1, 1, 2] = 3
    np.testing.assert_allclose(differences(found, true), [[0.5, 1, 1.5]])
    assert np.isfinite(differences(found, 0 * true)).all()


@pytest.mark.parametrize("shift", [0.5, 0.7, 0.8, 2.0])
def test_three_quarters_of_a_cell_make_maps_differ_by_a_half(shift):
    points = np.array([[[16.0, 16.0]]])
    maps = [CODEC.draw(points + [dx * CODEC.stride, 0]) for dx in (0, shift)]
    difference = float(differences(maps[1], maps[0])[0, 0])
    assert difference == pytest.approx(math.sqrt(2 * (1 - math.exp(-(shift**2) / 4))), abs=0.01)
    assert (difference < 0.5) == (shift < 0.73)


def test_distances_are_counted_in_torsos_or_quarters_of_the_input():
    keypoints = np.full((3, K, 3), 2.0, "float32")
    keypoints[:, 1, :2], keypoints[:, 3, :2] = (10, 20), (13, 24)
    keypoints[1, 3, 2] = 0  # Not annotated.
    keypoints[2, 3, :2] = keypoints[2, 1, :2]
    np.testing.assert_allclose(two_discriminators().lengths(keypoints), [5, 8, 8])
    without = Skeleton("five", ("left_hip", "right_hip", "nose", "left_knee", "right_knee"))
    np.testing.assert_allclose(two_discriminators(skeleton=without).lengths(keypoints), [8, 8, 8])


def test_the_labels_are_those_of_the_last_stack():
    adversary = two_discriminators(delta=0.4, epsilon=0.9)
    images, everyone = people()
    targets, _ = CODEC.encode(everyone)
    found = outputs()
    for name in found:  # The last stack is right about the first two people.
        found[name][:2, 1] = targets[name][:2, 0]
        found[name][2:, 0] = targets[name][2:, 0]
    inputs = inputs_of(adversary, found=found)
    annotated = everyone["keypoints"][:, 0, :, 2] > 0
    assert np.asarray(inputs["pose"])[:2][annotated[:2]].all() and not np.asarray(inputs["confidence"])[2:].any()
    assert np.asarray(inputs["confidence"])[:2][annotated[:2]].all()
    away = np.linalg.norm(CODEC.decode(found)[:, :, 0, :2] - everyone["keypoints"][:, 0, :, :2], axis=-1)
    expected = away < 0.4 * np.asarray(adversary.lengths(everyone["keypoints"][:, 0]))[:, None]
    np.testing.assert_array_equal(inputs["pose"], expected)


def test_labels_follow_the_keypoints_and_the_mirror():
    """Mirroring the images and exchanging left and right leaves the labels as they are."""
    adversary = two_discriminators(delta=0.5, epsilon=1.1)
    images, everyone = people()
    found = {name: 0.2 * maps for name, maps in outputs().items()}
    found["heatmaps"][:, :, :, :, :3] += 0.8 * CODEC.encode(everyone)[0]["heatmaps"].numpy()[..., :3]
    inputs = adversary.discriminator_inputs(images, everyone, CODEC.encode(everyone), found)
    assert 0 < np.mean(inputs["pose"]) < 1 and 0 < np.mean(inputs["confidence"]) < 1
    mirrored = {"keypoints": everyone["keypoints"][:, :, SKELETON.flip] * [-1, 1, 1] + [SIZE[1] - 1, 0, 0]}
    around = {name: maps[:, :, :, ::-1][..., SKELETON.flip] for name, maps in found.items()}
    other = adversary.discriminator_inputs(images[:, :, ::-1], mirrored, CODEC.encode(mirrored), around)
    # The torso's ends are other keypoints now.
    lengths = [
        np.asarray(adversary.lengths(each["keypoints"][:, 0].astype("float32"))) for each in (everyone, mirrored)
    ]
    same = np.isclose(*lengths)
    np.testing.assert_array_equal(other["confidence"], np.asarray(inputs["confidence"])[:, SKELETON.flip])
    np.testing.assert_array_equal(np.asarray(other["pose"])[same], np.asarray(inputs["pose"])[same][:, SKELETON.flip])
    np.testing.assert_allclose(other["images"], np.asarray(inputs["images"])[:, :, ::-1], atol=1e-6)
    np.testing.assert_allclose(
        other["true"], np.asarray(inputs["true"])[:, :, ::-1][..., _both(SKELETON.flip)], atol=1e-5
    )


def _both(flip):
    return [*flip, *(K + i for i in flip)]


def test_keypoints_that_are_not_annotated_are_masked():
    found = outputs()
    inputs = inputs_of(two_discriminators(), found=found)
    hidden = np.asarray(inputs["weights"]) == 0
    assert hidden.any() and not hidden.all()
    for maps in (inputs["true"], inputs["found"]):
        empty = ~np.asarray(maps).any(axis=(1, 2))
        assert empty[:, :K][hidden].all() and empty[:, K:][hidden].all()
    np.testing.assert_array_equal(
        inputs["found"], joined({name: maps[:, 1] for name, maps in found.items()}, inputs["weights"])
    )


def test_thumbnails_are_means_of_the_cells_pixels():
    images, _ = people()
    expected = images.reshape(4, 8, 4, 10, 4, 3).mean(axis=(2, 4)) / 255
    np.testing.assert_allclose(inputs_of(two_discriminators())["images"], expected, atol=1e-6)


def test_warnings_explain_what_is_wrong():
    adversary = two_discriminators()
    fine = {
        f"{j}_{kind}": 0.8 for j in ("pose", "confidence") for kind in ("true_accuracy", "found_accuracy", "found_true")
    }
    assert not adversary.warnings({**fine, "map_height": 0.5})
    warnings = adversary.warnings({**fine, "map_height": 0.001})
    assert list(warnings) == ["collapse"] and "nearly empty" in warnings["collapse"]
    warnings = adversary.warnings({**fine, "map_height": 0.5, "pose_true_accuracy": 1.0, "pose_found_accuracy": 0.995})
    assert list(warnings) == ["pose saturated"] and "makes no mistakes" in warnings["pose saturated"]
    assert not adversary.warnings({**fine, "map_height": 0.5, "pose_true_accuracy": 1.0})


def test_optimizers_are_the_papers():
    both = two_discriminators()
    assert {type(each) for each in both.optimizers.values()} == {keras.optimizers.RMSprop}
    assert float(both.optimizers["pose"].learning_rate) == pytest.approx(2.5e-4)
    assert both.optimizers["pose"] is not both.optimizers["confidence"]
