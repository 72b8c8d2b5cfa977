import numpy as np
import pytest

from tfpose.codecs.completion import complete
from tfpose.metrics.annotations import person_scores

H, W, K = 12, 16, 3


def scene(tag_dim=1, seed=0):
    """Maps of random numbers, and two people: one lacks his last keypoint, the other all but the first."""
    rng = np.random.default_rng(seed)
    heatmaps, tags = rng.uniform(0.01, 1, (H, W, K)), rng.uniform(-2, 2, (H, W, K * tag_dim))
    people = np.zeros((2, K, 3), "float32")
    people[0, :2] = [[5.5, 9.5, 0.9], [30.5, 20.5, 0.8]]
    people[1, 0] = [50.5, 40.5, 0.7]
    return people, heatmaps, tags


def literal(people, heatmaps, tags):
    """Cell by cell, as the authors' code does it but for the score (1) and the border."""
    tags = tags.reshape(H, W, K, -1)
    people = people.copy()
    for person in people:
        place = {k: (int((y + 0.5) // 4), int((x + 0.5) // 4)) for k, (x, y, score) in enumerate(person) if score > 0}
        mean = np.mean([tags[*cell, k] for k, cell in place.items()], axis=0)
        for k in set(range(K)) - set(place):
            rated = {
                (i, j): heatmaps[i, j, k] - np.round(np.linalg.norm(tags[i, j, k] - mean)) for i, j in np.ndindex(H, W)
            }
            i, j = max(rated, key=rated.get)
            steps = []
            for di, dj in ((0, 1), (1, 0)):
                before, after = (
                    heatmaps[i + s * di, j + s * dj, k] if 0 <= i + s * di < H and 0 <= j + s * dj < W else 0
                    for s in (-1, 1)
                )
                steps.append(0.25 * np.sign(after - before))
            person[k] = 4 * (j + steps[0] + 0.5) - 0.5, 4 * (i + steps[1] + 0.5) - 0.5, 1e-6
    return people


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("tag_dim", [1, 2])
def test_it_completes_as_the_literal_version(seed, tag_dim):
    people, heatmaps, tags = scene(tag_dim, seed)
    found = complete(people, heatmaps, tags, 4)
    np.testing.assert_allclose(found, literal(people, heatmaps, tags), rtol=1e-6)
    assert (found[..., 2] > 0).all()


def test_what_was_found_stays():
    people, heatmaps, tags = scene()
    before = people.copy()
    found = complete(people, heatmaps, tags, 4)
    np.testing.assert_array_equal(people, before)
    np.testing.assert_array_equal(found[0, :2], before[0, :2])


def test_people_keep_their_scores():
    people, heatmaps, tags = scene()
    found = complete(people, heatmaps, tags, 4)
    np.testing.assert_allclose(person_scores(found), person_scores(people), rtol=1e-5)


def test_nothing_is_filled_in_where_there_is_nothing():
    people, heatmaps, tags = scene()
    np.testing.assert_array_equal(complete(people, np.zeros_like(heatmaps), tags, 4), people)


def test_nobody_stays_nobody():
    _, heatmaps, tags = scene()
    assert complete(np.zeros((0, K, 3), "float32"), heatmaps, tags, 4).shape == (0, K, 3)
