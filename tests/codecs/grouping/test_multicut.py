import itertools
import time

import numpy as np
import pytest

from tests.codecs.grouping.exact_multicut import least, problem
from tfpose.codecs.grouping import multicut as solver
from tfpose.codecs.grouping.multicut import SUPPRESSED, contract, cost, multicut, objective

# Probabilities of detections and pairs → the person of each, and the objective, as the solver of the authors answers.
CASES = [
    ([0.9, 0.8, 0.85, 0.7], {(0, 1): 0.9, (2, 3): 0.8, (0, 2): 0.1, (1, 3): 0.2, (0, 3): 0.05, (1, 2): 0.1},
     [0, 0, 1, 1], -9.748937),
    ([0.9, 0.3], {(0, 1): 0.1}, [0, SUPPRESSED], -2.197225),
    ([0.9, 0.3], {(0, 1): 0.9}, [0, 0], -3.547151),
    ([0.3, 0.25, 0.9], {(0, 1): 0.4, (0, 2): 0.1, (1, 2): 0.1}, [SUPPRESSED, SUPPRESSED, 0], -2.197225),
    ([0.9, 0.9, 0.9], {(0, 1): 0.9, (1, 2): 0.9, (0, 2): 0.02}, [0, 0, 1], -8.788898),
    ([0.9, 0.9, 0.9], {(0, 1): 0.8, (1, 2): 0.7}, [0, 0, 0], -8.825266),
]  # fmt: skip


def arguments(unaries, pairs):
    return cost(unaries), list(pairs), cost(list(pairs.values()))


def same_people(a, b):
    """Whether two answers are the same, whatever their numbers."""
    a, b = np.asarray(a), np.asarray(b)
    together = [(x[:, None] == x) & (x[:, None] != SUPPRESSED) for x in (a, b)]
    return (together[0] == together[1]).all()


@pytest.mark.parametrize(("unaries", "pairs", "people", "expected"), CASES)
def test_the_cases_of_the_authors_solver(unaries, pairs, people, expected):
    given = arguments(unaries, pairs)
    found = multicut(*given)
    assert objective(found, *given) == pytest.approx(expected, abs=1e-6)
    assert same_people(found, people)


def test_the_answers_are_as_good_as_exact_ones():
    gaps = gaps_of(200)
    assert (gaps > 1e-6).mean() <= 0.02, gaps.max()


@pytest.mark.slow
def test_a_thousand_answers_are_as_good_as_exact_ones(record_property):
    gaps = gaps_of(1000)
    record_property("optimal", int((gaps <= 1e-6).sum()))
    record_property("largest_gap", float(gaps.max()))
    print(f"{(gaps <= 1e-6).sum()} of 1000 optimal, largest gap {gaps.max():.4f}")
    assert (gaps > 1e-6).mean() <= 0.02, gaps.max()


def gaps_of(number):
    """How much more than necessary the answers cost, and none more than greedy contraction alone."""
    rng, gaps = np.random.default_rng(0), []
    for _ in range(number):
        given = problem(rng, int(rng.integers(1, 13)))
        value = objective(multicut(*given), *given)
        gaps.append(value - least(*given))
        assert value <= greedy(*given) + 1e-9
    assert min(gaps) > -1e-5  # The exact solver is exact to its own tolerance.
    return np.array(gaps)


def greedy(unaries, pairs, costs):
    weights = np.zeros((len(unaries), len(unaries)))
    weights[tuple(np.reshape(pairs, (-1, 2)).T)] = costs
    found = [contract(unaries, weights + weights.T, suppressing) - 1 for suppressing in (True, False)]
    return min(objective(labels, unaries, pairs, costs) for labels in found)


def test_large_problems_are_solved_no_worse_than_greedily():
    rng = np.random.default_rng(3)
    given = problem(rng, 60)
    assert objective(multicut(*given), *given) < greedy(*given) - 1


def test_the_order_of_detections_and_pairs_changes_nothing():
    rng = np.random.default_rng(1)
    for n in (2, 5, 9, 14, 30):
        unaries, pairs, costs = problem(rng, n)
        before = multicut(unaries, pairs, costs)
        for _ in range(4):
            place, shuffled = rng.permutation(n), rng.permutation(len(pairs))
            moved = np.empty_like(unaries)
            moved[place] = unaries
            turned = place[pairs][shuffled][:, :: rng.choice([-1, 1])]
            assert same_people(multicut(moved, turned, costs[shuffled])[place], before)


def test_the_same_problem_has_the_same_answer():
    given = problem(np.random.default_rng(2), 25)
    np.testing.assert_array_equal(multicut(*given), multicut(*given))


def test_people_are_numbered_in_the_order_of_their_first_detections():
    for seed in range(10):
        found = multicut(*problem(np.random.default_rng(seed), 12))
        firsts = [int(np.flatnonzero(found == i)[0]) for i in range(found.max() + 1)]
        assert firsts == sorted(firsts)
        assert set(found) <= {SUPPRESSED, *range(found.max() + 1)}


def test_suppressed_detections_are_nobodys():
    assert multicut([1.0, 2.0, 0.5], [(0, 1)], [3.0]).tolist() == [SUPPRESSED] * 3
    # One that costs something is kept where its neighbour more than pays for it.
    assert multicut([-3.0, 1.0], [(0, 1)], [-2.0]).tolist() == [0, 0]
    assert multicut([-3.0, 1.0], [(0, 1)], [-0.5]).tolist() == [0, SUPPRESSED]
    # Two that cost something, together less than nothing.
    assert multicut([1.0, 1.0], [(0, 1)], [-2.5]).tolist() == [0, 0]


def test_no_person_can_be_taken_apart_at_no_cost():
    rng = np.random.default_rng(5)
    for _ in range(20):
        unaries, pairs, costs = problem(rng, 15)
        keep = rng.random(len(pairs)) < 0.25
        found = multicut(unaries, pairs[keep], costs[keep])
        for person in range(found.max() + 1):
            reached, edge = set(), {int(np.flatnonzero(found == person)[0])}
            while edge:
                reached |= edge
                both = pairs[keep].tolist()
                near = {v for a, b in both for v in (a, b) if {a, b} & edge and found[v] == person}
                edge = near - reached
            assert reached == set(np.flatnonzero(found == person))


def test_pairs_that_come_twice_add_up_and_loops_are_ignored():
    once = multicut([-1.0, -1.0], [(0, 1)], [0.5])
    twice = multicut([-1.0, -1.0], [(0, 1), (1, 0), (0, 0)], [1.5, -1.0, -9.0])
    np.testing.assert_array_equal(once, twice)
    assert objective([0, 0], [-1.0, -1.0], [(0, 1), (1, 0), (0, 0)], [1.5, -1.0, -9.0]) == pytest.approx(-1.5)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_detections_without_pairs(n):
    assert multicut(np.full(n, -1.0), np.zeros((0, 2)), []).tolist() == [*range(n)]
    assert multicut(np.full(n, 1.0), [], []).tolist() == [SUPPRESSED] * n


def test_equal_detections_have_an_answer_of_the_lowest_cost():
    pairs = [*itertools.combinations(range(6), 2)]
    assert multicut(np.full(6, -1.0), pairs, np.full(15, -1.0)).tolist() == [0] * 6
    assert multicut(np.full(6, -1.0), pairs, np.full(15, 1.0)).tolist() == [*range(6)]
    assert multicut(np.zeros(6), pairs, np.zeros(15)).shape == (6,)


def test_it_stops_in_time_with_an_answer(monkeypatch):
    given = problem(np.random.default_rng(0), 120)
    start = time.monotonic()
    found = multicut(*given, time_limit=0.0)
    assert time.monotonic() - start < 1.0
    assert objective(found, *given) == pytest.approx(greedy(*given))
    monkeypatch.setattr(solver, "improve", lambda labels, *_: labels)
    assert objective(multicut(*given), *given) == pytest.approx(greedy(*given))


def test_the_cost_is_the_logarithm_of_the_odds_against():
    np.testing.assert_allclose(cost([0.5, 0.9, 0.0, 1.0]), [0, np.log(1 / 9), np.log(1e7), -np.log(1e7)], rtol=1e-6)


@pytest.mark.parametrize(
    ("unaries", "pairs", "costs"),
    [([1.0], [(0, 1)], [1.0]), ([1.0, 1.0], [(0, -1)], [1.0]), ([1.0, 1.0], [(0, 1)], [1.0, 2.0])],
)
def test_pairs_must_be_of_detections(unaries, pairs, costs):
    with pytest.raises(ValueError, match="`pairs` must be two indices of `unaries` for each of `costs`. Received: 1"):
        multicut(unaries, pairs, costs)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_costs_must_be_finite(wrong):
    for unaries, costs in (([wrong, 0], [1.0]), ([0, 0], [wrong])):
        with pytest.raises(ValueError, match="must be finite. Received"):
            multicut(unaries, [(0, 1)], costs)
