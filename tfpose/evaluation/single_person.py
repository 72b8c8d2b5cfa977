"""Evaluation of single-person models: predicts every person of a split, and computes rates in image pixels."""

import keras
import numpy as np

import tfpose
from tfpose.commands import runs
from tfpose.data import crops
from tfpose.data.records import decode
from tfpose.evaluation.rates import count
from tfpose.metrics import PROTOCOLS, Pairs
from tfpose.metrics.pck import torso_lengths
from tfpose.prediction import cropping

TORSOS = ("predicted", "box", "truth", "none")


def evaluate_single_person(
    predictor, records, *, outputs=None, reference=None, torso="none", crop="", metrics=None, limit=None
):
    """Measures a single-person model on records.

    Args:
        predictor: A `SinglePersonPredictor`. Its model may find more keypoints than the records annotate. With a torso
            prior, it is given the torso box of everyone who has one.
        records: What `records.load` returns.
        outputs: What to measure: label → name of an output, such as `{"spatial model": "heatmaps"}`.
        reference: Names of the two keypoints whose distance is the torso; the skeleton's by default.
        torso: Source of the torso position that the network takes: `"box"`, the middle of the torso box; `"truth"`, the
            mean of the annotated shoulders and hips; `"predicted"` and `"none"`, not given.
        crop: What the network is shown: `"frame"`, `"person"`, `"torso"`, or `"twice"`: the frame, then the
            surroundings of its first answer. By default what it was trained on; what the records were made for if
            that is not recorded or was different in the data sets of a mixture.
        metrics: Names of `PROTOCOLS`; that of the data set by default, see `usual_metrics`.
        limit: Number of images to stop after; all by default.

    Returns:
        A dict: data set, protocol, who was left out, versions; `without_prior`, the number of people measured without
        the torso prior, since they have no torso box; `results`, by label and metric, see `rates.count`; and
        `predictions`, annotated and found keypoints `[N, K, 3]` in image pixels, with `head_sizes` `[N]` and the
        `boxes` `[N, 4]` that were shown. People without the box or torso that the network needs are not among them;
        people without reference or head size are, and do not count where the metric needs it.

    Raises:
        ValueError: If the arguments do not suit the records, or nobody can be measured.
    """
    outputs = outputs or {"detector": "heatmaps"}
    reference = tuple(reference or records.skeleton.reference or ())
    metrics = list(metrics or usual_metrics(records))
    crop = crop or (predictor.crop if predictor.crop in crops.CROPS else crops.FRAMINGS[records.framing])
    check(predictor, records, reference, torso, metrics, crop)
    predictions, num_images, left_out = _predict(predictor, records, outputs, torso, crop, limit)
    truth = {"skeleton": records.skeleton, "true": predictions["truth"], "reference": reference}
    truth |= {name: predictions[name] for name in ("head_sizes", "boxes")}
    pairs = {label: Pairs(found=predictions[label], **truth) for label in outputs}
    has_prior = predictions.pop("has_prior")
    return {
        "data_set": {name: records.metadata[name] for name in ("converter", "version", "options")},
        "split": records.split,
        "images": num_images,
        "people": len(predictions["truth"]),
        "left_out": {**_unmeasured(truth, metrics), **left_out},
        "without_prior": int((~has_prior).sum()) if predictor.torso_prior else 0,
        "protocol": {
            "coordinates": "image pixels",
            "reference": reference,
            "torso": torso,
            "torso prior": predictor.torso_prior is not None,
            "crop": crop,
            "limit": limit,
        },
        "versions": {"tfpose": tfpose.__version__, **runs.versions()},
        "results": {label: {name: count(PROTOCOLS[name], those) for name in metrics} for label, those in pairs.items()},
        "predictions": {"keypoints": records.skeleton.keypoints, **predictions},
    }


def usual_metrics(records):
    """Returns the usual metric of such records: detection rate on FLIC, PCKh where heads are annotated, else PCK."""
    if records.skeleton.name == "flic":
        return ("detection_rate",)
    return ("pckh",) if _has_heads(records) else ("pck",)


def check(predictor, records, reference, torso, metrics, crop):
    """Checks the arguments of `evaluate_single_person`.

    Raises:
        ValueError: If they do not suit each other.
    """
    skeleton, known = records.skeleton, predictor.skeleton.keypoints
    choices = (("torso", [torso], TORSOS), ("metrics", metrics, PROTOCOLS), ("crop", [crop], cropping.CHOICES))
    for name, values, choice in choices:
        if unknown := [value for value in values if value not in choice]:
            raise ValueError(f"Unknown `{name}`. Received: {', '.join(unknown)}. Known: {', '.join(choice)}.")
    if unknown := [name for name in skeleton.keypoints if name not in known]:
        raise ValueError(
            "The model must find all keypoints that the records annotate; `--skeleton` measures some of them. "
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


def _has_heads(records):
    """Whether the head size of anyone is annotated. Images are not decoded."""
    return any((example["head_sizes"] > 0).any() for example in records.dataset().as_numpy_iterator())


def _unmeasured(truth, metrics):
    """Number of people who lack the reference or head size that a metric needs."""
    needed = {PROTOCOLS[name].needs for name in metrics}
    left_out = {}
    if "reference" in needed:
        lengths = torso_lengths(truth["true"], truth["skeleton"].indices(truth["reference"]))
        left_out["reference not annotated"] = int((np.asarray(lengths) == 0).sum())
    if "head_sizes" in needed:
        left_out["head size unknown"] = int((truth["head_sizes"] <= 0).sum())
    return left_out


def _predict(predictor, records, outputs, torso, crop, limit):
    """Predictions as arrays, the number of images, and the number of people left out by reason."""
    columns = ("ids", "person", "truth", "head_sizes", "has_prior", "boxes", *outputs)
    rows = []
    left_out = {"torso unknown": 0, "no box to crop by": 0}
    wanted = predictor.skeleton.indices(records.skeleton.keypoints)
    num_images = min(records.num_images, limit or records.num_images)
    progress = keras.utils.Progbar(num_images, unit_name="image")
    for example in records.dataset().take(num_images).prefetch(2).as_numpy_iterator():
        image = decode(example["image"]).numpy()
        for i, point in enumerate(_torsos(example, records, torso)):
            if point is not None and not point[2]:
                left_out["torso unknown"] += 1
                continue
            box = _box(example, i, crop, image)
            if box is None:
                left_out["no box to crop by"] += 1
                continue
            torso_box = example["torso_boxes"][i]
            has_prior = bool(predictor.torso_prior) and bool((torso_box[2:] > 0).all())
            found, box = _run(predictor, image, box, point, torso_box if has_prior else None, crop)
            people = [found[name][0][wanted] for name in outputs.values()]
            person = (example["id"].decode(), i, example["keypoints"][i], example["head_sizes"][i], has_prior)
            rows.append((*person, box, *people))
        progress.add(1)
    if not rows:
        raise ValueError(f"There must be people to evaluate on. Received: none in {num_images} images.")
    return dict(zip(columns, map(np.array, zip(*rows, strict=True)), strict=True)), num_images, left_out


def _box(example, i, crop, image):
    """The box that is shown of a person `[4]`, or None if the one to crop by is not known."""
    size = image.shape[:2]
    if crop in ("frame", "twice"):
        return crops.box("frame", size).numpy()
    boxes = {"person_box": example["boxes"][i], "torso_box": example["torso_boxes"][i]}
    return crops.box(crop, size, **boxes).numpy() if crops.is_known(crop, **boxes) else None


def _run(predictor, image, box, point, torso_box, crop):
    """People by output, and the box that was shown last."""
    given = {"torso": None if point is None else point[:2]}
    if torso_box is not None:
        given["torso_box"] = torso_box
    found = predictor.by_output(image, box, **given)
    if crop == "twice":
        box = cropping.around(found[predictor.output][0], predictor, image.shape[:2])
        found = predictor.by_output(image, box, **given)
    return found, box


def _torsos(example, records, torso):
    """The torso position `(x, y, v)` of each person that is given to the network, or None."""
    if torso == "box":
        return crops.middle(example["torso_boxes"]).numpy()
    if torso == "truth":
        return _torso_means(example["keypoints"][:, records.skeleton.torso])
    return [None] * len(example["keypoints"])


def _torso_means(keypoints):
    """The mean `(x, y, v)` `[N, 3]` of those of `[N, k, 3]` that are annotated; v = 0 where none is."""
    there = keypoints[..., 2:] > 0
    count = there.sum(axis=1)
    return np.concatenate([np.where(there, keypoints[..., :2], 0).sum(axis=1) / np.maximum(count, 1), count], axis=-1)
