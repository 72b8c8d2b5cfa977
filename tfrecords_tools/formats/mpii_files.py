"""Readers of MPII's single people as HDF5 (Newell et al.) and as JSON (HRNet)."""

import numpy as np

from tfpose.skeletons import MPII
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import mpii_crop
from tfrecords_tools.formats.coco_json import is_number, load_json, short
from tfrecords_tools.formats.hdf5 import load_columns

K = len(MPII)
COLUMNS = {"center": (2,), "scale": (), "part": (K, 2), "visible": (K,), "normalize": ()}
SHAPES = {"center": (2,), "scale": (), "joints": (K, 2), "joints_vis": (K,)}


def people_of_h5(path) -> list[dict]:
    """Lists the people of train.h5 or valid.h5, and inverts the crop in their position and scale (see `mpii_crop`).

    Returns:
        As `mpii_mat.people` does. Keypoints without a positive coordinate are not annotated.
    """
    columns = load_columns(path, COLUMNS)
    centers, scales = mpii_crop.undo(columns["center"], columns["scale"])
    keypoints = with_v(columns["part"], columns["visible"])
    rows = zip(columns["imgname"], keypoints, centers, scales, columns["normalize"], strict=True)
    names = ("image", "keypoints", "center", "scale", "head_size")
    return [dict(zip(names, row, strict=True)) | {"single": True} for row in rows]


def people_of_json(path) -> list[dict]:
    """Lists the people of train.json or valid.json, which have neither occlusion nor head sizes.

    Returns:
        As `mpii_mat.people` does.
    """
    entries = load_json(path)
    if not isinstance(entries, list):
        raise ConversionError(f"{path} must be a JSON list of objects. Received: {short(entries)}.")
    return [_person(path, i, entry) for i, entry in enumerate(entries)]


def with_v(points, visible):
    """Joins points `[..., K, 2]` and whether they are visible `[..., K]`.

    Returns:
        Keypoints `[..., K, 3]`; v = 0 where no coordinate is positive, and else 1 or 2.
    """
    annotated = (points > 0).any(axis=-1)
    v = np.where(annotated, np.where(visible > 0, 2, 1), 0)
    return np.concatenate([points, v[..., None]], axis=-1) * annotated[..., None]


def _person(path, index, entry):
    if not isinstance(entry, dict) or not isinstance(entry.get("image"), str) or not entry["image"]:
        raise ConversionError(f"{path}: `[{index}].image` must be a file name. Received: {short(entry)}.")
    fields = {name: _numbers(path, f"[{index}].{name}", entry.get(name), shape) for name, shape in SHAPES.items()}
    v = np.where(fields["joints_vis"] > 0, 2, 0)[:, None]
    keypoints = np.concatenate([fields["joints"], v], axis=-1) * (v > 0)
    return {"image": entry["image"], "keypoints": keypoints, "head_size": 0.0, "single": True} | {
        name: fields[name] for name in ("center", "scale")
    }


def _numbers(path, name, value, shape):
    """A nested list of numbers as an array of a shape; flags may be booleans, and a number alone in a list."""
    array = np.array(value, object).ravel() if _nests(value, 2) else np.array([None])
    numbers = all(isinstance(number, bool) or is_number(number) for number in array)
    if not numbers or array.size != np.prod(shape, dtype=int):
        wanted = " x ".join(map(str, shape)) + " numbers" if shape else "a number"
        raise ConversionError(f"{path}: `{name}` must be {wanted}. Received: {short(value)}.")
    return array.astype(float).reshape(shape)


def _nests(value, depth) -> bool:
    """Whether a value is a list of equally long lists, at most so deep."""
    if not isinstance(value, list):
        return True
    lengths = {len(part) if isinstance(part, list) else -1 for part in value}
    return depth > 0 and len(lengths) <= 1 and all(_nests(part, depth - 1) for part in value)
