"""Finds everyone of a split, each in the pixels of the image they are in, and counts how many keypoints are right."""

import hashlib

import keras
import numpy as np

import tfpose
from tfpose import runs
from tfpose.data import crops
from tfpose.data.records import decode
from tfpose.evaluation.rates import count
from tfpose.metrics import PROTOCOLS, Pairs
from tfpose.metrics.pck import torso_lengths

TORSOS = ("predicted", "box", "truth", "none")


def evaluate(predictor, records, *, outputs=None, reference=None, torso="none", metrics=None, limit=None):
    """Measures a model.

    Args:
        predictor: A `Predictor`. It may know more keypoints than the records annotate.
        records: What `records.load` returns.
        outputs: What to measure: label → name of an output, such as `{"spatial model": "heatmaps"}`.
        reference: Names of the two keypoints whose distance is the torso; the skeleton's by default.
        torso: Where the network hears of the torso: `"box"`, the middle of the torso box; `"truth"`, the mean of the
            annotated shoulders and hips; `"predicted"` and `"none"`, not from here.
        metrics: Names of `PROTOCOLS`; that of the data set by default, see `usual_metrics`.
        limit: How many images to stop after; all by default.

    Returns:
        A dict: data set, protocol, who was left out, versions; `results`, by label and metric, see `counting.count`;
        and `predictions`, the truth and what was found, `[N, K, 3]` in image pixels, with `head_sizes` `[N]` and what
        the network was shown, `boxes` `[N, 4]`. People without a known torso are not in it if the network must be told;
        people without reference or head size are, and do not count where the metric needs it.

    Raises:
        ValueError: If the arguments do not suit the records.
    """
    outputs = outputs or {"detector": "heatmaps"}
    reference = tuple(reference or records.skeleton.reference or ())
    metrics = list(metrics or usual_metrics(records))
    check(predictor, records, reference, torso, metrics)
    predictions, num_images, untold = _find(predictor, records, outputs, torso, limit)
    truth = {"skeleton": records.skeleton, "true": predictions["truth"], "reference": reference}
    truth |= {name: predictions[name] for name in ("head_sizes", "boxes")}
    pairs = {label: Pairs(found=predictions[label], **truth) for label in outputs}
    return {
        "data_set": {name: records.metadata[name] for name in ("converter", "version", "options")},
        "split": records.split,
        "images": num_images,
        "people": len(predictions["truth"]),
        "left_out": {**_unmeasured(truth, metrics), "torso unknown": untold},
        "protocol": {"coordinates": "image pixels", "reference": reference, "torso": torso, "limit": limit},
        "versions": {"tfpose": tfpose.__version__, **runs.versions()},
        "results": {label: {name: count(PROTOCOLS[name], those) for name in metrics} for label, those in pairs.items()},
        "predictions": {"keypoints": records.skeleton.keypoints, **predictions},
    }


def usual_metrics(records):
    """The metric in which results on such records are published: detection rate on FLIC, PCKh if heads are measured."""
    if records.skeleton.name == "flic":
        return ("detection_rate",)
    return ("pckh",) if _has_heads(records) else ("pck",)


def check(predictor, records, reference, torso, metrics):
    """Tells whether these can be measured together.

    Raises:
        ValueError: If not.
    """
    skeleton, known = records.skeleton, predictor.skeleton.keypoints
    for name, values, choice in (("torso", [torso], TORSOS), ("metrics", metrics, PROTOCOLS)):
        if unknown := [value for value in values if value not in choice]:
            raise ValueError(f"Unknown `{name}`. Received: {', '.join(unknown)}. Known: {', '.join(choice)}.")
    if unknown := [name for name in skeleton.keypoints if name not in known]:
        raise ValueError(
            "The model must find all keypoints that the records annotate. "
            f"Received: {', '.join(unknown)}. Known: {', '.join(known)}."
        )
    needed = {PROTOCOLS[name].needs for name in metrics}
    if ("reference" in needed or reference) and not (len(reference) == 2 and set(reference) <= set(skeleton.keypoints)):
        raise ValueError(
            f"`reference` must name two keypoints. Received: {','.join(reference) or None}. "
            f"Known: {', '.join(skeleton.keypoints)}."
        )
    if "head_sizes" in needed and not _has_heads(records):
        possible = [name for name, protocol in PROTOCOLS.items() if protocol.needs != "head_sizes"]
        raise ValueError(
            f"pckh needs records with head sizes, as those of MPII. Received: {records.metadata['converter']}, "
            f"which has none. Known for all records: {', '.join(possible)}."
        )


def digest(path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _has_heads(records):
    """Whether anyone's head size is known; images stay bytes."""
    return any((example["head_sizes"] > 0).any() for example in records.dataset().as_numpy_iterator())


def _unmeasured(truth, metrics):
    """How many people do not count for want of what a metric measures by."""
    needed = {PROTOCOLS[name].needs for name in metrics}
    left_out = {}
    if "reference" in needed:
        lengths = torso_lengths(truth["true"], truth["skeleton"].indices(truth["reference"]))
        left_out["reference not annotated"] = int((np.asarray(lengths) == 0).sum())
    if "head_sizes" in needed:
        left_out["head size unknown"] = int((truth["head_sizes"] <= 0).sum())
    return left_out


def _find(predictor, records, outputs, torso, limit):
    """Runs the predictor on everyone. Returns predictions as arrays, the number of images, and of people left out."""
    columns = ("ids", "person", "truth", "head_sizes", "boxes", *outputs)
    rows = []
    untold = 0
    wanted = predictor.skeleton.indices(records.skeleton.keypoints)
    num_images = min(records.num_images, limit or records.num_images)
    progress = keras.utils.Progbar(num_images, unit_name="image")
    for example in records.dataset().take(num_images).prefetch(2).as_numpy_iterator():
        image = decode(example["image"]).numpy()
        for i, (box, point) in enumerate(_shown(example, records, torso)):
            if point is not None and not point[2]:
                untold += 1
                continue
            found = predictor.by_output(image, box, None if point is None else point[:2])
            people = [found[name][0][wanted] for name in outputs.values()]
            shown = (0, 0, image.shape[1], image.shape[0]) if box is None else box
            rows.append((example["id"].decode(), i, example["keypoints"][i], example["head_sizes"][i], shown, *people))
        progress.add(1)
    if not rows:
        raise ValueError(f"There must be people to evaluate on. Received: none in {num_images} images.")
    return dict(zip(columns, map(np.array, zip(*rows, strict=True)), strict=True)), num_images, untold


def _shown(example, records, torso):
    """What the network is shown and told of each person: boxes, and `(x, y, v)` of torsos, or None."""
    boxes, points = ([None] * len(example["keypoints"]) for _ in range(2))
    if records.framing == "person":
        boxes = crops.surroundings(example["boxes"]).numpy()
    if torso == "box":
        points = crops.middle(example["torso_boxes"]).numpy()
    elif torso == "truth":
        points = _torso_means(example["keypoints"][:, records.skeleton.torso])
    return zip(boxes, points, strict=True)


def _torso_means(keypoints):
    """The mean `(x, y, v)` `[N, 3]` of those of `[N, k, 3]` that are annotated; v = 0 where none is."""
    there = keypoints[..., 2:] > 0
    count = there.sum(axis=1)
    return np.concatenate([np.where(there, keypoints[..., :2], 0).sum(axis=1) / np.maximum(count, 1), count], axis=-1)
