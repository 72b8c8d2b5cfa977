"""The `dataset.mat` of pose-tensorflow, the format of own data for DeeperCut."""

import pathlib

import numpy as np

from tfpose import skeletons
from tfpose.commands.reading import listed
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import own_skeleton
from tfrecords_tools.formats.matlab import load_file
from tfrecords_tools.writing.pose_builder import Option, PoseBuilder

VARIABLE = "dataset"


class DatasetMat(PoseBuilder):
    """Structs of `image` (a path), `size` (channels, height, width), `joints`, and optionally `crop`.

    `joints` holds for each person an array `[n, 3]`: index of the keypoint from 0, x and y, counted from 0 as in the
    reference. All people of an image are read; the reference reads the first only. `crop` is the box x1, y1, x2, y2 of
    a single person, counted from 1.
    """

    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "The folder of dataset.mat; paths of images start there. skeleton.json beside it names the keypoints; without "
        "it they are those of LSP, which MPII prepared for pose-tensorflow has too."
    )
    FRAMING = "person"
    OPTIONS = {
        "train": Option("dataset.mat", "The training images."),
        "test": Option("test.mat", "The test images, if the file exists."),
        "skeleton": Option("skeleton.json", "The keypoints, see `formats/own_skeleton.py`."),
    }

    @property
    def SKELETON(self):  # noqa: N802, a constant of the other converters
        """The skeleton that is found in the folder."""
        path = pathlib.Path(self._manual_dir, self.options["skeleton"])
        if path.exists() or self.options["skeleton"] != self.OPTIONS["skeleton"].default:
            return own_skeleton.read_skeleton(path)
        return skeletons.LSP

    def annotations(self, root, split):
        path = root / self.options[split]
        if not path.exists() and split == "test" and self.options["test"] == self.OPTIONS["test"].default:
            return []
        return [_record(path, i, entry, len(self.SKELETON)) for i, entry in enumerate(_entries(path))]


def _entries(path):
    found = load_file(path)
    structs = np.asarray(found.get(VARIABLE, ())).reshape(-1)
    if not {"image", "joints"} <= set(structs.dtype.names or ()):
        fields = ", ".join(structs.dtype.names or ()) or "none"
        raise ConversionError(
            f"{path} must be a MATLAB file with the structs {VARIABLE} of image, size and joints. "
            f"Received: variables {listed(found)}; fields {fields}."
        )
    return structs


def _record(path, index, entry, keypoints):
    image = np.asarray(entry["image"]).reshape(-1)
    if len(image) != 1 or not isinstance(image[0], str) or not image[0]:
        raise ConversionError(f"{path}, image {index}: image must be a path. Received: {image.tolist()}.")
    people = [_person(path, index, joints, keypoints) for joints in np.asarray(entry["joints"]).reshape(-1)]
    record = {"id": f"{index:06d}", "image": str(image[0]), "keypoints": np.reshape(people, (-1, keypoints, 3))}
    size = _numbers(path, index, entry, "size", 3)
    if size is not None:
        record["size"] = tuple(int(n) for n in size[1:])
    crop = _numbers(path, index, entry, "crop", 4)
    if crop is not None and len(people) == 1:
        x1, y1, x2, y2 = crop
        record["boxes"] = np.array([[x1 - 1, y1 - 1, x2 - x1 + 1, y2 - y1 + 1]])
    return record


def _numbers(path, index, entry, field, length):
    """A field of finite numbers, or none if it is not there or empty."""
    if field not in entry.dtype.names or not np.size(entry[field]):
        return None
    values = np.reshape(entry[field], -1)
    if len(values) != length or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        raise ConversionError(
            f"{path}, image {index}: {field} must be {length} numbers. Received: {str(values.tolist())[:100]}."
        )
    return values.astype(float)


def _person(path, index, joints, keypoints):
    """Rows of number, x and y → `[K, 3]`; keypoints without a row are not annotated."""
    joints = np.asarray(joints)
    person = np.zeros((keypoints, 3))
    if not joints.size:
        return person
    fits = joints.ndim == 2 and joints.shape[1] == 3 and joints.dtype.kind in "iuf"
    if not fits or not set(joints[:, 0].tolist()) <= set(range(keypoints)):
        raise ConversionError(
            f"{path}, image {index}: joints must be rows of number (0 to {keypoints - 1}), x and y. "
            f"Received: {str(joints.tolist())[:200]}."
        )
    person[joints[:, 0].astype(int)] = np.insert(joints[:, 1:].astype(float), 2, 2, axis=1)
    return person
