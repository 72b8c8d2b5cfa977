"""The skeleton of one's own data set: from a small JSON file, or from the `categories` of a COCO form.

The file: `{"name": "hand", "keypoints": ["wrist", "left_tip", "right_tip"], "limbs": [["wrist", "left_tip"]],
"sigmas": {"wrist": 0.06}, "reference": ["wrist", "left_tip"]}`. Only `keypoints` must be there. Sides, which mirroring
exchanges, are told by `left_` and `right_`; what has no sigma has that of `part_sigmas`.
"""

import re

from tfpose.skeletons import COCO, Skeleton
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.coco_json import load_json
from tfrecords_tools.formats.part_sigmas import default_sigma

FIELDS = ("name", "keypoints", "limbs", "sigmas", "reference")


def read_skeleton(path) -> Skeleton:
    """Reads a skeleton from its file.

    Raises:
        ConversionError: If a field is unknown or not what it must be.
    """
    fields = load_json(path)
    if not isinstance(fields, dict) or not isinstance(fields.get("keypoints"), list):
        raise ConversionError(f"{path} must have `keypoints`, a list of names.")
    if unknown := sorted(set(fields) - set(FIELDS)):
        raise ConversionError(f"Unknown field of {path}. Received: {', '.join(unknown)}. Known: {', '.join(FIELDS)}.")
    return make_skeleton(path, **fields)


def category(path, document: dict) -> dict | None:
    """The only category of a COCO form that names keypoints, or none if none does."""
    found = [entry for entry in document.get("categories", ()) if entry.get("keypoints")]
    if len(found) > 1:
        names = ", ".join(str(entry.get("name")) for entry in found)
        raise ConversionError(f"{path} must have keypoints in one of its `categories`. Received: in {names}.")
    return found[0] if found else None


def skeleton_of(path, entry: dict) -> Skeleton:
    """The skeleton of a category, whose `skeleton` are pairs of keypoints counted from 1; perhaps with `sigmas`."""
    keypoints = [plain_name(name) for name in entry["keypoints"]]
    pairs = entry.get("skeleton") or []
    if strange := [pair for pair in pairs if not _is_pair(pair, range(1, len(keypoints) + 1))]:
        raise ConversionError(
            f"{path}: `skeleton` of category {entry.get('name')} must be pairs of 1 … {len(keypoints)}. "
            f"Received: {strange[0]}."
        )
    limbs = [[keypoints[i - 1] for i in pair] for pair in pairs]
    return make_skeleton(path, keypoints, entry.get("name", "own"), limbs, entry.get("sigmas", ()))


def plain_name(name: str) -> str:
    """`Right Shoulder` → `right_shoulder`."""
    return re.sub(r"[\s-]+", "_", str(name).strip().lower())


def make_skeleton(path, keypoints, name="own", limbs=(), sigmas=(), reference=None) -> Skeleton:
    """Makes a skeleton with a sigma for each keypoint.

    Args:
        path: Of the file it comes from, for what is said of it.
        keypoints: K names.
        name: Of the skeleton.
        limbs: Pairs of names.
        sigmas: K numbers, or a dict with those that are known by the name of the keypoint.
        reference: Two names; without, the left shoulder and the right hip, if both are there.
    """
    if not all(isinstance(keypoint, str) for keypoint in keypoints):
        raise ConversionError(f"{path}: `keypoints` must be names. Received: {keypoints}.")
    if reference is None and set(COCO.reference) <= set(keypoints):
        reference = COCO.reference
    for field, pairs in (("limbs", limbs), ("reference", [reference] if reference else [])):
        if not isinstance(pairs, (list, tuple)) or not all(_is_pair(pair, keypoints) for pair in pairs):
            raise ConversionError(
                f"{path}: `{field}` must be pairs of names. Received: {pairs}. Known: {', '.join(keypoints)}."
            )
    sigmas = _sigmas(path, keypoints, sigmas)
    fields = {"name": name, "keypoints": keypoints, "limbs": limbs, "sigmas": sigmas, "reference": reference}
    try:
        return Skeleton.from_dict(fields)
    except ValueError as error:
        raise ConversionError(f"{path}: {error}") from None


def _sigmas(path, keypoints, sigmas):
    if isinstance(sigmas, dict):
        if unknown := sorted(set(sigmas) - set(keypoints)):
            raise ConversionError(
                f"{path}: `sigmas` must be of keypoints. Received: {', '.join(unknown)}. Known: {', '.join(keypoints)}."
            )
        sigmas = [sigmas.get(keypoint, default_sigma(keypoint)) for keypoint in keypoints]
    sigmas = sigmas or [default_sigma(keypoint) for keypoint in keypoints]
    numbers = isinstance(sigmas, (list, tuple)) and all(isinstance(sigma, (int, float)) for sigma in sigmas)
    if not numbers or min(sigmas) <= 0:
        raise ConversionError(f"{path}: `sigmas` must be numbers above 0. Received: {sigmas}.")
    return sigmas


def _is_pair(pair, known) -> bool:
    return isinstance(pair, (list, tuple)) and len(pair) == 2 and all(end in known for end in pair)
