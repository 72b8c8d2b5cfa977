"""Leeds Sports Pose, Johnson and Everingham, "Clustered Pose and Nonlinear Appearance Models", BMVC 2010."""

import numpy as np

from tfpose import skeletons
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.matlab import load_array
from tfrecords_tools.writing.pose_builder import PoseBuilder

NUMBERS = {"train": slice(0, 1000), "test": slice(1000, 2000)}  # images, counted from 0


class Lsp(PoseBuilder):
    """One athlete in the middle of each image; whole images are the input; sides are the person's own.

    The flag of `joints.mat` is 1 where a keypoint is occluded (v = 1): the opposite of LSP extended.
    """

    MANUAL_DOWNLOAD_INSTRUCTIONS = "Unpack lsp_dataset.zip: joints.mat and the folder images."
    SKELETON = skeletons.LSP

    def annotations(self, root, split):
        joints = load_array(root, "joints.mat", "joints", (3, len(self.SKELETON), None)).transpose(2, 1, 0)
        if not len(joints):
            raise ConversionError(f"joints of {root / 'joints.mat'} must hold an image. Received: none.")
        first = NUMBERS[split].start
        return [_record(first + i, person) for i, person in enumerate(joints[NUMBERS[split]])]


def _record(index, joints):
    """The only person of an image `[14, 3]`; MATLAB counts from 1, so do the names of images."""
    v = np.where(joints[:, 2:] == 1, 1, 2)
    keypoints = np.concatenate([joints[:, :2] - 1, v], axis=-1)
    name = f"im{index + 1:04d}"
    return {"id": name, "image": f"images/{name}.jpg", "keypoints": keypoints[None]}
