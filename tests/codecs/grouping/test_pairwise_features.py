import math

import numpy as np
import pytest

from tests.codecs.crowd import codec, outputs, standing, terms, with_models
from tfpose.codecs.grouping.by_multicut import pair_features, pair_probabilities
from tfpose.codecs.grouping.pairwise import expanded, features, logistic, normalised, of_one_place


@pytest.mark.parametrize(
    ("real", "predicted", "distance", "angle"),
    [
        ((3, 4), (3, 4), 0, 0),
        ((1, 0), (0, 1), 2**0.5, math.pi / 2),
        ((-1, 0.0), (-1, -1e-9), 0, 0),
        ((1, 0), (-1, 0), 2, math.pi),
    ],
)
def test_features_are_distance_and_wrapped_angle(real, predicted, distance, angle):
    np.testing.assert_allclose(features([real], [predicted]), [[distance, angle]], atol=1e-6)
    np.testing.assert_allclose(features([predicted], [real]), [[distance, angle]], atol=1e-6)


def test_features_are_expanded_and_normalised():
    f = expanded(np.array([[1.0, 0.5]]), np.array([[2.0, 0.25]]))
    np.testing.assert_allclose(f, [[1, 0.5, 2, 0.25, *np.exp([-1, -0.5, -2, -0.25])]])
    low, high = np.zeros(8), np.array([2, 1, 4, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(normalised(f, low, high)[0, [0, 1, 2, 3, 8]], [0.5, 0.5, 0.5, 0.25, 1])
    assert np.isfinite(normalised(f, low, low)).all()


def test_the_logistic_function_does_not_overflow():
    np.testing.assert_allclose(logistic(np.array([-1e4, 0.0, 1e4])), [0, 0.5, 1])


def test_detections_of_one_place_are_of_one_person_up_to_37_pixels():
    assert of_one_place(37.5) == pytest.approx(0.5) and of_one_place(0) > 0.999 and of_one_place(60) < 0.02


def test_probabilities_are_those_of_a_literal_loop():
    people = standing([(20, 8), (90, 10), (140, 6)])
    known = with_models(terms(people))
    fields = codec(known=known)
    candidates = fields.decode(outputs(fields, people)).numpy()[0]
    keypoints, chosen = np.nonzero(candidates[..., 2] > 0.2)
    found = candidates[keypoints, chosen].astype("float64")
    pairs, probabilities = pair_probabilities(found, keypoints, known, 4)
    assert len(pairs) == len(found) * (len(found) - 1) / 2
    forward = [tuple(pair) for pair in known.pairs if pair[0] < pair[1]]
    for (i, j), probability in zip(pairs, probabilities, strict=True):
        a, b = keypoints[i], keypoints[j]
        if a == b:
            assert probability == pytest.approx(1 / (1 + math.exp(0.2 * math.dist(found[i, :2], found[j, :2]) - 7.5)))
            continue
        f = []
        for here, there, keypoint in ((i, j, b), (j, i, a)):
            real = found[there, :2] - found[here, 3:5]
            predicted = found[here, 5 + 2 * keypoint : 7 + 2 * keypoint]
            turn = abs(math.atan2(*real[::-1]) - math.atan2(*predicted[::-1]))
            f += [math.dist(real, predicted), min(turn, 2 * math.pi - turn)]
        x = np.array([*f, *np.exp(np.negative(f)), 1])
        expected = 1 / (1 + math.exp(-x @ known.weights[forward.index((a, b))]))
        assert probability == pytest.approx(expected, rel=1e-6)


def test_features_do_not_know_which_detection_comes_first():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 20, (2, 7, 13))
    a, b = np.zeros(7, int), np.full(7, 2)
    there, back = pair_features(first, second, a, b), pair_features(second, first, b, a)
    np.testing.assert_allclose(there, back[:, [2, 3, 0, 1, 6, 7, 4, 5]])
