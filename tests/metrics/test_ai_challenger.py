import json

import numpy as np
import pytest

from tests.metrics.scenes import scenes
from tfpose import skeletons
from tfpose.metrics import AIChallengerScore

SIGMAS = (0.05, 0.1)
PERSON = np.array([[[10, 10, 2], [50, 90, 2]]], "float32")
BOXES = [[0, 0, 60, 100]]


def scored(*images):
    metric = AIChallengerScore(SIGMAS)
    for people, found in images:
        metric.update_state(people, found)
    return metric.result()["score"]


def image(people=PERSON, **more):
    return {"keypoints": people, "boxes": np.repeat(BOXES, len(people), axis=0), **more}


def test_the_organisers_example(real_data):
    """The number was counted once with a port of the organisers' program; three images are not in the predictions."""
    folder = real_data("metric_refs") / "ai_challenger"
    annotated, predicted = (
        json.loads((folder / f"keypoint_{name}_example.json").read_text()) for name in ("annotations", "predictions")
    )
    found = {one["image_id"]: list(one["keypoint_annotations"].values()) for one in predicted}
    metric = AIChallengerScore.of(skeletons.AI_CHALLENGER)
    for one in annotated:
        names = list(one["human_annotations"])
        people = np.reshape([one["keypoint_annotations"][name] for name in names], (-1, 14, 3))
        people[..., 2] = np.array([0, 2, 1, 0])[people[..., 2]]
        boxes = np.array([one["human_annotations"][name] for name in names])
        boxes[:, 2:] -= boxes[:, :2]
        answer = np.reshape(found.get(one["image_id"], []), (-1, 14, 3))
        answer[..., 2] = 1
        metric.update_state({"keypoints": people, "boxes": boxes}, answer)
    assert metric.result()["score"] == pytest.approx(0.99674031, abs=5e-9)


def literal(images):
    """The rule, one number after the other."""
    best, counted = [], 0
    for people, found in images:
        for person, (_, _, width, height) in zip(people["keypoints"], people["boxes"], strict=True):
            likeness = [0.0]
            for other in found:
                values = [
                    np.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * (2 * sigma) ** 2 * (width * height + 1)))
                    for (x, y, v), (a, b, _), sigma in zip(person, other, SIGMAS, strict=True)
                    if v == 2
                ]
                likeness.append(sum(values) / len(values) if values else 0.0)
            best.append(max(likeness))
        counted += max(len(people["keypoints"]), len(found))
    return np.mean([sum(value > step / 100 for value in best) / counted for step in range(50, 100, 5)])


def test_the_score_is_that_of_the_literal_rule():
    images = [(people, found) for people, found, _ in scenes(120, 2)]
    for people, found in images:
        people["ignored_boxes"], people["ignored_crowds"] = (), ()
        found[..., 2] = 0.5
    assert 0.05 < literal(images) < 0.95
    assert scored(*images) == pytest.approx(literal(images), abs=1e-12)


def test_one_found_serves_all_that_are_like_it():
    twins = np.repeat(PERSON, 2, axis=0)
    assert scored((image(twins), PERSON)) == 1


def test_too_many_found_cost_as_much_as_too_many_annotated():
    assert scored((image(), np.repeat(PERSON, 4, axis=0))) == 0.25
    assert scored((image(np.concatenate([PERSON, PERSON + [300, 0, 0]])), PERSON)) == 0.5


def test_occluded_keypoints_do_not_count():
    person = PERSON.copy()
    person[0, 1, 2] = 1
    assert scored((image(person), PERSON + [[[0, 0, 0], [900, 0, 0]]])) == 1
    person[0, :, 2] = 1
    assert scored((image(person), PERSON)) == 0


def test_people_without_keypoints_are_missed_and_crowds_are_not():
    regions = {"ignored_boxes": np.zeros((2, 4)), "ignored_crowds": [0, 1]}
    assert scored((image(**regions), PERSON)) == 0.5


def test_likeness_must_be_above_the_threshold():
    sigma, area = 0.1, 2 * 4 + 1  # One pixel more than the box.
    distance = np.sqrt(-8 * sigma**2 * area * np.log(0.8))
    person = PERSON.copy()
    person[0, 0, 2] = 0
    for factor, hits in ((0.999, 7), (1.001, 6)):  # Of 0.5, 0.55 … 0.95; the seventh is 0.8.
        found = PERSON + [[[0, 0, 0], [factor * distance, 0, 0]]]
        assert scored(({"keypoints": person, "boxes": [[0, 0, 2, 4]]}, found)) == pytest.approx(hits / 10)


def test_the_order_of_people_and_images_does_not_matter():
    images = [(people, found) for people, found, _ in scenes(40, 2)]
    turned = [
        (people | {name: people[name][::-1] for name in ("keypoints", "boxes")}, found[::-1])
        for people, found in images[::-1]
    ]
    assert scored(*images) == pytest.approx(scored(*turned), abs=1e-12)


def test_nobody_annotated_or_found():
    nobody = PERSON[:0]
    assert np.isnan(scored())
    assert np.isnan(scored((image(nobody), nobody)))
    assert scored((image(nobody), PERSON)) == scored((image(), nobody)) == 0


def test_a_reset_score_starts_anew():
    metric = AIChallengerScore(SIGMAS)
    metric.update_state(image(), PERSON[:0])
    metric.reset_state()
    metric.update_state(image(), PERSON)
    assert metric.result() == {"score": 1}


def test_other_keypoints_are_refused():
    with pytest.raises(ValueError, match=r"`found` must be \[N, 2, 3\]. Received: \[1, 1, 3\]"):
        AIChallengerScore(SIGMAS).update_state(image(), PERSON[:, :1])
