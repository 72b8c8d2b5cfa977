"""Evaluation of multi-person models: predicts everyone in the images of a split, and scores whole people."""

import keras
import numpy as np

import tfpose
from tfpose.commands import runs
from tfpose.data.records import decode
from tfpose.evaluation import coco
from tfpose.metrics import PEOPLE_METRICS
from tfpose.metrics.sigmas import sigmas_of

METRICS = {**PEOPLE_METRICS, "coco": coco.COCOScore}
"""By name. `coco` is the same as `oks`, by pycocotools."""

RULES = {
    "oks": "COCO: 10 thresholds of OKS, 101 points of recall, the best 20 people of an image",
    "coco": "COCO: 10 thresholds of OKS, 101 points of recall, the best 20 people of an image",
    "ai_challenger": "AI Challenger: most similar person found, visible keypoints, area of the box",
    "mpii_multi": "evaluateAP: within half a head, people by most keypoints; without pelvis and thorax",
}


def evaluate_people(predictor, records, *, metrics=("oks",), limit=None, find=None) -> dict:
    """Measures a multi-person model on records.

    An image that cannot be read, or on which the predictor fails, counts as one where nobody was found, and is listed.

    Args:
        predictor: Image `uint8 [H, W, 3]` → people `(x, y, score)` `[N, K, 3]` in its pixels; score 0: keypoint not
            found. It has a `skeleton`, which may know more keypoints than the records annotate.
        records: What `records.load` returns.
        metrics: Names of `METRICS`.
        limit: Number of images to stop after; all by default.
        find: Function of an image and its record that returns the people; calls `predictor` by default.

    Returns:
        A dict: data set, split, images, people, protocol, versions; `failed`: image → error; `results`: metric → values
        by name, 0 to 1; and `predictions`: the people found in the form of COCO's results, and `ids`: image → its
        number there. The score of a person is the mean of the keypoints'.

    Raises:
        ValueError: If the arguments do not suit the records, or all images fail.
    """
    num_images = min(records.num_images, limit or records.num_images)
    check(predictor, records, metrics, num_images)
    sigmas, source = sigmas_of(records.skeleton)
    if not records.skeleton.sigmas:
        print(f"The skeleton {records.skeleton.name} has no sigmas of OKS; taken: {source}.")
    scores = {name: METRICS[name].of(records.skeleton) for name in metrics}
    find = find or (lambda image, record: predictor(image))
    wanted = predictor.skeleton.indices(records.skeleton.keypoints)
    ids, found, failed, people = _predict(find, wanted, records, num_images, scores.values())
    return {
        "data_set": {name: records.metadata[name] for name in ("converter", "version", "options")},
        "split": records.split,
        "images": num_images,
        "people": people,
        "failed": failed,
        "protocol": {
            "coordinates": "image pixels",
            "crop": "frame",
            "metrics": {name: RULES[name] for name in metrics},
            "person score": "mean of the keypoints' scores",
            "not found": "put amid the person's other keypoints",
            "sigmas": sigmas,
            "sigmas from": source,
            "limit": limit,
        },
        "versions": {"tfpose": tfpose.__version__, **runs.versions(), "pycocotools": coco.version()},
        "results": {name: score.result() for name, score in scores.items()},
        "predictions": {"keypoints": records.skeleton.keypoints, "ids": ids, "found": found},
    }


def check(predictor, records, metrics, num_images):
    """Checks the arguments of `evaluate_people`. Images are not decoded.

    Raises:
        ValueError: If they do not suit each other.
    """
    if unknown := [name for name in metrics if name not in METRICS]:
        raise ValueError(f"Unknown `metrics`. Received: {', '.join(unknown)}. Known: {', '.join(METRICS)}.")
    known = predictor.skeleton.keypoints
    if unknown := [name for name in records.skeleton.keypoints if name not in known]:
        raise ValueError(
            "The model must find all keypoints that the records annotate. "
            f"Received: {', '.join(unknown)}. Known: {', '.join(known)}."
        )
    if "mpii_multi" in metrics:
        for example in records.dataset().take(num_images).as_numpy_iterator():
            if not (example["head_sizes"] > 0).all():
                raise ValueError(
                    "mpii_multi needs the head size of everyone, as that of MPII. "
                    f"Received: {example['id'].decode()}, with {example['head_sizes'].tolist()}."
                )


def _predict(find, wanted, records, num_images, scores):
    """Image numbers by id, results, errors by id, and the number of annotated people."""
    ids, results, failed, people = {}, [], {}, 0
    progress = keras.utils.Progbar(num_images, unit_name="image")
    for example in records.dataset().take(num_images).prefetch(2).as_numpy_iterator():
        name = example["id"].decode()
        try:
            found = np.asarray(find(decode(example["image"]).numpy(), example), "float32")[:, wanted]
        except Exception as error:  # Any error: one broken image must not end a run of hours.
            failed[name] = f"{type(error).__name__}: {error}"
            found = np.zeros((0, len(wanted), 3), "float32")
        ids[name] = coco.image_number(example, len(ids))
        results += coco.results(found, ids[name])
        people += len(example["keypoints"])
        for score in scores:
            score.update_state(example, found)
        progress.add(1)
    if len(failed) == num_images:
        raise ValueError(f"There must be an image without an error. Received: {next(iter(failed.values()))}")
    return ids, results, failed, people
