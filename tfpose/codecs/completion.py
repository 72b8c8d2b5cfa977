"""Fills in the missing keypoints of people from heatmaps and tags, as the code of Newell, Huang and Deng 2017."""

import numpy as np

from tfpose.codecs.cells import containing, to_pixels

FILLED_IN = 1e-6  # Score of a keypoint that was filled in.


def complete(people, heatmaps, tags, stride):
    """Fills in missing keypoints where the heatmap is high and the tag is the person's.

    The position is the maximum of `heatmap - round(distance)`, refined by a quarter of a cell towards the higher
    neighbours; the distance is that between a cell's tag and the mean tag at the person's keypoints. Nothing is filled
    in where the heatmap is not positive. COCO's AP does not penalise additional keypoints; other metrics may.

    Args:
        people: `[N, K, 3]`: `(x, y, score)` in input pixels; score 0 where a keypoint is missing.
        heatmaps: `[h, w, K]`.
        tags: `[h, w, K * D]`, D channels of each keypoint after the other.
        stride: Input pixels per cell.

    Returns:
        People `float32 [N, K, 3]`. Keypoints that were filled in have the score `FILLED_IN`, so that the ranking by
        mean score is unchanged; the authors give them 1, and keep the mean from before.
    """
    h, w, k = heatmaps.shape
    tags = tags.reshape(h, w, k, -1)
    people = np.array(people, "float32")
    for person in people:
        there = np.flatnonzero(person[:, 2] > 0)
        lacking = np.flatnonzero(person[:, 2] <= 0)
        if not len(there) or not len(lacking):
            continue
        columns, rows = np.clip(containing(person[there, :2].T, stride), 0, [[w - 1], [h - 1]]).astype(int)
        mean = tags[rows, columns, there].mean(axis=0)
        distances = np.sqrt(np.square(tags[:, :, lacking] - mean).sum(axis=-1))
        rated = heatmaps[:, :, lacking] - np.round(distances)
        for keypoint, cell in zip(lacking, rated.reshape(h * w, -1).argmax(axis=0), strict=True):
            person[keypoint] = _refined(heatmaps[:, :, keypoint], cell // w, cell % w, stride)
    return people


def _refined(heatmap, row, column, stride):
    """`(x, y, score)` of a cell, in input pixels; zeros where the heatmap is not positive."""
    if heatmap[row, column] <= 0:
        return 0, 0, 0
    framed = np.pad(heatmap, 1)[row : row + 3, column : column + 3]
    right, down = 0.25 * np.sign(framed[1, 2] - framed[1, 0]), 0.25 * np.sign(framed[2, 1] - framed[0, 1])
    return to_pixels(column + right, stride), to_pixels(row + down, stride), FILLED_IN
