"""How well two detections fit what the network says of each from the other: features and logistic model.

Insafutdinov et al. 2016 (https://arxiv.org/abs/1605.03170), section 3. Nothing here tells people apart who stand on top
of each other: the features are distances and angles only.
"""

import numpy as np


def features(real, predicted):
    """Distance and angle between two vectors.

    Args:
        real: `[..., 2]`: from one detection's cell to the other detection, in input pixels.
        predicted: `[..., 2]`: where the network, looking at that cell, expects the other keypoint.

    Returns:
        `[..., 2]`: the distance of the two in pixels, and their difference in direction, 0 … π.
    """
    real, predicted = np.asarray(real, "float64"), np.asarray(predicted, "float64")
    turn = np.abs(np.arctan2(real[..., 1], real[..., 0]) - np.arctan2(predicted[..., 1], predicted[..., 0]))
    return np.stack([np.linalg.norm(real - predicted, axis=-1), np.minimum(turn, 2 * np.pi - turn)], axis=-1)


def expanded(forward, backward):
    """Features of both directions `[..., 2]` → these four and `exp(-f)` of each: `[..., 8]`."""
    f = np.concatenate([forward, backward], axis=-1)
    return np.concatenate([f, np.exp(-f)], axis=-1)


def normalised(values, low, high):
    """Features `[..., 8]` brought from low … high to 0 … 1, and the constant 1: `[..., 9]`."""
    scaled = (values - low) / np.maximum(high - low, 1e-12)
    return np.concatenate([scaled, np.ones_like(scaled[..., :1])], axis=-1)


def logistic(logits):
    """`1 / (1 + exp(-logits))`, without overflow."""
    return np.exp(-np.logaddexp(0, -logits))


def of_one_place(distance, slope=0.2, offset=7.5):
    """The probability that two detections so many input pixels apart are of the same: one half at 37.5."""
    return logistic(offset - slope * distance)
