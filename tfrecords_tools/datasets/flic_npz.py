"""A part of FLIC as four NumPy files, images and target maps, as a PyTorch version of Tompson et al. 2014 reads it.

The maps are 1/8 of the images in size, so a keypoint is known to 4 pixels only, and eyes are not in them. The files are
observer-centric, but by a mistake of the script that made them, the keypoints of people seen from behind have both
sides at the same place: the place that is right for the left side. Their right side counts as not annotated here.
"""

import itertools
import zipfile

import numpy as np

from tfpose import skeletons
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.writing.pose_builder import PoseBuilder

STRIDE = 8
CHANNELS = [0, 1, 2, 3, 4, 5, 6, 7, 10]  # where the maps before the last, the torso, stand in `skeletons.FLIC`
LEFT, RIGHT = [0, 1, 2, 6], [3, 4, 5, 7]  # channels


class FlicNpz(PoseBuilder):
    """One person per record, its torso as a box of one cell."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "x_train_flic.npz, y_train_flic.npz, x_test_flic.npz and y_test_flic.npz in a folder."
    )
    SKELETON = skeletons.FLIC

    def annotations(self, root, split):
        paths = [root / f"{part}_{split}_flic.npz" for part in "xy"]
        if not any(path.exists() for path in paths):
            return
        for i, (image, heatmaps) in enumerate(itertools.zip_longest(*map(rows, paths))):
            if image is None or heatmaps is None:
                raise ConversionError(f"{paths[1].name} must hold as many maps as {paths[0].name} images.")
            pixels = np.clip(np.rint(image * 255), 0, 255).astype(np.uint8)
            keypoints, torso = recover(heatmaps)
            yield {
                "id": f"{split}{i:05d}",
                "image": pixels,
                "keypoints": keypoints[None],
                "torso_boxes": torso[None],
            }


def rows(path):
    """Reads the only array of an .npz file one row at a time: the training images of FLIC would fill 16 GB."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
            np.lib.format.read_magic(file)
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            for _ in range(shape[0]):
                yield np.frombuffer(file.read(dtype.itemsize * np.prod(shape[1:])), dtype).reshape(shape[1:])
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ConversionError(f"{path.name} must be a whole file written by np.savez. Received: {error}.") from None


def recover(heatmaps):
    """Finds the keypoints again, and the torso.

    Args:
        heatmaps: `[h, w, 10]`: a bump around the cell of each keypoint, nothing where it is not annotated; torso last.

    Returns:
        Keypoints `[11, 3]` and the box of the torso's cell `[4]` (zeros if it has none), in pixels of the image.
    """
    h, w, channels = heatmaps.shape
    cells = heatmaps.reshape(h * w, channels)
    annotated = cells.max(axis=0) > 0
    row, column = np.divmod(cells.argmax(axis=0), w)
    # A cell holds the coordinates 8c ... 8c + 8 as MATLAB counts, from 1: its middle is 8c + 3 counted from 0.
    points = STRIDE * np.stack([column, row], axis=-1) + STRIDE / 2 - 1
    if (points[LEFT] == points[RIGHT]).all():
        annotated[RIGHT] = False
    keypoints = np.zeros((len(skeletons.FLIC), 3), np.float32)
    keypoints[CHANNELS] = np.where(annotated[:-1, None], np.insert(points[:-1], 2, 2, axis=1), 0)
    torso = np.array([*(points[-1] - STRIDE / 2), STRIDE, STRIDE], np.float32)
    return keypoints, torso * annotated[-1]
