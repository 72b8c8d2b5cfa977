import numpy as np
import pytest

from tfpose.models.pairwise_prior import pairwise_prior

BINOMIAL = np.outer(*[np.array([1, 8, 28, 56, 70, 56, 28, 8, 1]) / 256] * 2)


def person(*points):
    return np.array([points], "float32")


def test_one_person_gives_the_binomial_around_its_displacement():
    prior = pairwise_prior(person((16, 8, 2), (0, 24, 1)), [(0, 1), (1, 0)], (12, 16), stride=8)
    assert prior.shape == (2, 23, 31)
    # Two columns to the right, two rows up: from the middle [11, 15] to [9, 17].
    expected = np.zeros((23, 31))
    expected[5:14, 13:22] = BINOMIAL
    np.testing.assert_allclose(prior[0], expected, atol=1e-7)
    np.testing.assert_allclose(prior[1], expected[::-1, ::-1], atol=1e-7)


def test_people_count_equally():
    people = np.concatenate([person((0, 0, 2), (0, 0, 2)), person((10, 0, 2), (0, 0, 2))])
    prior = pairwise_prior(people, [(0, 1)], (12, 20))[0]
    assert prior[11, 19] == pytest.approx(BINOMIAL[4, 4] / 2)
    assert prior[11, 29] == pytest.approx(BINOMIAL[4, 4] / 2)


def test_who_is_not_annotated_or_does_not_fit_the_map_does_not_count():
    there = person((3, 2, 2), (1, 1, 2))
    others = np.concatenate([person((5, 5, 0), (0, 0, 2)), person((5, 5, 2), (0, 0, 0)), person((9, 0, 2), (1, 0, 2))])
    np.testing.assert_array_equal(
        pairwise_prior(np.concatenate([there, others]), [(0, 1)], (8, 8)), pairwise_prior(there, [(0, 1)], (8, 8))
    )


def test_a_pair_never_seen_is_even():
    prior = pairwise_prior(person((3, 2, 0), (1, 1, 2)), [(0, 1)], (3, 4))
    np.testing.assert_allclose(prior, 1 / 35)


def test_each_sums_to_one_also_where_the_binomial_is_cut():
    people = np.random.default_rng(0).uniform(0, 6, (20, 3, 3))
    prior = pairwise_prior(people, [(0, 1), (0, 2), (1, 2)], (6, 7))
    np.testing.assert_allclose(prior.sum(axis=(1, 2)), 1, rtol=1e-5)
    assert prior.dtype == np.float32


def test_mirrored_people_have_the_mirrored_prior():
    people = np.random.default_rng(0).uniform(0, 6, (20, 2, 3))
    mirrored = people * [-1, 1, 1] + [6, 0, 0]
    prior, of_mirrored = (pairwise_prior(p, [(0, 1)], (7, 7)) for p in (people, mirrored))
    np.testing.assert_allclose(of_mirrored, prior[:, :, ::-1], rtol=1e-5)
