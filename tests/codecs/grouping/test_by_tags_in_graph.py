import numpy as np
import pytest
import tensorflow as tf

from tests.codecs.grouping.literal_grouping import best_first, scene
from tfpose.codecs.grouping.by_tags import group
from tfpose.codecs.grouping.by_tags_in_graph import greedy_people

RULES = {"max_people": 30, "min_score": 0.1, "tag_distance": 1.0}
HUNGARIAN = {**RULES, "far": 2.0}


@tf.function
def compiled(candidates, **rules):
    return greedy_people(candidates, range(candidates.shape[1]), **rules)


def greedy(candidates, **rules):
    """The people of one image, as `group` gives them."""
    found = compiled(tf.constant(candidates[None]), **{**RULES, **rules}).numpy()[0]
    return best_first(found[found[..., 2].any(axis=1)])


def agreement(spread, gap, people=(1, 5, 15), scenes=3, **options):
    """The share of keypoints that both groupings give to the same person."""
    agreed = total = 0
    for n in people:
        for seed in range(scenes):
            candidates, _ = scene(n, 17, spread=spread, gap=gap, seed=seed, **options)
            a, b = group(candidates, range(17), **HUNGARIAN), greedy(candidates)
            same = (a[:, None] == b).all(axis=-1) & (a[:, None, :, 2] > 0)
            agreed += same.sum(axis=-1).max(axis=1, initial=0).sum()
            total += (a[..., 2] > 0).sum()
    return agreed / total


def test_clear_tags_are_grouped_as_by_the_hungarian_method():
    for seed in range(10):
        candidates, _ = scene(29, 17, gap=3.0, tag_dim=1 + seed % 2, false=0, seed=seed)
        np.testing.assert_array_equal(greedy(candidates), group(candidates, range(17), **HUNGARIAN))


@pytest.mark.parametrize(
    ("spread", "gap", "bound"), [(0.1, 2.0, 0.97), (0.1, 1.0, 0.95), (0.2, 1.0, 0.92), (0.3, 1.0, 0.9)]
)
def test_it_agrees_with_the_hungarian_method(spread, gap, bound):
    assert agreement(spread, gap) > bound


def test_no_more_people_than_there_is_room_for():
    candidates, _ = scene(12, 17, gap=3.0, missing=0)
    found = greedy_people(candidates[None], range(17), **{**RULES, "max_people": 5}).numpy()
    assert found.shape == (1, 5, 17, 3)
    assert (found[..., 2] > 0).sum() >= 5 * 14  # The first five still get their keypoints.


def test_nobody_is_zeros():
    np.testing.assert_array_equal(greedy_people(np.zeros((2, 17, 30, 5), "float32"), range(17), **RULES), 0)


def test_equal_detections_are_given_to_one_person_each():
    candidates = np.zeros((2, 4, 4), "float32")
    candidates[:, :3] = [[10, 10, 0.5, 2.0]] * 3
    found = greedy(candidates)
    assert found.shape == (3, 2, 3) and (found[..., 2] > 0).all()


@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled_and_batched_equal_eager_and_alone(jit_compile):
    candidates = np.stack([scene(n, 4, seed=n)[0] for n in (0, 3, 9)])

    @tf.function(jit_compile=jit_compile, input_signature=[tf.TensorSpec([None, 4, 30, 4])])
    def run(batch):
        return greedy_people(batch, range(4), **RULES)

    found = run(candidates).numpy()
    assert found.shape == (3, 30, 4, 3)
    for each, alone in zip(found, candidates, strict=True):
        np.testing.assert_array_equal(each, greedy_people(alone[None], range(4), **RULES)[0])
