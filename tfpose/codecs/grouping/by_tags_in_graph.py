"""Groups detections into people by their tags inside the graph, for exports: greedy matching."""

import numpy as np
from keras import ops

ROUNDS = 3  # Rounds of matching; more do not change the result on generated scenes with well-separated tags.
FAR = 1e9


def greedy_people(candidates, order, *, max_people, min_score, tag_distance):
    """Groups as `by_tags.group` does, but with a few rounds of greedy matching instead of the Hungarian method.

    In each round a detection is assigned to the person nearest by tag if it is the best-scoring one of those near that
    person. After `max_people` people no new ones are started.

    Args:
        candidates: `[B, K, M, 3 + D]`: x, y, score, tags.
        order: K indices of keypoints in the order of grouping.
        max_people: N, maximum number of people.
        min_score: Only detections with a higher score are grouped.
        tag_distance: Maximum distance of a detection from its person, as root mean square over the tag dimensions.

    Returns:
        People `[B, N, K, 3]`: `(x, y, score)`, zeros where a keypoint was not found, and for padding.
    """
    order = ops.convert_to_tensor(np.array(order, "int32"))

    def step(i, state):
        sums, counts, found = state
        keypoint = ops.take(order, i)
        detections = ops.take(candidates, keypoint, axis=1)
        owned = _owners(detections, sums, counts, min_score, tag_distance)
        placed = ops.sum(ops.where(owned[..., None], detections[:, :, None], 0.0), axis=1)
        here = ops.equal(ops.arange(candidates.shape[1], dtype="int32"), keypoint)
        return (
            sums + placed[..., 3:],
            counts + ops.cast(ops.any(owned, axis=1), "float32"),
            ops.where(here[:, None], placed[:, :, None, :3], found),
        )

    nobody = ops.zeros_like(candidates[:, :1, 0]) + np.zeros((1, max_people, 1), "float32")
    found = nobody[:, :, None, :3] + np.zeros((1, 1, candidates.shape[1], 1), "float32")
    return ops.fori_loop(0, candidates.shape[1], step, (nobody[..., 3:], nobody[..., 0], found))[2]


def _owners(detections, sums, counts, min_score, tag_distance):
    """Assignment `bool [B, M, N]` of detections `[B, M, 3 + D]` to people with given sums of tags, or to new people."""
    there = detections[..., 2] > min_score
    mean = sums / ops.maximum(counts, 1.0)[..., None]
    distances = ops.sqrt(ops.mean(ops.square(detections[:, :, None, 3:] - mean[:, None]), axis=-1))
    near = there[..., None] & (counts > 0)[:, None] & (distances < tag_distance)
    crowded = ops.sum(there, axis=1) > ops.sum(counts > 0, axis=1)
    rest = ops.where(crowded[:, None, None], -detections[..., 2:3], distances)
    return _with_new_people(there, _match(near, distances, 100 * ops.round(distances) + rest), counts)


def _match(near, distances, costs):
    """One-to-one assignment `bool [B, M, N]` of detections to people, among the pairs that are `near`."""
    m, n = near.shape[1:]
    owned = near & False
    for _ in range(ROUNDS):
        free = near & ~ops.any(owned, axis=2, keepdims=True) & ~ops.any(owned, axis=1, keepdims=True)
        nearest = _is_least(ops.where(free, distances, FAR))
        # Only floats are transposed: oneDNN prints an error for booleans and integers on processors without AVX-512.
        least = _least(ops.transpose(ops.where(free, costs, FAR), (0, 2, 1)))
        best = ops.equal(ops.reshape(least, (-1, 1, n)), np.arange(m, dtype="int32")[:, None])
        owned = owned | (free & nearest & best)
    return owned


def _with_new_people(there, owned, counts):
    """Adds to `owned` a new person for each unassigned detection, up to the maximum number of people."""
    n = counts.shape[-1]
    new = there & ~ops.any(owned, axis=2)
    number = ops.sum(counts > 0, axis=1, keepdims=True) + ops.cumsum(ops.cast(new, "int32"), axis=1) - 1
    return owned | (new[..., None] & ops.equal(number[..., None], np.arange(n, dtype="int32")))


def _is_least(values):
    """One-hot bool `[..., N]` of the minimum along the last axis, the first of equal ones."""
    return ops.equal(_least(values), np.arange(values.shape[-1], dtype="int32"))


def _least(values):
    """Index `[..., 1]` of the least of `[..., N]`, the first of equals."""
    return ops.top_k(-values, 1)[1]
