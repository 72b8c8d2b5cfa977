import numpy as np
import pytest
import tensorflow as tf

from tests.codecs.crowd import codec, crowd, standing, terms
from tfpose.codecs import PartFieldCodec
from tfpose.codecs.grouping.pairwise import complete, ordered

SIZES = pytest.mark.parametrize("size", [(48, 80), (45, 77), (9, 30)])


def literal(codec, people, k):
    """The targets and weights, cell by cell."""
    h, w = codec.map_size
    p, known = len(codec.terms.pairs), codec.terms
    b = len(people)
    scores, locref, near = np.zeros((b, h, w, k)), np.zeros((b, h, w, k, 2)), np.zeros((b, h, w, k))
    pairwise, both = np.zeros((b, h, w, p, 2)), np.zeros((b, h, w, p))
    for image, row, column, keypoint in np.ndindex(b, h, w, k):
        cell = np.array([column, row]) * codec.stride + (codec.stride - 1) / 2
        distances = [
            (np.linalg.norm(person[keypoint, :2] - cell), i)
            for i, person in enumerate(people[image])
            if person[keypoint, 2] > 0
        ]
        if not distances or min(distances)[0] > codec.pos_dist_thresh:
            continue
        person = people[image][min(distances)[1]]
        scores[image, row, column, keypoint] = near[image, row, column, keypoint] = 1
        locref[image, row, column, keypoint] = (person[keypoint, :2] - cell) / 7.2801
        for i, (first, second) in enumerate(known.pairs):
            if first == keypoint and person[second, 2] > 0:
                both[image, row, column, i] = 1
                offset = person[second, :2] - cell
                pairwise[image, row, column, i] = (offset - known.means[i]) / known.deviations[i]
    ones = np.ones_like(scores)
    return {"heatmaps": (scores, ones), "locref": (locref, near), "pairwise": (pairwise, both)}


@SIZES
@pytest.mark.parametrize("stride", [8, 4])
@pytest.mark.parametrize("sparse", [False, True])
def test_the_targets_are_those_of_a_literal_loop(size, stride, sparse):
    people = crowd(size, (2, 3, 4))
    known = terms(people, pairs=ordered([(0, 1), (2, 1)]) if sparse else None)
    fields = PartFieldCodec(size, stride, ("heatmaps", "locref", "pairwise"), terms=known, pos_dist_thresh=11.0)
    targets, weights = fields.encode(people)
    expected = literal(fields, people["keypoints"].astype("float64"), 4)
    assert set(targets) == set(weights) == set(expected)
    for name, (maps, weight) in expected.items():
        np.testing.assert_allclose(targets[name][:, 0], maps, atol=1e-4, err_msg=name)
        np.testing.assert_array_equal(weights[name][:, 0], weight, err_msg=name)


def test_a_cell_is_close_up_to_the_threshold_and_no_further():
    fields = codec((48, 48), pos_dist_thresh=8.0)
    (target,) = fields.encode({"keypoints": np.array([[[[19.5, 19.5, 2.0]]]])})[0]["heatmaps"][..., 0]
    assert target[0].numpy().sum() == 5 and target[0, 1, 2] == target[0, 2, 1] == target[0, 2, 3] == 1
    (target,) = codec((48, 48), pos_dist_thresh=7.99).encode({"keypoints": np.array([[[[19.5, 19.5, 2.0]]]])})[0][
        "heatmaps"
    ][..., 0]
    assert target[0].numpy().sum() == 1


def test_the_nearest_person_wins_and_of_equals_the_first():
    people = {"keypoints": np.array([[[[19.5, 19.5, 2]], [[35.5, 19.5, 1]]]], "float32")}
    targets, _ = codec((48, 64)).encode(people)
    across = targets["locref"].numpy()[0, 0, 2, :, 0, 0] * 7.2801
    np.testing.assert_allclose(across[1:6], [8, 0, -8, 0, -8], atol=1e-4)  # Cell 3 is as close to both.


def test_nobody_and_nobody_annotated_are_encoded_as_empty_maps():
    for people in (np.zeros((2, 3, 4, 3), "float32"), np.full((1, 1, 4, 3), [1e5, 1e5, 2], "float32")):
        targets, weights = codec((45, 77), terms(crowd((45, 77), (1, 2, 4)))).encode({"keypoints": people})
        assert not any(np.any(maps) for maps in targets.values())
        assert not np.any(weights["locref"]) and not np.any(weights["pairwise"])
        assert np.all(weights["heatmaps"] == 1) and np.isfinite(weights["heatmaps"]).all()


def test_the_order_of_people_changes_nothing():
    people = crowd((48, 80), (2, 5, 4))
    fields = codec((48, 80), terms(people))
    turned = {"keypoints": people["keypoints"][:, ::-1]}
    for there, back in zip(fields.encode(people), fields.encode(turned), strict=True):
        for name in there:
            np.testing.assert_allclose(there[name], back[name], atol=1e-5)


def test_people_who_are_only_padding_change_nothing():
    people = crowd((48, 80), (2, 3, 4))
    fields = codec((48, 80), terms(people))
    padded = {"keypoints": np.pad(people["keypoints"], ((0, 0), (0, 4), (0, 0), (0, 0)))}
    for there, back in zip(fields.encode(people), fields.encode(padded), strict=True):
        for name in there:
            np.testing.assert_array_equal(there[name], back[name])


def test_a_mirrored_person_has_the_mirrored_discs():
    people = crowd((48, 80))
    mirrored = {"keypoints": people["keypoints"] * np.array([-1, 1, 1], "float32") + np.array([79, 0, 0], "float32")}
    there, back = (codec((48, 80)).encode(p)[0] for p in (people, mirrored))
    np.testing.assert_array_equal(there["heatmaps"], np.flip(back["heatmaps"], axis=3))


def test_only_present_joints_weigh_where_that_is_asked_for():
    people = {"keypoints": np.array([[[[9, 9, 2], [9, 9, 0]], [[30, 9, 0], [9, 9, 0]]]], "float32")}
    weights = [
        codec((48, 80), weigh_only_present_joints=asked).encode(people)[1]["heatmaps"].numpy() for asked in (0, 1)
    ]
    assert weights[0].min() == 1
    assert weights[1][..., 0].min() == 1 and weights[1][..., 1].max() == 0


@pytest.mark.parametrize("asked", [False, True])
def test_what_is_to_be_ignored_weighs_nothing_in_the_heatmaps(asked):
    people = crowd((45, 77), (2, 3, 4), missing=0.0)
    people["ignore"] = np.zeros((2, 6, 10), "float32")
    people["ignore"][1, 2:4, 5:] = 1
    weights = codec((45, 77), weigh_only_present_joints=asked).encode(people)[1]
    np.testing.assert_array_equal(weights["heatmaps"][:, 0], np.repeat(1 - people["ignore"][..., None], 4, axis=-1))
    np.testing.assert_array_equal(weights["locref"], codec((45, 77)).encode(people)[0]["heatmaps"])


def test_heatmaps_of_keypoints_that_the_data_set_does_not_annotate_are_without_loss():
    people = crowd((45, 77), (2, 3, 4), missing=0.0)
    people["annotated"] = np.array([[1, 0, 1, 1], [1, 1, 1, 0]], "float32")
    weights = codec((45, 77)).encode(people)[1]["heatmaps"]
    np.testing.assert_array_equal(weights[:, 0], np.broadcast_to(people["annotated"][:, None, None], (2, 6, 10, 4)))


def test_every_heatmap_output_learns_the_same():
    fields = PartFieldCodec((48, 80), outputs=("heatmaps", "locref", "intermediate"))
    targets, weights = fields.encode(crowd((48, 80)))
    assert set(targets) == {"heatmaps", "locref", "intermediate"} and fields.outputs == ("heatmaps", "intermediate")
    np.testing.assert_array_equal(targets["heatmaps"], targets["intermediate"])
    np.testing.assert_array_equal(weights["heatmaps"], weights["intermediate"])


def test_batched_equals_single():
    people = crowd((45, 77), (3, 4, 5))
    fields = codec((45, 77), terms(people))
    both = fields.encode(people)
    for i in range(3):
        alone = fields.encode({"keypoints": people["keypoints"][i : i + 1]})
        for whole, one in zip(both, alone, strict=True):
            for name in whole:
                np.testing.assert_allclose(whole[name][i], one[name][0], atol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled_equals_eager(jit_compile):
    people = crowd((45, 77))
    fields = codec((45, 77), terms(people))
    compiled = tf.function(fields.encode, jit_compile=jit_compile)(people)
    for a, b in zip(tf.nest.flatten(fields.encode(people)), tf.nest.flatten(compiled), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_terms_are_learnt_from_people_and_their_mirror_images():
    people = standing([(20, 8), (90, 10), (140, 5)])
    fields = codec((96, 160), terms(people))
    fields.learn_terms(people["keypoints"][0], [0, 1, 2, 3])
    np.testing.assert_allclose(fields.terms.means[0], [0, 24], atol=1e-5)  # They lean to one side, and to the other.
    np.testing.assert_allclose(fields.terms.deviations[0], [3, 1], atol=1e-5)
    np.testing.assert_array_equal(fields.terms.pairs, complete(4))


@pytest.mark.parametrize(("outputs", "known"), [(("locref",), None), (("heatmaps", "pairwise"), None)])
def test_outputs_that_do_not_go_together_are_refused(outputs, known):
    with pytest.raises(ValueError, match="`outputs` must name heatmaps, and pairwise only with `terms`. Received: "):
        PartFieldCodec((48, 80), outputs=outputs, terms=known)
