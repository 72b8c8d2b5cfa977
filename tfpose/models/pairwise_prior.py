"""Histograms of displacements between keypoints, which initialise the spatial model: Tompson et al. 2014."""

import numpy as np

_BINOMIAL = np.array([1, 8, 28, 56, 70, 56, 28, 8, 1]) / 256  # Standard deviation 1.4 cells.


def pairwise_prior(keypoints, pairs, map_size, stride=1):
    """Histogram of the displacements of each pair, smoothed with the 9 x 9 binomial.

    Args:
        keypoints: `(x, y, v)` `[N, V, 3]` of the V nodes, in pixels. A pair counts where both nodes are annotated
            (v > 0) and the displacement fits the map. Mirrored people count if they are passed, too.
        pairs: P pairs `(target, source)` of node indices.
        map_size: `(h, w)`, in cells.
        stride: Input pixels per cell.

    Returns:
        `float32 [P, 2h - 1, 2w - 1]`, displacement zero at `[h - 1, w - 1]`. Each histogram sums to 1; one without
        counts is uniform.
    """
    targets, sources = np.transpose(pairs)
    middle = np.array(map_size) - 1
    shape = (len(pairs), *(2 * middle + 1))
    away = keypoints[:, targets] - keypoints[:, sources]
    row, col = (np.rint(away[..., i] / stride) + n for i, n in zip((1, 0), middle, strict=True))
    annotated = (keypoints[:, targets, 2] > 0) & (keypoints[:, sources, 2] > 0)
    counts = annotated & (row >= 0) & (row < shape[1]) & (col >= 0) & (col < shape[2])
    pair = np.broadcast_to(np.arange(len(pairs)), row.shape)
    cell = np.ravel_multi_index(tuple(i[counts].astype(int) for i in (pair, row, col)), shape)
    found = np.bincount(cell, minlength=np.prod(shape)).reshape(shape).astype("float64")
    found = _smooth(_smooth(found, axis=1), axis=2)
    found[~found.any(axis=(1, 2))] = 1
    return (found / found.sum(axis=(1, 2), keepdims=True)).astype("float32")


def _smooth(counts, axis):
    """Convolves along an axis with the binomial, with zeros outside."""
    n, reach = counts.shape[axis], len(_BINOMIAL) // 2
    padded = np.pad(counts, [(reach, reach) if i == axis else (0, 0) for i in range(counts.ndim)])
    shifted = (np.take(padded, range(i, i + n), axis=axis) for i in range(len(_BINOMIAL)))
    return sum(weight * part for weight, part in zip(_BINOMIAL, shifted, strict=True))
