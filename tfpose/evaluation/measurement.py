"""Finds everyone of a split, each in the pixels of the image they are in, and counts how many keypoints are right."""

import hashlib

import keras
import numpy as np

import tfpose
from tfpose import runs
from tfpose.data import pipeline
from tfpose.data.records import decode
from tfpose.metrics import METRICS
from tfpose.metrics.detection_rate import torso_lengths

TORSOS = ("predicted", "box", "truth", "none")


def evaluate(
    predictor, records, *, outputs=None, reference=None, torso="none", metrics=("detection_rate",), limit=None
):
    """Measures a model.

    Args:
        predictor: A `Predictor`.
        records: What `records.load` returns.
        outputs: What to measure: label → name of an output, such as `{"spatial model": "heatmaps"}`.
        reference: Names of the two keypoints whose distance is the torso; the skeleton's by default.
        torso: Where the network hears of the torso: `"box"`, the middle of the torso box; `"truth"`, the mean of the
            annotated shoulders and hips; `"predicted"` and `"none"`, not from here.
        metrics: Names of `METRICS`.
        limit: How many images to stop after; all by default.

    Returns:
        A dict: data set, protocol, who was left out, versions; `results`, by label, metric and keypoint, in per cent;
        and `predictions`, the truth and what was found, `[N, K, 3]` in image pixels. People without a known torso are
        not in it if the network must be told; people without reference are, and do not count.

    Raises:
        ValueError: If the arguments do not suit the records.
    """
    outputs = outputs or {"detector": "heatmaps"}
    reference = tuple(reference or records.skeleton.reference or ())
    check(predictor, records, reference, torso, metrics)
    predictions, num_images, untold = _find(predictor, records, outputs, torso, limit)
    indices = records.skeleton.indices(reference)
    unmeasured = int((np.asarray(torso_lengths(predictions["truth"], indices)) == 0).sum())
    return {
        "data_set": {name: records.metadata[name] for name in ("converter", "version", "options")},
        "split": records.split,
        "images": num_images,
        "people": len(predictions["truth"]),
        "left_out": {"reference not annotated": unmeasured, "torso unknown": untold},
        "protocol": {"coordinates": "image pixels", "reference": reference, "torso": torso, "limit": limit},
        "versions": {"tfpose": tfpose.__version__, **runs.versions()},
        "results": {
            label: {name: _measure(METRICS[name], predictions, label, indices, records.skeleton) for name in metrics}
            for label in outputs
        },
        "predictions": {"keypoints": records.skeleton.keypoints, **predictions},
    }


def check(predictor, records, reference, torso, metrics):
    """Tells whether these can be measured together.

    Raises:
        ValueError: If not.
    """
    skeleton = records.skeleton
    if predictor.skeleton.keypoints != skeleton.keypoints:
        raise ValueError(
            "The records must annotate the keypoints that the model finds, in the same order. "
            f"Received: {', '.join(skeleton.keypoints)}. Known: {', '.join(predictor.skeleton.keypoints)}."
        )
    if len(reference) != 2 or not set(reference) <= set(skeleton.keypoints):
        raise ValueError(
            f"`reference` must name two keypoints. Received: {','.join(reference) or None}. "
            f"Known: {', '.join(skeleton.keypoints)}."
        )
    for name, values, known in (("torso", [torso], TORSOS), ("metrics", metrics, METRICS)):
        if unknown := [value for value in values if value not in known]:
            raise ValueError(f"Unknown `{name}`. Received: {', '.join(unknown)}. Known: {', '.join(known)}.")


def digest(path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _find(predictor, records, outputs, torso, limit):
    """Runs the predictor on everyone. Returns predictions as arrays, the number of images, and of people left out."""
    columns = ("ids", "person", "truth", *outputs)
    rows = []
    untold = 0
    num_images = min(records.num_images, limit or records.num_images)
    progress = keras.utils.Progbar(num_images, unit_name="image")
    for example in records.dataset().take(num_images).prefetch(2).as_numpy_iterator():
        image = decode(example["image"]).numpy()
        for i, (box, point) in enumerate(_shown(example, records, torso)):
            if point is not None and not point[2]:
                untold += 1
                continue
            found = predictor.by_output(image, box, None if point is None else point[:2])
            people = [found[name][0] for name in outputs.values()]
            rows.append((example["id"].decode(), i, example["keypoints"][i], *people))
        progress.add(1)
    if not rows:
        raise ValueError(f"There must be people to evaluate on. Received: none in {num_images} images.")
    return dict(zip(columns, map(np.array, zip(*rows, strict=True)), strict=True)), num_images, untold


def _shown(example, records, torso):
    """What the network is shown and told of each person: boxes, and `(x, y, v)` of torsos, or None."""
    boxes, points = ([None] * len(example["keypoints"]) for _ in range(2))
    if records.framing == "person":
        boxes = pipeline.surroundings(example["boxes"]).numpy()
    if torso == "box":
        points = pipeline.middle(example["torso_boxes"]).numpy()
    elif torso == "truth":
        points = _torso_means(example["keypoints"][:, records.skeleton.torso])
    return zip(boxes, points, strict=True)


def _torso_means(keypoints):
    """The mean `(x, y, v)` `[N, 3]` of those of `[N, k, 3]` that are annotated; v = 0 where none is."""
    there = keypoints[..., 2:] > 0
    count = there.sum(axis=1)
    return np.concatenate([np.where(there, keypoints[..., :2], 0).sum(axis=1) / np.maximum(count, 1), count], axis=-1)


def _measure(metric, predictions, label, reference, skeleton):
    """One metric: its thresholds, and the per cent at each of them by keypoint."""
    rates = metric.rates(predictions["truth"], predictions[label], reference, metric.thresholds)
    return {"thresholds": metric.thresholds, "keypoints": _by_keypoint(rates, skeleton.keypoints)}


def _by_keypoint(rates, names):
    """`[R, K]` → dict of `[R]`: for each part of the body the mean of its sides, and each side; then that of all."""
    curves = {}
    for name in names:
        part = name.removeprefix("left_").removeprefix("right_")
        sides = [side for side in (part, f"left_{part}", f"right_{part}") if side in names]
        curves[part] = _mean(rates[:, [names.index(side) for side in sides]])
        if sides != [part]:
            curves |= {side: rates[:, names.index(side)] for side in sides}
    return curves | {"mean": _mean(rates)}


def _mean(rates):
    """The mean `[R]` of `[R, k]` over those that are numbers; NaN where none is."""
    return np.ma.masked_invalid(rates).mean(axis=1).filled(np.nan)
