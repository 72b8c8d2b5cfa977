"""Reader of MPII's official annotations, a MATLAB struct `RELEASE` with all people of all images."""

import numpy as np

from tfpose.commands.reading import listed
from tfpose.skeletons import MPII
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import mpii_crop
from tfrecords_tools.formats.matlab import load_file

FIELDS = ("annolist", "img_train", "single_person")
HEAD = 0.6  # of the diagonal of the head box: PCKh's unit of length


def people(path) -> list[dict]:
    """Lists the people of the training images; the keypoints of the test images are not public.

    Args:
        path: The file mpii_human_pose_v1_u12_1.mat.

    Returns:
        Dicts of `image`, `keypoints` `[16, 3]` (all v = 0 without any), `center` `(x, y)`, `scale`, `head_size` (0
        without a head box) and `single`, whether they are sufficiently separated from others, in pixels as MATLAB
        counts, from 1.
    """
    release = _release(path)
    found = []
    for image, trains, singles in zip(*(_each(release, field) for field in FIELDS), strict=True):
        try:
            found += _listed(image, singles) if trains else []
        except (AttributeError, IndexError, TypeError, ValueError, OverflowError) as error:
            name = getattr(getattr(image, "image", None), "name", None)
            raise ConversionError(f"{path} must be as published. Received: {error} in the image {name}.") from None
    return found


def _release(path):
    found = load_file(path, squeeze_me=True, struct_as_record=False)
    if "RELEASE" not in found:
        raise ConversionError(f"{path} must be a MATLAB file with the variable RELEASE. Received: {listed(found)}.")
    release = found["RELEASE"]
    if missing := set(FIELDS) - set(getattr(release, "_fieldnames", ())):
        raise ConversionError(f"RELEASE of {path} must have {', '.join(sorted(missing))}.")
    lengths = {field: len(_each(release, field)) for field in FIELDS}
    if len(set(lengths.values())) > 1:
        raise ConversionError(f"RELEASE of {path} must have one entry per image everywhere. Received: {lengths}.")
    return release


def _each(release, field):
    """The entries of a field, one per image; SciPy drops the axis of a single image."""
    return getattr(release, field) if np.size(release.annolist) > 1 else [getattr(release, field)]


def _listed(image, singles):
    numbers = np.atleast_1d(singles)  # from 1
    rectangles = enumerate(np.atleast_1d(image.annorect), start=1)
    return [_person(image.image.name, rectangle) | {"single": number in numbers} for number, rectangle in rectangles]


def _person(image, rectangle):
    keypoints = np.zeros((len(MPII), 3))
    for point in np.atleast_1d(getattr(getattr(rectangle, "annopoints", None), "point", [])):
        keypoints[int(point.id)] = point.x, point.y, _v(point)
    position = getattr(rectangle, "objpos", None)
    center = np.array([_number(position, "x"), _number(position, "y")])
    scale = _number(rectangle, "scale")
    if not np.isfinite([*center, scale]).all():
        center, scale = _around(keypoints)
    x1, y1, x2, y2 = (_number(rectangle, corner) for corner in ("x1", "y1", "x2", "y2"))
    head = np.nan_to_num(HEAD * np.hypot(x2 - x1, y2 - y1))
    return {"image": image, "keypoints": keypoints, "center": center, "scale": scale, "head_size": head}


def _v(point):
    """v; 2 also without a flag, as at both ends of the head, which are annotated by a box."""
    return 1 if _number(point, "is_visible") == 0 else 2


def _number(struct, field):
    """A number, which may be text; NaN if the field is missing."""
    value = getattr(struct, field, np.nan)
    return float(value) if np.size(value) == 1 else np.nan


def _around(keypoints):
    """Position and scale estimated from the annotated keypoints."""
    points = keypoints[keypoints[:, 2] > 0, :2]
    if not len(points):
        return np.zeros(2), 0.0
    return (points.min(axis=0) + points.max(axis=0)) / 2, np.ptp(points, axis=0).max() / mpii_crop.HEIGHT
