"""Confidence intervals of rates."""

import numpy as np
import pytest

from tfpose import skeletons
from tfpose.evaluation.intervals import intervals
from tfpose.metrics import PROTOCOLS
from tfpose.metrics.protocol import Pairs


def pairs(found_share, people, seed=0):
    """People of FLIC of whom a share has all keypoints found exactly, the others far away."""
    rng = np.random.default_rng(seed)
    true = np.concatenate([rng.uniform(0, 100, (people, 11, 2)), np.full((people, 11, 1), 2)], -1)
    found = true[..., :2] + np.where(np.arange(people) < found_share * people, 0, 1e4)[:, None, None]
    return Pairs(skeleton=skeletons.FLIC, true=true, found=found)


def test_the_interval_is_that_of_a_binomial_share():
    low, high = intervals(PROTOCOLS["detection_rate"], pairs(0.7, 400), 10, samples=2000)["mean"]
    deviation = 100 * (0.7 * 0.3 / 400) ** 0.5
    assert low == pytest.approx(70 - 1.96 * deviation, abs=0.7) and high == pytest.approx(
        70 + 1.96 * deviation, abs=0.7
    )


def test_what_everybody_has_is_certain():
    found = intervals(PROTOCOLS["detection_rate"], pairs(1.0, 20), 20, samples=50)
    assert {name: tuple(ends) for name, ends in found.items()} == dict.fromkeys(found, (100.0, 100.0))
    assert {"wrist", "left_wrist", "nose", "mean"} <= set(found)


def test_a_threshold_of_another_protocol_is_refused():
    with pytest.raises(ValueError, match="`threshold` must be one of the protocol's. Received: 0.5. Known: 1, 2"):
        intervals(PROTOCOLS["detection_rate"], pairs(1.0, 5), 0.5)
