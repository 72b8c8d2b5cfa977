"""Tables and files of evaluation results: text, JSON, MATLAB arrays, and COCO's form for results."""

import json
import pathlib
import re

import numpy as np

from tfpose.metrics import PROTOCOLS
from tfpose.metrics.protocol import VISIBILITIES

SHORT = {"detector": "pd", "spatial model": "sm"}  # The labels of joint-cnn-mrf.
COLUMNS = {
    "head": "Head",
    "shoulder": "Sho",
    "elbow": "Elb",
    "wrist": "Wri",
    "hip": "Hip",
    "knee": "Knee",
    "ankle": "Ank",
}
README = (
    "*_pred_*: (x, y) of each keypoint of each person, 2 x keypoints x people, in pixels of the image; the centre of "
    "the top-left pixel is (0, 0). truth: (x, y, v); v is 0 where not annotated. ids, person: image, and index in it."
)


def table(result, metric: str) -> str:
    """Returns the rates of each keypoint in per cent, one column group per measured output, as a text.

    The columns are the metric's most usual thresholds, the area under the curve, and, at the last of these thresholds,
    the visible and the occluded keypoints alone.
    """
    shown = PROTOCOLS[metric].shown
    measured = {label: measures[metric] for label, measures in result["results"].items()}
    first = next(iter(measured.values()))
    heads = [f"{threshold:g}" for threshold in shown]
    heads += [name for name in ("area", *VISIBILITIES) if name in first]
    width = 10 * len(heads) + 2
    lines = [
        f"{metric}, per cent".ljust(22) + "".join(label.rjust(width) for label in measured),
        " " * 22 + ("  " + "".join(head.rjust(10) for head in heads)) * len(measured),
    ]
    for name in first["keypoints"]:
        cells = ("".join(f"{rate:10.1f}" for rate in _cells(measure, name, shown)) for measure in measured.values())
        indented = "  " + name if name.split("_")[0] in ("left", "right") else name
        lines.append(indented.replace("_", " ").ljust(22) + "  " + "  ".join(cells))
    return "\n".join([*lines, _protocol(metric, first)])


def columns(result, metric: str, published=()) -> str:
    """Returns the table of the papers, at the metric's last threshold: ours, and below it published rows, as a text.

    Returns:
        Empty if the metric has no such columns, or the skeleton not all of their keypoints.
    """
    protocol = PROTOCOLS[metric]
    measured = {label: measures[metric] for label, measures in result["results"].items()}
    at = {label: _last(measure, protocol) for label, measure in measured.items()}
    head = protocol.head[0] if len(protocol.head) == 1 else "head"
    if not protocol.head or not {head, *list(COLUMNS)[1:]} <= set(next(iter(at.values()))):
        return ""
    lines = [f"{metric} at {protocol.shown[-1]:g}".ljust(44) + "".join(n.rjust(7) for n in (*COLUMNS.values(), "Mean"))]
    for label, rates in at.items():
        means = [name for name in rates if name.startswith("mean")]
        lines.append(_row(label, [rates[head], *(rates[name] for name in list(COLUMNS)[1:]), rates[means[0]]]))
    lines += [_row(system.label, (*(system.columns or [np.nan] * len(COLUMNS)), system.mean)) for system in published]
    return "\n".join(lines)


def summary(result) -> str:
    """Returns one line on the data, the crop and the torso of a single-person result."""
    data, protocol = result["data_set"], result["protocol"]
    left_out = ", ".join(f"{number} for {reason}" for reason, number in result["left_out"].items() if number)
    prior = ""
    if protocol["torso prior"]:
        prior = f"torso prior for {result['people'] - result['without_prior']} of them, who have a torso box; "
    return (
        f"{data['converter']} {result['split']}: {result['people']} people in {result['images']} images; "
        f"crop: {protocol['crop']}; torso given to the network: {protocol['torso']}; "
        f"{prior}left out: {left_out or 'nobody'}."
    ).replace("_", " ")


def people_table(result, metric: str) -> str:
    """Returns the numbers of one metric of several people, in per cent, as a text."""
    lines = [f"{metric}, per cent"]
    for name, number in result["results"][metric].items():
        indented = "  " + name if name.split("_")[0] in ("left", "right") else name
        lines.append(indented.replace("_", " ").ljust(22) + f"{100 * number:8.1f}")
    return "\n".join(lines)


def people_summary(result) -> str:
    """Returns a few lines on the data, the metrics and the failures of a multi-person result."""
    data, protocol = result["data_set"], result["protocol"]
    lines = [f"{data['converter']} {result['split']}: {result['people']} people in {result['images']} images."]
    lines += [f"{name}: {how}." for name, how in protocol["metrics"].items()]
    lines.append(f"Sigmas: {protocol['sigmas from']}.")
    if result["failed"]:
        name, error = next(iter(result["failed"].items()))
        lines.append(f"{len(result['failed'])} images failed and count as empty; the first is {name}: {error}")
    return "\n".join(lines)


def write_coco_results(result, path):
    """Writes the people found in the form of COCO's results, which its evaluation server takes."""
    pathlib.Path(path).write_text(json.dumps(result["predictions"]["found"]) + "\n", encoding="utf-8")


def write_json(result, path):
    """Writes the whole result as JSON, each list of numbers on one line; NaN becomes `null`."""
    text = json.dumps(_plain(result), indent=1, allow_nan=False)
    text = re.sub(r"\[[^][{}]*\]", lambda innermost: " ".join(innermost.group().split()), text)
    pathlib.Path(path).write_text(text + "\n", encoding="utf-8")


def write_mat(result, path):
    """Writes the predictions for MATLAB: `flic_pred_pd` and `flic_pred_sm` for FLIC; `readme` there explains them."""
    import scipy.io

    predictions, data = result["predictions"], result["data_set"]["converter"]
    arrays = {
        f"{data}_pred_{SHORT.get(label, label.replace(' ', '_'))}": predictions[label][..., :2].transpose(2, 1, 0)
        for label in result["results"]
    }
    names = {name: np.array(predictions[name], object) for name in ("keypoints", "ids")}
    truth = predictions["truth"].transpose(2, 1, 0)
    scipy.io.savemat(path, {**arrays, **names, "person": predictions["person"], "truth": truth, "readme": README})


def _cells(measure, name, shown):
    """Numbers of one row: at the thresholds, the area, and by visibility at the last threshold."""
    at = [measure["thresholds"].index(threshold) for threshold in shown]
    cells = list(measure["keypoints"][name][at])
    if "area" in measure:
        cells.append(measure["area"][name])
    return cells + [measure[kind]["keypoints"][name][at[-1]] for kind in VISIBILITIES if kind in measure]


def _last(measure, protocol):
    at = measure["thresholds"].index(protocol.shown[-1])
    return {name: curve[at] for name, curve in measure["keypoints"].items()}


def _row(label, rates):
    return label.ljust(44) + "".join("-".rjust(7) if np.isnan(rate) else f"{rate:7.1f}" for rate in rates)


def _protocol(metric, measure):
    """One line on the rules of a metric."""
    words = measure["protocol"]
    area = f"; area: {words['area']}" if "area" in words else ""
    counted = f"{sum(measure['counted'].values())} counted"
    if "occluded" in measure:
        visible, occluded = (sum(measure[kind]["counted"].values()) for kind in VISIBILITIES)
        counted += f", {visible} visible and {occluded} occluded, these at the last threshold"
    return f"({metric}: {words['distance']}, {words['near']}; {words['means']}{area}; {counted}.)".replace("_", " ")


def _plain(value):
    """Arrays become lists of numbers with four decimals, NaN becomes None."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 4) if np.isfinite(value) else None
    return value
