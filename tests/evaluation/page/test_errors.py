import numpy as np
import pytest

from tests.evaluation.synthetic_people import PEOPLE, Crowds, Finder
from tests.evaluation.synthetic_results import SKELETON, MadeUpPredictor, MadeUpRecords, person
from tfpose.evaluation.multi_person import evaluate_people
from tfpose.evaluation.page.errors import errors_of
from tfpose.evaluation.single_person import evaluate_single_person
from tfpose.metrics.error_kinds import KINDS


def single(people, found):
    """The errors of what is found for each annotated person, in turn."""
    records = MadeUpRecords(people)
    found = [{"heatmaps": keypoints} for keypoints in found]
    return errors_of(evaluate_single_person(MadeUpPredictor(found), records), records)


def several(people, found, **options):
    records = Crowds([np.float32(each).reshape(-1, 3, 3) for each in people], **options)
    found = [np.float32(each).reshape(-1, 3, 3) for each in found]
    return errors_of(evaluate_people(Finder(found), records), records)


def counted(errors):
    return dict(zip(KINDS, errors.shares().sum(axis=0).tolist(), strict=True))


def test_keypoints_in_their_places_are_good():
    errors = single([[person()], [person(missing=["nose"])]], [person(), person((0.5, 0))])
    assert counted(errors) == {"good": 21, "jitter": 0, "inversion": 0, "swap": 0, "miss": 0}
    assert errors.oks[0] == 1 and 0.99 < errors.oks[1] < 1
    assert (errors.ids, errors.persons.tolist(), errors.false) == (["image 0", "image 1"], [0, 0], [])
    assert np.isnan(errors.likeness).sum() == 1 and errors.unfound == 0


def test_exchanged_sides_are_inversions_by_keypoint():
    found = person()[SKELETON.flip]
    errors = single([[person()]], [found])
    assert counted(errors)["inversion"] == 10 and errors.shares()[SKELETON.keypoints.index("nose")].tolist() == [
        1,
        0,
        0,
        0,
        0,
    ]


def test_another_person_of_the_image_is_a_swap_and_a_double_annotation_is_not():
    pair = [person(), person((90, 0))]
    errors = single([pair], [pair[1], pair[1]])
    assert counted(errors) == {"good": 11, "jitter": 0, "inversion": 0, "swap": 11, "miss": 0}
    double = [person(), person((1, 0))]
    assert counted(single([double], [double[1], double[0]]))["swap"] == 0


def test_of_several_outputs_the_last_is_taken():
    records = MadeUpRecords([[person()]])
    predictor = MadeUpPredictor([{"part_heatmaps": person((90, 0)), "heatmaps": person()}])
    outputs = {"detector": "part_heatmaps", "spatial model": "heatmaps"}
    assert errors_of(evaluate_single_person(predictor, records, outputs=outputs), records).oks.tolist() == [1]


def test_people_are_matched_and_who_is_left_is_counted():
    excess = PEOPLE[:1] + np.float32([0, -15, 0])
    errors = several([PEOPLE, PEOPLE[:1], []], [PEOPLE[::-1], [], excess])
    assert errors.ids == ["image 0", "image 0", "image 1"] and errors.persons.tolist() == [0, 1, 0]
    assert errors.oks.tolist() == [1, 1, 0] and errors.unfound == 1
    assert counted(errors) == {"good": 6, "jitter": 0, "inversion": 0, "swap": 0, "miss": 3}
    ((image, score, keypoints),) = errors.false
    assert (image, score) == ("image 2", pytest.approx(5 / 3)) and keypoints.shape == (3, 3)


def test_the_metric_is_that_of_the_evaluation():
    errors = several([PEOPLE, PEOPLE], [PEOPLE, PEOPLE[:1] + np.float32([3, 0, 0])])
    records = Crowds([PEOPLE, PEOPLE])
    result = evaluate_people(Finder([PEOPLE, PEOPLE[:1] + np.float32([3, 0, 0])]), records)
    assert errors.metric.result() == pytest.approx(result["results"]["oks"], nan_ok=True)
    recall, precision = errors.metric.curves()
    assert recall.shape == precision.shape == (10, 3) and recall[0].tolist() == [0.25, 0.5, 0.75]
    assert precision[0].tolist() == [1, 1, 1]


def test_scores_are_grouped_by_their_order():
    found = person()
    found[:, 2] = np.linspace(0.1, 0.9, len(found))
    found[:5, 0] += 300
    errors = single([[person()]] * 4, [found] * 4)
    scores, right = errors.reliability(groups=2)
    np.testing.assert_allclose(right, [2 / 22, 1])
    assert scores[0] < scores[1]
    assert len(errors.reliability(groups=9)[0]) == 2  # 44 keypoints are too few for more.


def test_without_annotated_people_there_is_no_report():
    with pytest.raises(ValueError, match="There must be an annotated person for a report"):
        several([[]], [[]])
