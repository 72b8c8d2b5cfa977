import numpy as np
import pytest

from tests.metrics.scenes import scenes
from tfpose import skeletons
from tfpose.metrics import MPIIMulti

NAMES = ("right_wrist", "left_wrist", "pelvis", "head_top", "neck")
KEPT = (0, 1, 3, 4)
PERSON = np.array([[[10, 10, 2], [50, 10, 2], [30, 50, 2], [30, 0, 2], [30, 20, 2]]], "float32")


def image(*people, head=10.0):
    people = np.concatenate([*people, np.zeros((0, 5, 3))])
    return {"keypoints": people, "head_sizes": np.full(len(people), head)}


def found(*people, scores=None):
    people = np.concatenate([*people, np.zeros((0, 5, 3))])
    people[..., 2] = 1 if scores is None else np.array(scores)[:, None]
    return people


def moved(x, person=PERSON):
    return person + [x, 0, 0]


def measured(*images):
    metric = MPIIMulti(NAMES)
    for each in images:
        metric.update_state(*each)
    return metric.result()


def literal(images):
    """The rule of evaluateAP, loop by loop. Returns AP by keypoint, NaN of those that nobody has."""
    rows, counted = {k: [] for k in KEPT}, dict.fromkeys(KEPT, 0)
    for people, answer in images:
        truth, heads = people["keypoints"], people["head_sizes"]
        near = np.zeros((len(answer), len(truth), len(NAMES)), bool)
        part = np.zeros((len(answer), len(truth)))
        for m in range(len(answer)):
            for n in range(len(truth)):
                for k in KEPT:
                    if truth[n, k, 2] > 0 and answer[m, k, 2] > 0:
                        distance = np.sqrt(((truth[n, k, :2] - answer[m, k, :2]) ** 2).sum())
                        near[m, n, k] = distance / heads[n] <= 0.5
                annotated = sum(truth[n, k, 2] > 0 for k in KEPT)
                part[m, n] = near[m, n].sum() / annotated if annotated else 0
        for m in range(len(answer)):
            best = int(np.argmax(part[m])) if len(truth) else -1
            for n in range(len(truth)):
                if n != best:
                    part[m, n] = 0
        finder = [int(np.argmax(part[:, n])) if len(answer) and part[:, n].max() > 0 else -1 for n in range(len(truth))]
        for m in range(len(answer)):
            for k in KEPT:
                if answer[m, k, 2] > 0:
                    right = bool(near[m, finder.index(m), k]) if m in finder else False
                    rows[k].append((answer[m, k, 2], right))
        for k in KEPT:
            counted[k] += int((truth[:, k, 2] > 0).sum())
    return [area(rows[k], counted[k]) for k in KEPT]


def area(rows, counted):
    """The area under precision over recall as in the VOC challenge of 2011."""
    if not counted:
        return np.nan
    right, points = 0, [(0.0, 0.0)]
    for i, (_, hit) in enumerate(sorted(rows, key=lambda row: -row[0])):
        right += hit
        points.append((right / counted, right / (i + 1)))
    total = 0.0
    for i in range(1, len(points)):
        if points[i][0] != points[i - 1][0]:
            total += (points[i][0] - points[i - 1][0]) * max(precision for _, precision in points[i:])
    return total


def made_up(count, seed=0):
    for people, answer, _ in scenes(count, 5, seed):
        sizes = np.sqrt(people["areas"])
        yield {"keypoints": people["keypoints"], "head_sizes": 0.15 * sizes}, answer


@pytest.mark.parametrize("seed", range(8))
def test_the_numbers_are_those_of_the_literal_rule(seed):
    images = list(made_up(40, seed))
    expected = literal(images)
    assert 0.05 < np.mean(expected) < 0.95
    result = measured(*images)
    np.testing.assert_allclose([result[NAMES[k]] for k in KEPT], expected, rtol=0, atol=1e-12)
    assert result["mean"] == pytest.approx(np.mean(expected))


def test_small_scenes_agree_one_by_one():
    for each in made_up(150, seed=9):
        result = measured(each)
        np.testing.assert_allclose([result[NAMES[k]] for k in KEPT], literal([each]), rtol=0, atol=1e-12)


def test_sides_and_head_are_means_and_the_pelvis_does_not_count():
    answer = found(PERSON)
    answer[0, NAMES.index("left_wrist")] = 0
    answer[0, NAMES.index("neck"), 0] += 100
    answer[0, NAMES.index("pelvis"), 0] += 100
    result = measured((image(PERSON), answer))
    assert list(result) == ["wrist", "right_wrist", "left_wrist", "head_top", "neck", "head", "mean"]
    assert list(result.values()) == [0.5, 1, 0, 1, 0, 0.5, 0.5]


def test_half_a_head_is_near_enough():
    assert measured((image(PERSON), found(moved(5))))["mean"] == 1
    assert measured((image(PERSON), found(moved(5.01))))["mean"] == 0
    assert measured((image(PERSON, head=10.02), found(moved(5.01))))["mean"] == 1


def test_only_one_finder_of_a_person_is_right():
    worse = moved(1)
    worse[0, 0] += 100
    result = measured((image(PERSON), found(worse, PERSON, scores=[0.9, 0.3])))
    assert result["mean"] == 0.5  # Of the worse one, the right keypoints are wrong, too, and come first.


def test_a_finder_of_two_people_keeps_the_better():
    truth = image(PERSON, moved(4))
    truth["keypoints"][0, 0, 0] = 900
    result = measured((truth, found(moved(4))))
    assert result["left_wrist"] == 0.5


def test_a_keypoint_that_is_not_annotated_is_wrong():
    truth = image(PERSON, moved(300))
    truth["keypoints"][0, 0] = 0
    result = measured((truth, found(PERSON, moved(300), scores=[0.9, 0.8])))
    assert result["right_wrist"] == 0.5 and result["left_wrist"] == 1


def test_the_order_of_images_does_not_matter():
    images = list(made_up(60))
    assert measured(*images) == measured(*images[::-1])


def test_the_order_of_people_does_not_matter():
    truth, answer = (
        image(PERSON, moved(100), moved(200)),
        found(moved(101), moved(203), moved(9), scores=[0.3, 0.2, 0.4]),
    )
    answer[0, 1, 0] += 50
    results = [
        measured(({name: values[turn] for name, values in truth.items()}, answer[order]))
        for turn, order in (([0, 1, 2], [0, 1, 2]), ([2, 0, 1], [1, 0, 2]))
    ]
    assert results[0] == results[1]
    assert 0 < results[0]["left_wrist"] < results[0]["right_wrist"] < 1


def test_more_false_positives_never_raise_ap():
    images = list(made_up(60))
    for score in (0.05, 0.5, 2):
        more = [(people, np.concatenate([answer, found(moved(5000), scores=[score])])) for people, answer in images]
        before, after = measured(*images), measured(*more)
        assert all(after[name] <= before[name] for name in before)
    assert after["mean"] < before["mean"]


def test_nobody_annotated_or_found():
    assert all(map(np.isnan, measured().values()))
    assert all(map(np.isnan, measured((image(), found(PERSON))).values()))
    assert measured((image(PERSON), found()))["mean"] == 0
    assert measured((image(), found(PERSON, scores=[0.9])), (image(PERSON), found(PERSON, scores=[0.5])))["mean"] == 0.5


def test_a_reset_metric_starts_anew():
    metric = MPIIMulti(NAMES)
    metric.update_state(image(PERSON), found())
    metric.reset_state()
    metric.update_state(image(PERSON), found(PERSON))
    assert metric.result()["mean"] == 1


def test_fourteen_keypoints_of_mpii_count():
    metric = MPIIMulti.of(skeletons.MPII)
    person = np.concatenate([np.random.default_rng(0).uniform(0, 100, (1, 16, 2)), np.ones((1, 16, 1))], axis=-1)
    metric.update_state({"keypoints": person, "head_sizes": [8]}, person)
    assert {"ankle", "head", "mean"} <= set(metric.result()) and "pelvis" not in metric.result()
    assert set(metric.result().values()) == {1}


@pytest.mark.parametrize(
    ("people", "answer", "message"),
    [
        (image(PERSON, head=0), PERSON, "`head_sizes` must be positive"),
        (image(PERSON), PERSON[:, :3], r"`found` must be \[N, 5, 3\]"),
    ],
)
def test_what_cannot_be_measured_is_refused(people, answer, message):
    with pytest.raises(ValueError, match=message):
        MPIIMulti(NAMES).update_state(people, answer)
