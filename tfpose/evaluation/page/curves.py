"""Charts of one or two runs: rates against thresholds, precision and recall, scores against errors."""

import numpy as np

from tfpose.commands.pages.charts import Chart
from tfpose.metrics.oks import THRESHOLDS

MOST_DOTS = 1200  # In a chart; more are a sample, by chance but always the same.
SIDES = {"left": "6 3", "right": "1.5 3"}  # Dashes of the curves of each side.
AT = {0.5: "", 0.75: SIDES["left"]}  # Thresholds of OKS whose precision and recall is drawn, with their dashes.
MOST_POINTS = 400  # Of a curve of precision and recall.


def rate_charts(measures, metric) -> list:
    """One chart per part of the body: rates against thresholds, dashed for left, dotted for right.

    Args:
        measures: Name of a series → what `rates.count` returned.
        metric: Name of the metric.
    """
    first = next(iter(measures.values()))
    names = [name for name in first["keypoints"] if not name.startswith(("left_", "right_"))]
    unit = f"{metric.replace('_', ' ')}: {first['protocol']['distance'].split(',')[0]}"
    return [_rate_chart(name, measures, unit) for name in names]


def people_charts(errors) -> list:
    """Two charts of networks of several people: precision against recall, and people found against OKS.

    Args:
        errors: Name of a series → its `Errors`.
    """
    precision = Chart("Precision and recall", "recall", "precision", (0, 1), (0, 1))
    found = Chart("People found", "minimum OKS", "share of the annotated people", (0, 1), (0, 1))
    thresholds = np.linspace(0.1, 1, 91)
    for series, (name, measured) in enumerate(errors.items()):
        recalls, precisions = measured.metric.curves()
        for at, dashes in AT.items():
            k = int(np.abs(THRESHOLDS - at).argmin())
            points = np.unique(np.linspace(0, len(recalls[k]) - 1, MOST_POINTS).astype(int)) if len(recalls[k]) else []
            recall, high = recalls[k][points], precisions[k][points]
            precision.line([0, *recall], [*high[:1], *high], series, label=f"{name}, OKS {at:g}", dashes=dashes)
        shares = (measured.oks[:, None] >= thresholds).mean(axis=0)
        found.line(thresholds, shares, series, label=name)
    return [precision.markup(), found.markup()]


def score_charts(errors) -> list:
    """Charts of scores against errors: one for the reliability of all series, and one with dots for each.

    Args:
        errors: Name of a series → its `Errors`.
    """
    right = Chart("How far a score can be trusted", "score of the keypoint", "share in the right place", (0, 1), (0, 1))
    right.line([0, 1], [0, 1], 5, dashes="2 4", label="score = share")
    charts = [right]
    for series, (name, measured) in enumerate(errors.items()):
        right.line(*measured.reliability(), series, label=name)
        scores, likeness = measured.scored()
        chosen = np.random.default_rng(0).permutation(len(scores))[:MOST_DOTS]
        dots = Chart(f"Scores and errors: {name}", "score of the keypoint", "similarity to the truth", (0, 1), (0, 1))
        dots.points(scores[chosen], likeness[chosen], series)
        charts.append(dots)
    return [chart.markup() for chart in charts]


def _rate_chart(part, measures, unit):
    last = max(max(measure["thresholds"]) for measure in measures.values())
    chart = Chart(part.replace("_", " "), unit, "per cent", (0, last), (0, 100), size=(320, 220))
    for series, (label, measure) in enumerate(measures.items()):
        for side, dashes in SIDES.items():
            if f"{side}_{part}" in measure["keypoints"]:
                curve = measure["keypoints"][f"{side}_{part}"]
                chart.line(measure["thresholds"], curve, series, label=f"{label}, {side}", dashes=dashes)
        if part in measure["keypoints"]:
            chart.line(measure["thresholds"], measure["keypoints"][part], series, label=label)
    return chart.markup()
