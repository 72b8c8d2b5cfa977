"""The skeleton of one's own data set: from a small JSON file, or from the `categories` of a file in COCO's format.

The file: `{"name": "hand", "keypoints": ["wrist", "left_tip", "right_tip"], "limbs": [["wrist", "left_tip"]],
"sigmas": {"wrist": 0.06}, "reference": ["wrist", "left_tip"], "pairs": [["left_tip", "right_tip"]]}`. Only `keypoints`
must be there. The pairs change places when an image is mirrored; without `pairs` they are found by the names, in any
usual spelling (see `tfpose.skeletons.flip_pairs`). Instead of pairs, `flip` may list for each keypoint the index, from
0, or the name of its counterpart. Keypoints without a sigma get that of `part_sigmas`.
"""

import math

from tfpose.skeletons import COCO, Skeleton
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.coco_json import load_json, short
from tfrecords_tools.formats.keypoint_names import plain_names
from tfrecords_tools.formats.part_sigmas import default_sigma

FIELDS = ("name", "keypoints", "limbs", "sigmas", "reference", "pairs", "flip")


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
    """The only category of a document in COCO's format that names keypoints, or none if none does."""
    found = []
    for i, entry in enumerate(document.get("categories") or ()):
        if entry.get("keypoints"):
            found += [entry] if _check_names(path, i, entry["keypoints"]) else []
    if len(found) > 1:
        names = ", ".join(str(entry.get("name")) for entry in found)
        raise ConversionError(f"{path} must have keypoints in one of its `categories`. Received: in {names}.")
    return found[0] if found else None


def categories(path, document: dict, name: str = "") -> list[dict]:
    """The categories that name keypoints: that of a name, or all, which must then have the same.

    Raises:
        ConversionError: If the name is unknown, or there are several with other keypoints and no name.
    """
    found = []
    for i, entry in enumerate(document.get("categories") or ()):
        if entry.get("keypoints"):
            found += [entry] if _check_names(path, i, entry["keypoints"]) else []
    known = [str(entry.get("name")) for entry in found]
    if name and name not in known:
        raise ConversionError(f"`category` must be one with keypoints. Received: {name!r}. Known: {', '.join(known)}.")
    found = [entry for entry in found if not name or str(entry.get("name")) == name]
    if len({tuple(plain_names(path, entry["keypoints"]).values()) for entry in found}) > 1:
        raise ConversionError(
            f"{path} must have the same keypoints in all of its `categories`, or `--category` say which to take. "
            f"Received: other ones in {', '.join(known)}."
        )
    return found


def skeleton_of(path, entry: dict) -> Skeleton:
    """The skeleton of a category, whose `skeleton` are pairs of keypoints counted from 1; optionally with `sigmas`."""
    keypoints = entry["keypoints"]
    pairs = entry.get("skeleton") or []
    strange = [] if isinstance(pairs, list) else [pairs]
    strange += [pair for pair in pairs if not _is_pair(pair, range(1, len(keypoints) + 1))] if not strange else []
    if strange:
        raise ConversionError(
            f"{path}: `skeleton` of category {entry.get('name')} must be pairs of 1 … {len(keypoints)}. "
            f"Received: {short(strange[0])}."
        )
    limbs = [[keypoints[i - 1] for i in pair] for pair in pairs]
    mirrored = {field: entry[field] for field in ("pairs", "flip") if entry.get(field) is not None}
    return make_skeleton(path, keypoints, str(entry.get("name", "own")), limbs, entry.get("sigmas", ()), **mirrored)


def make_skeleton(path, keypoints, name="own", limbs=(), sigmas=(), reference=None, pairs=None, flip=None) -> Skeleton:
    """Makes a skeleton with plain names and a sigma for each keypoint.

    Args:
        path: The file it comes from, for error messages.
        keypoints: K names; they and all others are spelled as `keypoint_names.plain_names` does.
        name: Of the skeleton.
        limbs: Pairs of names.
        sigmas: K numbers, or a dict with those that are known by the name of the keypoint.
        reference: Two names. Default: the left shoulder and the right hip, if both are there.
        pairs: Pairs of names that change places when an image is mirrored. Default: told by the names.
        flip: Instead of `pairs`: for each keypoint the index or name of its counterpart, its own if it has none.
    """
    if not keypoints or not all(isinstance(keypoint, str) for keypoint in keypoints):
        raise ConversionError(f"{path}: `keypoints` must be names. Received: {keypoints}.")
    if len(set(keypoints)) < len(keypoints):
        raise ConversionError(f"{path}: `keypoints` must be distinct. Received: {', '.join(keypoints)}.")
    if flip is not None:
        pairs = _pairs_of(path, keypoints, flip, pairs)
    for field, ends in (("limbs", limbs), ("pairs", pairs or []), ("reference", [reference] if reference else [])):
        if not isinstance(ends, (list, tuple)) or not all(_is_pair(pair, keypoints) for pair in ends):
            raise ConversionError(
                f"{path}: `{field}` must be pairs of names. Received: {ends}. Known: {', '.join(keypoints)}."
            )
    plain = plain_names(path, keypoints)
    if reference is None and set(COCO.reference) <= set(plain.values()):
        reference = COCO.reference
    fields = {
        "name": str(name), "keypoints": [plain[keypoint] for keypoint in keypoints], "limbs": _renamed(limbs, plain),
        "sigmas": _sigmas(path, plain, sigmas), "reference": reference and [plain.get(end, end) for end in reference],
        "pairs": None if pairs is None else _renamed(pairs, plain),
    }  # fmt: skip
    try:
        return Skeleton.from_dict(fields)
    except ValueError as error:
        raise ConversionError(f"{path}: {error}") from None


def _check_names(path, i, names) -> bool:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConversionError(f"{path}: `categories[{i}].keypoints` must be a list of names. Received: {short(names)}.")
    return True


def _pairs_of(path, keypoints, flip, pairs):
    """The pairs of a list of counterparts, which must lead back: `[0, 2, 1]` → `[[1, 2]]` by name."""
    known = {**dict(enumerate(keypoints)), **{keypoint: keypoint for keypoint in keypoints}}
    fits = isinstance(flip, list) and len(flip) == len(keypoints) and pairs is None
    if not fits or not all(isinstance(end, (int, str)) and end in known for end in flip):
        raise ConversionError(
            f"{path}: `flip` must be the index (from 0) or name of the counterpart of each of {len(keypoints)} "
            f"keypoints, without `pairs`. Received: {short(flip)}."
        )
    partner = dict(zip(keypoints, (known[end] for end in flip), strict=True))
    if lost := [name for name in keypoints if partner[partner[name]] != name]:
        raise ConversionError(f"{path}: `flip` must lead from each counterpart back. Received: not from {lost[0]}.")
    order = {name: i for i, name in enumerate(keypoints)}
    return [[name, partner[name]] for name in keypoints if order[name] < order[partner[name]]]


def _renamed(pairs, plain):
    return [[plain[end] for end in pair] for pair in pairs]


def _sigmas(path, plain, sigmas):
    if isinstance(sigmas, dict):
        if unknown := sorted(set(sigmas) - set(plain)):
            raise ConversionError(
                f"{path}: `sigmas` must be of keypoints. Received: {', '.join(unknown)}. Known: {', '.join(plain)}."
            )
        sigmas = [sigmas.get(keypoint, default_sigma(name)) for keypoint, name in plain.items()]
    sigmas = sigmas or [default_sigma(name) for name in plain.values()]
    numbers = isinstance(sigmas, (list, tuple)) and all(isinstance(sigma, (int, float)) for sigma in sigmas)
    if not numbers or not all(0 < sigma < math.inf for sigma in sigmas):
        raise ConversionError(f"{path}: `sigmas` must be numbers above 0. Received: {sigmas}.")
    return sigmas


def _is_pair(pair, known) -> bool:
    return (
        isinstance(pair, (list, tuple))
        and len(pair) == 2
        and all(isinstance(end, (int, str)) and end in known for end in pair)
    )
