"""Plots the offsets between keypoints."""

import numpy as np


def draw_offsets(keypoints, terms, names):
    """Scatter plots of the offsets of every pair of keypoints, with mean and an ellipse of two standard deviations.

    Args:
        keypoints: People `[N, K, 3]` in input pixels.
        terms: The `PairwiseTerms`.
        names: Names of the K keypoints.

    Returns:
        A matplotlib figure with a row per keypoint a and a column per keypoint b.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Ellipse

    k = len(names)
    figure = Figure(figsize=(1.2 * k, 1.2 * k), layout="constrained")
    axes = figure.subplots(k, k, sharex=True, sharey=True, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for (a, b), mean, deviation in zip(terms.pairs, terms.means, terms.deviations, strict=True):
        both = (keypoints[:, a, 2] > 0) & (keypoints[:, b, 2] > 0)
        offsets = keypoints[both, b, :2] - keypoints[both, a, :2]
        axes[a, b].plot(*offsets[:500].T, ",", color="tab:blue")
        axes[a, b].add_patch(Ellipse(mean, *(4 * deviation), fill=False, color="tab:red"))
        axes[a, b].plot(*mean, "+", color="tab:red")
    reach = np.abs(terms.means).max(initial=1) + 2 * terms.deviations.max(initial=1)
    axes[0, 0].set(xlim=(-reach, reach), ylim=(reach, -reach))
    for i, name in enumerate(names):
        axes[i, i].text(0, 0, name.replace("_", "\n"), ha="center", va="center", fontsize=7)
    return figure
