"""Reads the two other forms in which MPII's single people are passed on: HDF5 (Newell et al.) and JSON (HRNet)."""

import json

import numpy as np

from tfpose.skeletons import MPII
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import mpii_crop
from tfrecords_tools.formats.hdf5 import load_columns

K = len(MPII)
COLUMNS = {"center": (2,), "scale": (), "part": (K, 2), "visible": (K,), "normalize": ()}
SHAPES = {"center": (2,), "scale": (), "joints": (K, 2), "joints_vis": (K,)}


def people_of_h5(path) -> list[dict]:
    """Lists the people of train.h5 or valid.h5, whose position and scale are those of the crop, which is undone.

    Returns:
        As `mpii_mat.people` does. Not annotated is what has no positive coordinate.
    """
    columns = load_columns(path, COLUMNS)
    centers, scales = mpii_crop.undo(columns["center"], columns["scale"])
    keypoints = with_v(columns["part"], columns["visible"])
    rows = zip(columns["imgname"], keypoints, centers, scales, columns["normalize"], strict=True)
    names = ("image", "keypoints", "center", "scale", "head_size")
    return [dict(zip(names, row, strict=True)) | {"single": True} for row in rows]


def people_of_json(path) -> list[dict]:
    """Lists the people of train.json or valid.json, which know neither occlusion nor the size of heads.

    Returns:
        As `mpii_mat.people` does.
    """
    try:
        return [_person(entry) for entry in json.loads(path.read_text())]
    except (ValueError, TypeError, KeyError) as error:
        raise ConversionError(
            f"{path} must be a JSON list of objects with image, {', '.join(SHAPES)}. Received: {error!r}."
        ) from None


def with_v(points, visible):
    """Joins points `[..., K, 2]` and whether they are visible `[..., K]`.

    Returns:
        Keypoints `[..., K, 3]`; v = 0 where no coordinate is positive, and else 1 or 2.
    """
    annotated = (points > 0).any(axis=-1)
    v = np.where(annotated, np.where(visible > 0, 2, 1), 0)
    return np.concatenate([points, v[..., None]], axis=-1) * annotated[..., None]


def _person(entry):
    fields = {name: np.array(entry[name], float).reshape(shape) for name, shape in SHAPES.items()}
    v = np.where(fields["joints_vis"] > 0, 2, 0)[:, None]
    keypoints = np.concatenate([fields["joints"], v], axis=-1) * (v > 0)
    return {"image": entry["image"], "keypoints": keypoints, "head_size": 0.0, "single": True} | {
        name: fields[name] for name in ("center", "scale")
    }
