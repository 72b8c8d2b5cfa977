"""LSP extended, Johnson and Everingham, "Learning … Human Pose Estimation from Inaccurate Annotation", CVPR 2011."""

import numpy as np

from tfpose import skeletons
from tfrecords_tools.formats.matlab import load_array
from tfrecords_tools.writing.pose_builder import PoseBuilder


class Lspet(PoseBuilder):
    """One athlete per image, for training only; some annotations have gross errors or exchanged sides.

    The flag of `joints.mat` is 1 where a keypoint is visible: the opposite of LSP. Where it is 0, the keypoint was not
    annotated: its coordinates, mostly negative, are meaningless and not kept. There are as many images as `joints.mat`
    has entries: 10 000 officially.
    """

    MANUAL_DOWNLOAD_INSTRUCTIONS = "Unpack lspet_dataset.zip: joints.mat and the folder images."
    SKELETON = skeletons.LSP
    SPLITS = ("train",)
    FRAMING = "person"

    def annotations(self, root, split):
        joints = load_array(root, "joints.mat", "joints", (len(self.SKELETON), 3, None)).transpose(2, 0, 1)
        return [_record(i, person) for i, person in enumerate(joints)]


def _record(index, joints):
    """The only person of an image `[14, 3]`; MATLAB counts from 1, so do the names of images."""
    visible = joints[:, 2:] == 1
    keypoints = np.where(visible, np.concatenate([joints[:, :2] - 1, 2 * visible], axis=-1), 0)
    name = f"im{index + 1:05d}"
    return {"id": name, "image": f"images/{name}.jpg", "keypoints": keypoints[None]}
