"""Plots of an evaluation: rate against threshold for each keypoint, next to published curves."""

import math

from tfpose.commands import runs
from tfpose.evaluation.published import RADII

OURS = ("#d9480f", "#1864ab", "#2b8a3e", "#862e9c")
THEIRS = ("#ced4da", "#adb5bd", "#6c757d", "#f0b429", "#c2750f", "#74b816")
MARKERS = "v^o<>s"
COLUMNS = 4
SIDES = {"left": {"linestyle": "--", "linewidth": 0.9}, "right": {"linestyle": ":", "linewidth": 0.9}}


def draw_curves(result, published=(), metric="detection_rate"):
    """Plots one panel per part of the body: a thick line for the mean of both sides, dashed for left, dotted for right.

    The title names the run, the metric and the data set; the legend explains lines and dashes.

    Args:
        result: What `evaluate` returns; `weights`, if there, name the run.
        published: `Published` systems, plotted at `RADII`.
        metric: Name of one of the metrics of the result.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

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
    sides = {f"{side} side": style for side, style in SIDES.items() if any(name.startswith(side) for name in names)}
    lines = [entries[label] for label in shown] + [Line2D([], [], color="0.4", **style) for style in sides.values()]
    figure.legend(lines, [*shown, *sides], loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle(_title(result, metric), fontsize=13)
    return figure


def _title(result, metric):
    """The run, if it is known, the metric and the data set."""
    run = f"{runs.name(result['weights']['file'])}: " if "weights" in result else ""
    return f"{run}{metric.replace('_', ' ')} on {result['data_set']['converter']} {result['split']}"


def _draw_panel(panel, part, measured, published):
    for system, shade, marker in zip(published, THEIRS, MARKERS, strict=False):
        if part in system.rates:
            style = {"marker": marker, "color": shade, "markersize": 6, "linewidth": 0.8, "clip_on": False}
            panel.plot(RADII, system.rates[part], label=system.label, **style)
    for (label, measure), shade in zip(measured.items(), OURS, strict=False):
        thresholds, keypoints = measure["thresholds"], measure["keypoints"]
        for side, style in SIDES.items():
            if f"{side}_{part}" in keypoints:
                panel.plot(thresholds, keypoints[f"{side}_{part}"], color=shade, alpha=0.8, **style)
        panel.plot(thresholds, keypoints[part], color=shade, linewidth=2.2, label=label)
    unit = measure["protocol"]["distance"].split(",")[0]
    panel.set(title=part.replace("_", " "), ylim=(0, 100), xlim=(0, max(thresholds)), xlabel=unit)
    panel.set_ylabel("found, %" if panel.get_subplotspec().is_first_col() else "")
    panel.locator_params(axis="x", nbins=4)
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
