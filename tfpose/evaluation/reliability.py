"""Calibration of scores on records, and the reliability curve: how often keypoints of each score are right."""

import numpy as np

from tfpose.commands import runs
from tfpose.metrics.pck import box_distances, torso_distances
from tfpose.metrics.protocol import Pairs
from tfpose.prediction import calibration
from tfpose.prediction.calibration import Calibration

TORSOS = 0.2  # PCK@0.2.
BOX = 0.1  # Of the longer side of the box, as training validates skeletons without torso.
BINS = 10  # Of as many keypoints each.


def judged(result, skeleton):
    """Returns what calibration is fitted to.

    Args:
        result: What `evaluate_single_person` returns; its last output is taken.
        skeleton: The `Skeleton` of the records.

    Returns:
        Raw scores `[N, K]`; `bool [N, K]` whether the keypoint is right and whether it counts; and in words what right
        means: within 0.2 torsos, or, for skeletons without, within 0.1 of the longer side of the person's box.
    """
    predictions, reference = result["predictions"], result["protocol"]["reference"]
    found = np.asarray(predictions[list(result["results"])[-1]], "float64")
    pairs = Pairs(skeleton, predictions["truth"], found, tuple(reference))
    if pairs.reference:
        distances, radius, unit = torso_distances(pairs), TORSOS, f"torsos, {' to '.join(pairs.reference)}"
    else:
        distances, radius, unit = box_distances(pairs), BOX, "of the longer side of the box around the keypoints"
    return found[..., 2], distances.values <= radius, distances.v > 0, f"within {radius} {unit}"


def calibrate(result, skeleton, weights, keypoints):
    """Fits the calibration of a run.

    Args:
        result: What `evaluate_single_person` returns, of people held out from training.
        skeleton: The `Skeleton` of the records.
        weights: File of the weights.
        keypoints: Names of the keypoints that the model finds; those that the records lack get the curve of their part
            of the body, or that of all.

    Returns:
        The `Calibration`; and cross-validated probabilities `[N, K]`, for an honest curve on the same data.

    Raises:
        ValueError: If too few keypoints count.
    """
    scores, hits, counted, meaning = judged(result, skeleton)
    if counted.sum() < 10 * calibration.FEWEST:
        raise ValueError(
            f"`--calibrate` needs {10 * calibration.FEWEST} annotated keypoints of people whose torso is known. "
            f"Received: {counted.sum()}."
        )
    known = [name in skeleton.keypoints for name in keypoints]
    columns = [
        skeleton.keypoints.index(name) if is_known else 0 for name, is_known in zip(keypoints, known, strict=True)
    ]
    slopes, intercepts = calibration.fit(scores[:, columns], hits[:, columns], counted[:, columns] & known, keypoints)
    honest = calibration.cross_validated(scores, hits, counted, skeleton.keypoints, result["predictions"]["ids"])
    protocol = result["protocol"]
    shown = {name: protocol[name] for name in ("crop", "scales", "mirror", "image_size")}
    shown = {**shown, "scales": list(shown["scales"]), "torso_prior": protocol["torso prior"]}
    fitted_on = {
        "data_set": result["data_set"]["converter"],
        "split": result["split"],
        "people": result["people"],
        "keypoints": int(counted.sum()),
        "probability": meaning,
        "error of raw scores": round(error(scores, hits, counted), 4),
        "error, cross-validated": round(error(honest, hits, counted), 4),
    }
    return Calibration(
        tuple(keypoints),
        tuple(map(float, slopes)),
        tuple(map(float, intercepts)),
        calibration.threshold(honest, hits, counted),
        shown,
        fitted_on,
        runs.digest(weights),
    ), honest


def error(probabilities, hits, counted) -> float:
    """Expected calibration error: the mean difference between probability and rate over bins of equally many."""
    chance, rate, number = _binned(probabilities, hits, counted)
    return float((np.abs(chance - rate) * number).sum() / number.sum())


def draw(curves, hits, counted, title):
    """Plots reliability curves: the rate of right keypoints against their score, and the distribution of scores.

    Args:
        curves: Scores or probabilities `[N, K]` by label.
        hits: `bool [N, K]`.
        counted: `bool [N, K]`.
        title: Run and data.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 6), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    top.plot([0, 1], [0, 1], "--", color="#868e96", linewidth=1, label="score = rate")
    for (label, values), colour in zip(curves.items(), ("#adb5bd", "#d9480f"), strict=False):
        chance, rate, _ = _binned(values, hits, counted)
        label = f"{label}: error {error(values, hits, counted):.3f}"
        top.plot(chance, rate, "o-", color=colour, linewidth=2, markersize=5, label=label)
        bottom.hist(np.clip(values[counted], 0, 1), bins=40, range=(0, 1), color=colour, alpha=0.7)
    top.set_title(title, fontsize=10)
    top.set(ylabel="rate of right keypoints", xlim=(0, 1), ylim=(0, 1.02))
    bottom.set(xlabel="score", ylabel="keypoints")
    top.legend(frameon=False, loc="lower right")
    for panel in (top, bottom):
        panel.grid(alpha=0.25)
        panel.spines[["top", "right"]].set_visible(False)
    return figure


def _binned(probabilities, hits, counted):
    """Mean probability, rate of hits, and number of keypoints of each bin."""
    chance, hit = probabilities[counted], hits[counted]
    bins = [each for each in np.array_split(np.argsort(chance, kind="stable"), BINS) if len(each)]
    return tuple(
        np.array([f(each) for each in bins]) for f in (lambda i: chance[i].mean(), lambda i: hit[i].mean(), len)
    )
