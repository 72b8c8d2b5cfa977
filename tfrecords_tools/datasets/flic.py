"""Frames Labeled In Cinema, Sapp and Taskar, "MODEC", CVPR 2013."""

import collections

import numpy as np

from tfpose import skeletons
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.matlab import load
from tfrecords_tools.writing.pose_builder import Option, PoseBuilder

COLUMNS = [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    9,
    12,
    13,
    16,
]  # of `coords`, in the order of `skeletons.FLIC`; all other columns are NaN
SHAPES = {"coords": (2, 29), "imgdims": (3,), "torsobox": (4,)}  # of the numbers of one example
OBSERVER_CENTRIC = Option(
    True, "Exchange left and right of people seen from behind, as the literature on this data set does."
)


class Flic(PoseBuilder):
    """Frames with all annotated people; each has a torso box, which is known at test time."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = "Unpack FLIC.zip: examples.mat and the folder images."
    SKELETON = skeletons.FLIC
    OPTIONS = {"observer_centric": OBSERVER_CENTRIC}

    def annotations(self, root, split):
        examples = load(root, "examples.mat", "examples")
        if not len(examples):
            raise ConversionError(f"{root / 'examples.mat'} must hold examples. Received: none.")
        if missing := {"filepath", *SHAPES} - set(examples.dtype.names or ()):
            raise ConversionError(f"The examples of {root / 'examples.mat'} must have {', '.join(sorted(missing))}.")
        for i, example in enumerate(examples):
            _check(root / "examples.mat", i, example)
        return frames(examples[self.chosen(root, split, examples)], self.options["observer_centric"])

    def chosen(self, root, split, examples):
        """Selects the examples of a split: an index or a mask."""
        if f"is{split}" not in examples.dtype.names:
            raise ConversionError(f"The examples of {root / 'examples.mat'} must have is{split}.")
        return np.array([np.size(chosen) == 1 and bool(chosen) for chosen in examples[f"is{split}"]])


def frames(examples, observer_centric: bool) -> list[dict]:
    """Joins the examples of each image into one annotation, with coordinates counted from 0 instead of MATLAB's 1."""
    by_image = collections.defaultdict(list)
    for example in examples:
        by_image[str(example["filepath"])].append(example)
    return [_frame(name, people, observer_centric) for name, people in by_image.items()]


def from_behind(keypoints):
    """Tells which people `[N, K, 3]` are seen from behind, `bool [N]`: their left hip is left of the right one."""
    left, right = skeletons.FLIC.indices(["left_hip", "right_hip"])
    return keypoints[:, left, 0] < keypoints[:, right, 0]


def _check(path, index, example):
    """Raises ConversionError unless the fields of an example are as published; examples are counted from 1."""
    name = example["filepath"]
    if not isinstance(name, str) or not name:
        raise ConversionError(f"filepath of example {index + 1} of {path} must be a file name. Received: {name!r}.")
    for field, shape in SHAPES.items():
        values = np.asarray(example[field])
        numbers = values.dtype.kind in "iuf" and values.shape == shape
        if not numbers or (field == "imgdims" and not (np.isfinite(values) & (values > 0)).all()):
            raise ConversionError(
                f"{field} of example {index + 1} of {path} must be {' x '.join(map(str, shape))} numbers. "
                f"Received: {' x '.join(map(str, values.shape))} of {values.dtype}."
            )


def _frame(name, people, observer_centric):
    coordinates = np.stack([person["coords"] for person in people]).transpose(0, 2, 1)[:, COLUMNS] - 1  # [N, 11, 2]
    annotated = np.isfinite(coordinates).all(axis=-1, keepdims=True)
    keypoints = np.where(annotated, np.concatenate([coordinates, 2 * np.ones_like(annotated)], axis=-1), 0)
    if observer_centric:
        keypoints = np.where(from_behind(keypoints)[:, None, None], keypoints[:, skeletons.FLIC.flip], keypoints)
    corners = np.stack([person["torsobox"] for person in people]) - 1  # [N, (x1, y1, x2, y2)]
    height, width = (int(pixels) for pixels in people[0]["imgdims"][:2])
    return {
        "id": name.rsplit(".", 1)[0],
        "image": f"images/{name}",
        "size": (height, width),
        "keypoints": keypoints,
        "torso_boxes": np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=-1),
    }
