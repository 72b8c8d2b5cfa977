"""Image Parse, Ramanan, "Learning to parse images of articulated bodies", NIPS 2006."""

import numpy as np

from tfpose import skeletons
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.matlab import load_array
from tfrecords_tools.writing.pose_builder import PoseBuilder

NUMBERS = {"train": slice(0, 100), "test": slice(100, 305)}  # images, counted from 0


class Parse(PoseBuilder):
    """One person per image; all keypoints are annotated, without occlusion flags: v is 2.

    Whole images are the input. Only the keypoints tell where the person is, so that a crop around the person would use
    the annotations of the test images.
    """

    MANUAL_DOWNLOAD_INSTRUCTIONS = "Unpack the data set: labels.mat, and im0001.jpg … im0305.jpg beside it."
    SKELETON = skeletons.LSP

    def annotations(self, root, split):
        points = load_array(root, "labels.mat", "ptsAll", (len(self.SKELETON), 2, None)).transpose(2, 0, 1)
        if not len(points):
            raise ConversionError(f"ptsAll of {root / 'labels.mat'} must hold an image. Received: none.")
        first = NUMBERS[split].start
        return [_record(first + i, person) for i, person in enumerate(points[NUMBERS[split]])]


def _record(index, points):
    """The only person of an image `[14, 2]`; MATLAB counts from 1, so do the names of images."""
    keypoints = np.concatenate([points - 1, np.full_like(points[:, :1], 2)], axis=-1)
    name = f"im{index + 1:04d}"
    return {"id": name, "image": f"{name}.jpg", "keypoints": keypoints[None]}
