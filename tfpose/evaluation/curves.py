"""Plots of an evaluation: rate against threshold for each keypoint, next to published curves."""

import math

from tfpose.evaluation.published import RADII

OURS = ("#d9480f", "#1864ab", "#2b8a3e", "#862e9c")
THEIRS = ("#ced4da", "#adb5bd", "#6c757d", "#f0b429", "#c2750f", "#74b816")
MARKERS = "v^o<>s"
COLUMNS = 4


def draw_curves(result, published=(), metric="detection_rate"):
    """Plots one panel per part of the body: a thick line for the mean of both sides, dashed for left, dotted for right.

    Args:
        result: What `evaluate` returns.
        published: `Published` systems, plotted at `RADII`.
        metric: Name of one of the metrics of the result.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    measured = {label: measures[metric] for label, measures in result["results"].items()}
    names = next(iter(measured.values()))["keypoints"]
    parts = [name for name in names if not name.startswith(("left_", "right_"))]
    rows = math.ceil(len(parts) / COLUMNS)
    figure = Figure(figsize=(3.4 * COLUMNS, 3 * rows + 1), layout="constrained")
    panels = list(figure.subplots(rows, COLUMNS, sharey=True, squeeze=False).flat)
    for panel, part in zip(panels, parts, strict=False):
        _draw_panel(panel, part, measured, published)
    for panel in panels[len(parts) :]:
        panel.remove()
    entries = {line.get_label(): line for panel in figure.axes for line in panel.lines}
    shown = [label for label in (*measured, *(system.label for system in published)) if label in entries]
    figure.legend([entries[label] for label in shown], shown, loc="outside lower center", ncols=4, frameon=False)
    return figure


def _draw_panel(panel, part, measured, published):
    for system, shade, marker in zip(published, THEIRS, MARKERS, strict=False):
        if part in system.rates:
            style = {"marker": marker, "color": shade, "markersize": 6, "linewidth": 0.8, "clip_on": False}
            panel.plot(RADII, system.rates[part], label=system.label, **style)
    for (label, measure), shade in zip(measured.items(), OURS, strict=False):
        thresholds, keypoints = measure["thresholds"], measure["keypoints"]
        for side, style in ((f"left_{part}", "--"), (f"right_{part}", ":")):
            if side in keypoints:
                panel.plot(thresholds, keypoints[side], style, color=shade, linewidth=0.9, alpha=0.8)
        panel.plot(thresholds, keypoints[part], color=shade, linewidth=2.2, label=label)
    unit = measure["protocol"]["distance"].split(",")[0]
    panel.set(title=part.replace("_", " "), ylim=(0, 100), xlim=(0, max(thresholds)), xlabel=unit)
    panel.set_ylabel("found, %" if panel.get_subplotspec().is_first_col() else "")
    panel.locator_params(axis="x", nbins=4)
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
