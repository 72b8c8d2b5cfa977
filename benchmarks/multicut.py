"""Times the grouping of detections into people, and shows how much it saves over greedy contraction alone.

python benchmarks/multicut.py [--nodes 20 60 120 200] [--problems=10]
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from tfpose.codecs.grouping.multicut import contract, cost, multicut, objective


def main():
    """Prints the table."""
    asked = _parse()
    print(f"mean of {asked.problems} problems: milliseconds (slowest), objective, greedy contraction alone")
    print(f"{'':10}{'nodes':>6}{'ms':>10}{'slowest':>10}{'objective':>12}{'greedy':>12}")
    for name, draw in {"people": _people, "random": _random}.items():
        for n in asked.nodes:
            problems = [draw(np.random.default_rng(seed), n) for seed in range(asked.problems)]
            times, values = zip(*(_timed(*problem) for problem in problems), strict=True)
            greedy = np.mean([_greedy(*problem) for problem in problems])
            print(
                f"{name:10}{n:6}{1000 * np.mean(times):10.1f}{1000 * max(times):10.1f}"
                f"{np.mean(values):12.3f}{greedy:12.3f}",
                flush=True,
            )


def _people(rng, n):
    """What a network of fair quality finds: a person per 16 detections, some detections false."""
    person, pairs = rng.integers(-1, max(1, n // 16), n), _pairs(n)
    together = (person[pairs[:, 0]] == person[pairs[:, 1]]) & (person[pairs[:, 0]] >= 0)
    found = np.where(person < 0, rng.beta(2, 4, n), rng.beta(5, 2, n)).clip(0.2, 0.99)
    joined = np.where(together, rng.beta(4, 2, len(pairs)), rng.beta(1.5, 5, len(pairs)))
    return cost(found), pairs, cost(joined)


def _random(rng, n):
    """Every probability alike: as hard as it gets."""
    pairs = _pairs(n)
    return cost(rng.uniform(0.02, 0.98, n)), pairs, cost(rng.uniform(0.02, 0.98, len(pairs)))


def _pairs(n):
    return np.stack(np.triu_indices(n, 1), axis=1)


def _timed(unaries, pairs, costs):
    start = time.perf_counter()
    found = multicut(unaries, pairs, costs, time_limit=10.0)
    return time.perf_counter() - start, objective(found, unaries, pairs, costs)


def _greedy(unaries, pairs, costs):
    weights = np.zeros((len(unaries), len(unaries)))
    weights[tuple(pairs.T)] = costs
    found = [contract(unaries, weights + weights.T, suppressing) - 1 for suppressing in (True, False)]
    return min(objective(labels, unaries, pairs, costs) for labels in found)


def _parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--nodes", type=int, nargs="+", default=[20, 60, 120, 200])
    parser.add_argument("--problems", type=int, default=10)
    return parser.parse_args()


if __name__ == "__main__":
    main()
