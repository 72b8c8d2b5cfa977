"""What `evaluate` found, to read and to keep: a table, JSON, and MATLAB arrays."""

import json
import pathlib
import re

import numpy as np

from tfpose.metrics import METRICS

SHORT = {"detector": "pd", "spatial model": "sm"}  # As joint-cnn-mrf calls them.
README = (
    "*_pred_*: (x, y) of each keypoint of each person, 2 x keypoints x people, in pixels of the image; the centre of "
    "the top-left pixel is (0, 0). truth: (x, y, v); v is 0 where not annotated. ids, person: the image, and who in it."
)


def table(result, metric: str) -> str:
    """Per cent by keypoint at the metric's most usual thresholds, what was measured side by side."""
    shown = METRICS[metric].shown
    measured = {label: measures[metric] for label, measures in result["results"].items()}
    width = 8 * len(shown) + 3
    lines = [
        f"{metric}, per cent".ljust(22) + "".join(label.rjust(width) for label in measured),
        " " * 22 + "".join(" " * 3 + "".join(f"{threshold:8g}" for threshold in shown) for _ in measured),
    ]
    names = next(iter(measured.values()))["keypoints"]
    for name in names:
        cells = ""
        for measure in measured.values():
            at = [measure["thresholds"].index(threshold) for threshold in shown]
            cells += " " * 3 + "".join(f"{rate:8.1f}" for rate in measure["keypoints"][name][at])
        indented = "  " + name if name.split("_")[0] in ("left", "right") else name
        lines.append(indented.replace("_", " ").ljust(22) + cells)
    return "\n".join(lines)


def summary(result) -> str:
    """One line on what was measured, and how."""
    data, protocol = result["data_set"], result["protocol"]
    left_out = ", ".join(f"{number} for {reason}" for reason, number in result["left_out"].items() if number)
    return (
        f"{data['converter']} {result['split']}: {result['people']} people in {result['images']} images; "
        f"torso from {protocol['reference'][0]} to {protocol['reference'][1]}; torso given to the network: "
        f"{protocol['torso']}; left out: {left_out or 'nobody'}."
    ).replace("_", " ")


def write_json(result, path):
    """Writes everything, a list of numbers to a line; what has no number is `null`."""
    text = json.dumps(_plain(result), indent=1, allow_nan=False)
    text = re.sub(r"\[[^][{}]*\]", lambda innermost: " ".join(innermost.group().split()), text)
    pathlib.Path(path).write_text(text + "\n", encoding="utf-8")


def write_mat(result, path):
    """Writes the predictions: `flic_pred_pd` and `flic_pred_sm` for FLIC, and `readme`, which tells the form."""
    import scipy.io

    predictions, data = result["predictions"], result["data_set"]["converter"]
    arrays = {
        f"{data}_pred_{SHORT.get(label, label)}": predictions[label][..., :2].transpose(2, 1, 0)
        for label in result["results"]
    }
    names = {name: np.array(predictions[name], object) for name in ("keypoints", "ids")}
    truth = predictions["truth"].transpose(2, 1, 0)
    scipy.io.savemat(path, {**arrays, **names, "person": predictions["person"], "truth": truth, "readme": README})


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
