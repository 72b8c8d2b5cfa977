"""AI Challenger's format of annotations and predictions: a JSON list with an entry per image.

An entry has `image_id` (the name of the image without `.jpg`), `human_annotations` (`"human1": [x1, y1, x2, y2]`) and
`keypoint_annotations` (`"human1"`: 14 times x, y, v), where v is 1 (visible), 2 (not visible) or 3 (not labelled).
In tfpose these are 2, 1 and 0.
"""

import numpy as np

from tfpose import skeletons
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.coco_json import load_json

NUM_KEYPOINTS = len(skeletons.AI_CHALLENGER)


def load(path) -> list[dict]:
    """Reads and checks a file of annotations.

    Raises:
        ConversionError: Naming the first entry that is wrong, and what must hold.
    """
    entries = load_json(path)
    if not isinstance(entries, list):
        raise ConversionError(f"{path} must be in AI Challenger's format, a list. Received: {type(entries).__name__}.")
    seen = set()
    for i, entry in enumerate(entries):
        if wrong := _wrong(entry, seen):
            raise ConversionError(f"{path}: entry {i}: {wrong}")
        seen.add(entry["image_id"])
    return entries


def people(entry: dict) -> dict:
    """The people of one entry, in the order of their numbers.

    Returns:
        `keypoints` float32 `[N, 14, 3]`, with v as in tfpose and zeros for keypoints that are not labelled, and
        `boxes` `[N, 4]` (x, y, w, h).
    """
    humans = in_order(entry["keypoint_annotations"])
    keypoints = np.array([entry["keypoint_annotations"][human] for human in humans], np.float32)
    keypoints = keypoints.reshape(-1, NUM_KEYPOINTS, 3)
    v = 3 - keypoints[..., 2:]
    keypoints = np.where(v > 0, np.concatenate([keypoints[..., :2], v], axis=-1), 0)
    corners = np.array([entry["human_annotations"][human] for human in humans], np.float32).reshape(-1, 4)
    return {"keypoints": keypoints, "boxes": np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=-1)}


def annotated(keypoints) -> list[int]:
    """The keypoints of one person `[14, 3]` as AI Challenger's 42 whole numbers."""
    keypoints = np.asarray(keypoints, np.float64)
    v = keypoints[:, 2:]
    rows = np.where(v > 0, np.concatenate([keypoints[:, :2], 3 - v], axis=-1), (0, 0, 3))
    return [int(number) for number in np.rint(rows).ravel()]


def in_order(humans) -> list[str]:
    """The names human1, human2, … human10 in the order of their numbers."""
    return sorted(humans, key=lambda name: (len(name), name))


def file_name(entry: dict) -> str:
    """The name of an entry's image, which the official files give without `.jpg`."""
    return entry["image_id"] if entry["image_id"].endswith(".jpg") else f"{entry['image_id']}.jpg"


def _wrong(entry, seen):
    """Describes the first mistake in an entry; none if there is none."""
    if not isinstance(entry, dict) or not isinstance(entry.get("image_id"), str) or entry["image_id"] in seen:
        return "`image_id` must be there and of no other entry."
    name = entry["image_id"]
    keypoints, boxes = (entry.get(key) for key in ("keypoint_annotations", "human_annotations"))
    if not isinstance(keypoints, dict) or not isinstance(boxes, dict) or set(keypoints) != set(boxes):
        return f"{name}: `human_annotations` and `keypoint_annotations` must be of the same people."
    for human in keypoints:
        if not _numbers(keypoints[human], 3 * NUM_KEYPOINTS) or set(keypoints[human][2::3]) - {1, 2, 3}:
            return f"{name}: the keypoints of {human} must be {NUM_KEYPOINTS} times x, y, and v of 1, 2 or 3."
        if not _numbers(boxes[human], 4):
            return f"{name}: the box of {human} must be x1, y1, x2, y2. Received: {boxes[human]!r}."
    return None


def _numbers(values, length) -> bool:
    return (
        isinstance(values, list) and len(values) == length and all(isinstance(value, (int, float)) for value in values)
    )
