import numpy as np
import pytest

from tests.metrics.scenes import scenes
from tests.metrics.triangles import PERSON, found, image, measured, moved
from tfpose.metrics.oks import NAMES


def distinct(count, seed=1):
    """Scenes in which no two scores are equal."""
    scores = iter(np.random.default_rng(seed).permutation(100000) / 100000)
    return [(*each[:2], np.array([next(scores) for _ in each[2]])) for each in scenes(count, 3, seed)]


def test_the_order_of_images_does_not_matter():
    images = distinct(60)
    assert measured(*images) == measured(*images[::-1])


def test_the_order_of_people_does_not_matter():
    random = np.random.default_rng(0)
    images = distinct(60)
    shuffled = []
    for people, answer, scores in images:
        order, a = random.permutation(len(people["keypoints"])), random.permutation(len(scores))
        people = people | {name: people[name][order] for name in ("keypoints", "boxes", "areas")}
        shuffled.append((people, answer[a], scores[a]))
    before, after = measured(*images), measured(*shuffled)
    assert [before[name] for name in NAMES] == pytest.approx([after[name] for name in NAMES], abs=1e-12)


def test_of_equal_scores_the_earlier_image_is_first():
    right, wrong = (image(PERSON), found(PERSON)), (image(), found(PERSON))
    assert measured(right, wrong)["AP"] == pytest.approx(1)
    assert measured(wrong, right)["AP"] == pytest.approx(0.5)


@pytest.mark.parametrize("score", [0.0, 0.35, 0.7, 1.1])
def test_more_false_positives_never_raise_ap(score):
    images = [each for each in distinct(80) if len(each[2]) < 20]
    more = [
        (people, np.concatenate([answer, found(moved(5000))]), np.append(scores, score + 1e-7))
        for people, answer, scores in images
    ]
    before, after = measured(*images), measured(*more)
    for name in ("AP", "AP50", "AP75"):
        assert after[name] <= before[name]
    assert after["AR"] == before["AR"]
    assert score < 1 or after["AP"] < before["AP"]
