"""Predictions in the format of AI Challenger's evaluation: annotations without boxes."""

import collections
import math
import pathlib

import numpy as np

from tfpose.skeletons import AI_CHALLENGER
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import coco_json
from tfrecords_tools.formats.ai_challenger_json import annotated
from tfrecords_tools.formats.coco_json import is_number, short


def submission(found: list[dict], document: dict | None = None, names=(), *, min_score: float = 0.0) -> list[dict]:
    """Converts predictions to AI Challenger's format.

    Args:
        found: What `python -m tfpose` writes, entries of `image` and `people`; or COCO's results, entries of
            `image_id`, `keypoints` and `score`.
        document: For COCO's results: the images, in COCO's format. Images without people get an entry, too.
        names: For COCO's results: the names of the K keypoints.
        min_score: People with a lower score are left out. The official score divides by the number of predicted people.

    Returns:
        Entries of `image_id` and `keypoint_annotations`, coordinates as whole numbers, v 1; a keypoint that was not
        found (its score is not above 0) is 0, 0, 3.

    Raises:
        ConversionError: Naming the first entry that is wrong.
    """
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise ConversionError("Predictions must be a list of objects in braces.")
    by_image = _of_results(found, document, names) if document else _of_photos(found)
    entries = []
    for name, people in by_image.items():
        kept = [keypoints for score, keypoints in people if score >= min_score]
        keypoints = {f"human{i}": _written(person) for i, person in enumerate(kept, start=1)}
        entries.append({"image_id": name, "keypoint_annotations": keypoints})
    return entries


def _of_photos(found):
    by_image = {}
    for i, entry in enumerate(found):
        if "image" not in entry or "people" not in entry:
            raise ConversionError(
                f"Entry {i} must have `image` and `people`, as `python -m tfpose` writes them; COCO's results need "
                f"`--images`. Received: {', '.join(entry) or 'nothing'}."
            )
        if not isinstance(entry["image"], str) or not isinstance(entry["people"], list):
            raise ConversionError(f"Entry {i}: `image` must be text and `people` a list.")
        name = pathlib.PurePath(entry["image"]).stem
        if name in by_image:
            raise ConversionError(f"Entry {i} must be of an image of its own. Received: {name[:80]} again.")
        by_image[name] = [_person(f"Entry {i}: `people[{n}]", person) for n, person in enumerate(entry["people"])]
    return by_image


def _person(path, person):
    """The score of a person and its keypoints, checked to be numbers."""
    if not isinstance(person, dict) or not _finite([person.get("score")]):
        raise ConversionError(f"{path}.score` must be a number.")
    keypoints = person.get("keypoints")
    if not isinstance(keypoints, dict):
        raise ConversionError(f"{path}.keypoints` must be an object. Received: {short(keypoints)}.")
    for name, values in keypoints.items():
        if not isinstance(values, list) or len(values) != 3 or not _finite(values):
            raise ConversionError(f"{path}.keypoints.{name[:40]}` must be x, y and score. Received: {short(values)}.")
    return person["score"], keypoints


def _finite(values) -> bool:
    return all(is_number(value) and math.isfinite(value) for value in values)


def _of_results(found, document, names):
    coco_json.check_images("`--images`", document["images"])
    images = {image["id"]: pathlib.PurePosixPath(image["file_name"]).stem for image in document["images"]}
    people = collections.defaultdict(list)
    for i, entry in enumerate(found):
        id, values = entry.get("image_id"), entry.get("keypoints")
        if not isinstance(id, (str, int)) or id not in images:
            raise ConversionError(f"Entry {i}: `image_id` must be the `id` of an image. Received: {short(id)}.")
        if not isinstance(values, list) or len(values) != 3 * len(names) or not _finite(values):
            raise ConversionError(f"Entry {i}: `keypoints` must be {len(names)} times x, y and score, finite numbers.")
        if not _finite([entry.get("score", 1.0)]):
            raise ConversionError(f"Entry {i}: `score` must be a number. Received: {short(entry['score'])}.")
        keypoints = dict(zip(names, np.reshape(entry["keypoints"], (-1, 3)).tolist(), strict=True))
        people[entry["image_id"]].append((entry.get("score", 1.0), keypoints))
    return {name: people[id] for id, name in images.items()}


def _written(person):
    """Named keypoints (x, y, score) as AI Challenger's numbers."""
    keypoints = np.array([person.get(name, (0, 0, 0)) for name in AI_CHALLENGER.keypoints], np.float64)
    keypoints[:, 2] = np.where(keypoints[:, 2] > 0, 2, 0)
    return annotated(keypoints)
