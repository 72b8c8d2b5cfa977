import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.codecs.crowd import codec, crowd, outputs, standing, terms, with_models
from tfpose.codecs import peaks
from tfpose.codecs.grouping.pairwise import ordered

PLACES = [(20, 8), (90, 10), (140, 6)]


def suppress(scores, number, radius):
    """Greedy suppression of one map `[h, w]`, cell by cell: `(row, column, score)`."""
    cells = sorted(np.ndindex(scores.shape), key=lambda cell: -scores[cell])
    taken = []
    for row, column in cells:
        if all((row - r) ** 2 + (column - c) ** 2 > radius**2 for r, c, _ in taken):
            taken.append((row, column, scores[row, column]))
    return taken[:number]


@pytest.mark.parametrize(("size", "radius"), [((6, 9), 1), ((12, 7), 3), ((5, 20), 2), ((1, 1), 5)])
def test_peaks_are_those_of_a_literal_loop(size, radius):
    scores = np.random.default_rng(0).random((2, *size, 3)).astype("float32")
    cells, found = (values.numpy() for values in peaks.best_cells(scores, 4, radius))
    for b, k in np.ndindex(2, 3):
        expected = suppress(scores[b, ..., k], 4, radius)
        n = len(expected)
        assert cells[b, k, :n].tolist() == [row * size[1] + column for row, column, _ in expected]
        np.testing.assert_allclose(found[b, k], [s for *_, s in expected] + [0] * (4 - n))


def test_one_of_equal_neighbours_is_taken():
    cells, scores = peaks.best_cells(np.full((1, 4, 4, 1), 0.5, "float32"), 3, 2)
    assert cells.numpy().ravel().tolist()[0] == 0 and scores.numpy().ravel().tolist()[:2] == [0.5, 0.5]


def test_decoding_what_was_encoded_gives_one_person_back():
    people = {"keypoints": np.random.default_rng(0).uniform([0, 0], [159, 95], (4, 1, 6, 2))}
    people["keypoints"] = np.concatenate([people["keypoints"], np.full((4, 1, 6, 1), 2)], -1).astype("float32")
    fields = codec(several=False)
    found = fields.decode(outputs(fields, people)).numpy()
    assert found.shape == (4, 6, 1, 3)
    np.testing.assert_allclose(found[:, :, 0, :2], people["keypoints"][:, 0, :, :2], atol=1e-3)
    np.testing.assert_allclose(fields.group(found[0])[0], found[0, :, 0])


def test_without_refinement_the_middle_of_the_cell_is_meant():
    fields = codec(several=False)
    maps = np.zeros((1, 12, 20, 1), "float32")
    maps[0, 3, 7] = 0.8
    np.testing.assert_allclose(fields.peaks(maps), [[[[59.5, 27.5, 0.8]]]], rtol=1e-6)


def test_candidates_carry_what_their_cells_know():
    people = standing(PLACES)
    fields = codec(known=terms(people))
    found = fields.decode(outputs(fields, people)).numpy()[0]
    assert found.shape == (4, 20, 5 + 8)
    points = people["keypoints"][0]
    for keypoint, candidate in np.ndindex(4, 20):
        x, y, score, *cell = found[keypoint, candidate, :5]
        if score < 0.5:
            continue
        (person,) = np.flatnonzero(np.linalg.norm(points[:, keypoint, :2] - [x, y], axis=-1) < 0.01)
        assert np.linalg.norm(np.subtract(cell, (x, y))) <= 17 and (np.array(cell) % 8 == 3.5).all()
        expected = points[person, :, :2] - cell
        expected[keypoint] = 0  # Nothing is said of the keypoint itself.
        np.testing.assert_allclose(found[keypoint, candidate, 5:].reshape(4, 2), expected, atol=1e-3)


def test_nothing_is_known_of_pairs_outside_the_graph():
    people = standing(PLACES)
    fields = codec(known=terms(people, pairs=ordered([(0, 1)])))
    offsets = fields.decode(outputs(fields, people)).numpy()[0, :, 0, 5:].reshape(4, 4, 2)
    assert (np.abs(offsets).max(axis=-1) > 0).astype(int).tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0] * 4, [0] * 4]


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("graph", [None, [(0, 1), (1, 2), (2, 3)]])
def test_people_are_told_apart(fitted, graph):
    people = standing([*PLACES, (56, 14)] if fitted else PLACES)
    known = terms(people, pairs=None if graph is None else ordered(graph))
    fields = codec(known=with_models(known) if fitted else known)
    found = fields.group(fields.decode(outputs(fields, people)).numpy()[0])
    assert len(found) == len(people["keypoints"][0]) and found.dtype == np.float32
    order = [
        int(np.abs(found[:, :, :2] - person[:, :2]).sum(axis=(1, 2)).argmin()) for person in people["keypoints"][0]
    ]
    assert sorted(order) == [*range(len(found))]
    np.testing.assert_allclose(found[order][..., :2], people["keypoints"][0, ..., :2], atol=1.0)


def test_without_a_pairwise_output_the_means_stand_in_for_it():
    people = standing(PLACES)
    known = terms(people)
    fields = codec(known=known)
    fields.fields = ("heatmaps", "locref")
    found = fields.decode(outputs(fields, people)).numpy()[0]
    np.testing.assert_allclose(found[0, 0, 7:9], known.means[0], rtol=1e-5)


def test_without_terms_keypoints_are_people_of_their_own():
    people = standing(PLACES)
    fields = codec()
    found = fields.group(fields.decode(outputs(fields, people)).numpy()[0])
    assert len(found) == 12 and ((found[..., 2] > 0).sum(axis=1) == 1).all()


def test_weak_detections_are_nobody():
    people = standing(PLACES)
    fields = codec(known=terms(people))
    assert fields.group(fields.decode(outputs(fields, people, certainty=-9.0)).numpy()[0] * 0).shape == (0, 4, 3)
    weak = fields.decode(outputs(fields, people, certainty=0.4)).numpy()[0]  # 0.6 in discs, 0.4 elsewhere.
    for least, number in ((0.7, 0), (0.5, 3)):
        assert len(codec(known=terms(people), det_min_score=least).group(weak)) == number


def test_suppressed_detections_do_not_come_back_as_people():
    people = standing([(60, 8)])
    fields = codec(known=terms(people))
    candidates = fields.decode(outputs(fields, people)).numpy()[0]
    candidates[1, -1, :5] = [150, 80, 0.3, 147.5, 83.5]  # Less likely than not, and close to nothing.
    assert len(fields.group(candidates)) == 1


def test_a_person_lies_where_their_detections_lie_by_their_scores():
    people = standing([(60, 8)])
    fields = codec(known=terms(people))
    candidates = fields.decode(outputs(fields, people)).numpy()[0]
    candidates[:, 1:, 2] = 0
    candidates[0, 1] = candidates[0, 0]
    candidates[0, 1, 0] += 3
    candidates[0, :2, 2] = [0.9, 0.6]
    (found,) = fields.group(candidates)
    np.testing.assert_allclose(found[0], [60 + 3 * 0.6 / 1.5, 8, 0.9], rtol=1e-4)


def test_keypoints_that_a_person_has_none_of_score_nothing():
    people = standing([(60, 8)])
    fields = codec(known=terms(people))
    people["keypoints"][0, 0, 2, 2] = 0
    (found,) = fields.group(fields.decode(outputs(fields, people)).numpy()[0])
    assert found[2].tolist() == [0, 0, 0] and (found[[0, 1, 3], 2] > 0.9).all()


def test_the_order_of_candidates_changes_nothing():
    people = standing([*PLACES, (56, 14)])
    fields = codec(known=with_models(terms(people)))
    rng = np.random.default_rng(0)
    candidates = fields.decode(outputs(fields, people)).numpy()[0]
    candidates[..., 2] *= rng.uniform(0.3, 1, candidates.shape[:2])
    turned = np.stack([rows[rng.permutation(20)] for rows in candidates])
    np.testing.assert_allclose(fields.group(candidates), fields.group(turned), rtol=1e-5)


def test_batched_equals_single_and_compiled_equals_eager():
    people = crowd((45, 77), (3, 4, 5))
    fields = codec((45, 77), terms(people), max_detections=4)
    given = outputs(fields, people)
    found = fields.decode(given).numpy()
    for i in range(3):
        alone = fields.decode({name: maps[i : i + 1] for name, maps in given.items()})
        np.testing.assert_allclose(alone[0], found[i], rtol=1e-5)
    for jit_compile in (False, True):
        compiled = tf.function(fields.decode, jit_compile=jit_compile)(given)
        np.testing.assert_allclose(compiled, found, rtol=1e-4, atol=1e-3)


def test_half_precision_logits_become_whole_candidates():
    people = standing(PLACES)
    fields = codec(known=terms(people))
    given = outputs(fields, people)
    found = fields.decode({name: maps.astype("float16") for name, maps in given.items()})
    assert found.dtype == "float32"
    assert len(fields.group(found.numpy()[0])) == 3


@pytest.mark.parametrize("several", [False, True])
def test_a_codec_survives_serialization(several):
    people = crowd((45, 77))
    fields = codec((45, 77), with_models(terms(people)), several=several, nms_radius=2.0, max_detections=3)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(fields))
    assert again.get_config() == fields.get_config()
    given = outputs(fields, people)
    np.testing.assert_array_equal(fields.decode(given), again.decode(given))
    np.testing.assert_array_equal(
        fields.group(fields.decode(given).numpy()[0]), again.group(again.decode(given).numpy()[0])
    )
