import numpy as np
import pytest

from tests.codecs.crowd import codec, outputs, standing, terms, with_models

PLACES = [(20, 8), (90, 10), (140, 6)]


@pytest.mark.parametrize("stages", [[(0, 1), (2, 3)], [(3,), (2,), (1,), (0,)], [(0, 1, 2, 3)]])
def test_stages_find_the_same_people_where_there_is_no_doubt(stages):
    people = standing(PLACES)
    known = with_models(terms(people))
    whole, staged = codec(known=known), codec(known=known, stages=stages)
    candidates = whole.decode(outputs(whole, people)).numpy()[0]
    np.testing.assert_allclose(staged.group(candidates), whole.group(candidates), atol=1e-4)
    assert staged.get_config()["stages"] == tuple(stages)


def test_what_an_earlier_stage_decided_stays():
    """A second keypoint 0 far away would be told apart, but for the first stage; what that dropped is gone."""
    people = standing([(60, 8)])
    known = with_models(terms(people))
    fields = codec(known=known, stages=[(0,), (1, 2, 3)])
    candidates = fields.decode(outputs(fields, people)).numpy()[0]
    candidates[0, 1:, 2] = 0
    candidates[0, 0, 2] = 0.4  # Alone it is less likely than not; with the others it would be kept.
    assert (codec(known=known).group(candidates)[0, :, 2] > 0).all()
    assert (fields.group(candidates)[0, :, 2] > 0).tolist() == [False, True, True, True]
