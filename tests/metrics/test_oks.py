import numpy as np
import pytest

from tests.metrics.triangles import PERSON, SIGMAS, found, image, measured, moved
from tfpose.metrics import OKS
from tfpose.metrics.oks import NAMES, oks


def test_oks_is_the_mean_likeness_of_the_annotated_keypoints():
    true = PERSON.copy()
    true[0, 2, 2] = 0
    distances = np.array([3.0, 4.0])
    answer = moved(0)
    answer[0, 0, 0] += 3
    answer[0, 1, 1] += 4
    answer[0, 2] = 1000  # Not annotated.
    expected = np.exp(-(distances**2) / (8 * np.array(SIGMAS[:2]) ** 2 * 4000)).mean()
    np.testing.assert_allclose(oks(true, answer, [4000], SIGMAS), [[expected]], rtol=1e-12)


def test_oks_compares_everyone_with_everyone():
    true = np.concatenate([PERSON, moved(5), moved(200)])
    alike = oks(true, true[:2], [4000] * 3, SIGMAS)
    assert alike.shape == (3, 2)
    assert alike[0, 0] == alike[1, 1] == 1
    assert alike[0, 1] == pytest.approx(alike[1, 0])
    assert 0.5 < alike[0, 1] < 1 and alike[2].max() < 0.1


def test_oks_does_not_depend_on_the_size_of_the_image():
    np.testing.assert_allclose(
        oks(3 * PERSON, 3 * moved(7), [9 * 4000], SIGMAS), oks(PERSON, moved(7), [4000], SIGMAS), rtol=1e-12
    )


def test_people_without_keypoints_are_like_those_in_or_near_their_box():
    nobody = np.zeros((1, 3, 3))
    boxes = [[0, 0, 60, 100]]
    alike = oks(nobody, np.concatenate([PERSON, moved(60), moved(90), moved(900)]), [4000], SIGMAS, boxes)[0]
    assert alike[0] == alike[1] == 1  # The box is taken three times as large.
    assert 0 < alike[2] < 1 and alike[3] < 1e-9
    assert oks(nobody, PERSON, [4000], SIGMAS) == 0


def test_nobody_compares_with_nobody():
    assert oks(PERSON[:0], PERSON, [], SIGMAS).shape == (0, 1)
    assert oks(PERSON, PERSON[:0], [4000], SIGMAS).shape == (1, 0)


def test_everyone_found_is_one():
    result = measured((image(PERSON, moved(300)), found(PERSON, moved(300))))
    assert list(result) == list(NAMES)
    assert result["AP"] == result["AR"] == result["APm"] == pytest.approx(1)
    assert np.isnan(result["APl"]) and np.isnan(result["ARl"])


def test_half_of_them_found_is_half():
    result = measured((image(PERSON, moved(300)), found(PERSON)))
    assert result["AR"] == 0.5
    assert result["AP"] == pytest.approx(51 / 101)  # Recall is looked at in hundredths, 0 and 0.5 included.


def test_someone_found_twice_is_wrong_once():
    twice = found(PERSON, moved(1), moved(300), scores=[0.9, 0.8, 0.7])
    result = measured((image(PERSON, moved(300)), twice))
    assert result["AP50"] == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_those_found_first_are_matched_first():
    """The better one comes later and finds the person taken."""
    result = measured((image(PERSON), found(moved(8), PERSON, scores=[0.9, 0.1])))
    assert result["AP50"] == pytest.approx(1)
    assert result["AR"] == 1  # At high thresholds the second one is the match.
    assert result["AP"] < 1


def test_scores_of_people_may_be_given():
    people, answer = image(PERSON), found(PERSON, moved(300))
    for scores, expected in (([0.9, 0.1], 1), ([0.1, 0.9], 0.5)):
        assert measured((people, answer, scores))["AP"] == pytest.approx(expected)


def test_people_in_ignored_regions_are_neither_right_nor_wrong():
    wrong = found(PERSON, moved(300), scores=[0.5, 0.9])
    region = {"ignored_boxes": [[290, 0, 80, 110]], "ignored_areas": [5000.0], "ignored_crowds": [0]}
    assert measured((image(PERSON), wrong))["AP"] == pytest.approx(0.5)
    assert measured((image(PERSON, **region), wrong))["AP"] == pytest.approx(1)
    twice = found(PERSON, moved(300), moved(301), scores=[0.5, 0.9, 0.9])
    assert measured((image(PERSON, **region), twice))["AP"] == pytest.approx(0.5)
    region["ignored_crowds"] = [1]  # There can be many in a crowd.
    assert measured((image(PERSON, **region), twice))["AP"] == pytest.approx(1)


def test_only_the_best_twenty_people_count():
    scores = np.linspace(0.9, 0.1, 21)
    strangers = [moved(500 + 100 * i) for i in range(20)]
    assert measured((image(PERSON), found(*strangers, PERSON, scores=scores)))["AR"] == 0
    assert measured((image(PERSON), found(*strangers[1:], PERSON, scores=scores[1:])))["AR"] == 1


def test_nobody_annotated_is_no_number_and_nobody_found_is_zero():
    assert all(map(np.isnan, measured().values()))
    assert all(map(np.isnan, measured((image(), found())).values()))
    assert all(map(np.isnan, measured((image(), found(PERSON))).values()))
    nobody = measured((image(PERSON), found()))
    assert nobody["AP"] == nobody["AR"] == nobody["APm"] == 0
    assert np.isnan(nobody["APl"])


def test_a_reset_metric_starts_anew():
    metric = OKS(SIGMAS)
    metric.update_state(image(PERSON), found())
    metric.reset_state()
    metric.update_state(image(PERSON), found(PERSON))
    assert metric.result()["AP"] == pytest.approx(1)


def test_results_can_be_asked_for_between_images():
    metric = OKS(SIGMAS)
    metric.update_state(image(PERSON), found(PERSON))
    assert metric.result()["AR"] == 1
    metric.update_state(image(PERSON), found())
    assert metric.result()["AR"] == 0.5


@pytest.mark.parametrize(
    ("people", "answer", "scores", "message"),
    [
        (image(PERSON), PERSON[:, :2], None, r"`found` must be \[N, 3, 3\]. Received: \[1, 2, 3\]"),
        (image(PERSON), PERSON[0], None, r"`found` must be .*Received: \[3, 3\]"),
        ({"keypoints": PERSON[..., :2]}, PERSON, None, r"`keypoints` must be .*Received: \[1, 3, 2\]"),
        (image(PERSON), found(PERSON), [0.5, 0.5], "`scores` must be 1 numbers"),
        (image(PERSON), found(PERSON), [np.nan], "`scores` must be 1 numbers"),
    ],
)
def test_what_cannot_be_compared_is_refused(people, answer, scores, message):
    with pytest.raises(ValueError, match=message):
        OKS(SIGMAS).update_state(people, answer, scores)


@pytest.mark.parametrize("sigmas", [(), (0.1, 0), [[0.1]]])
def test_falloffs_must_be_positive(sigmas):
    with pytest.raises(ValueError, match="`sigmas` must be positive"):
        OKS(sigmas) if sigmas else OKS(np.array(0.0))


@pytest.mark.parametrize(
    ("area", "medium", "large"),
    [(32**2 - 1, 0, 0), (32**2, 1, 0), (96**2 - 1, 1, 0), (96**2, 1, 1), (96**2 + 1, 0, 1)],
)
def test_medium_people_have_32_to_96_pixels_squared_and_large_ones_96_or_more(area, medium, large):
    """The ranges of COCO, ends included, by the area of the annotated person."""
    result = measured((image(PERSON, areas=[area]), found(PERSON)))
    for name, counted in (("APm", medium), ("ARm", medium), ("APl", large), ("ARl", large)):
        assert result[name] == pytest.approx(1) if counted else np.isnan(result[name])
    assert result["AP"] == pytest.approx(1)
