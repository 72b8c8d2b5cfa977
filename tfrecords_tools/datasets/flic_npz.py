"""A part of FLIC as four NumPy files, images and target maps, as a PyTorch version of Tompson et al. 2014 reads it.

The maps have 1/8 of the images' resolution, so that keypoints are known to 4 pixels only, and have no eyes. The files
are observer-centric, but by a mistake of the script that made them, both sides of people seen from behind are at the
same position, which is correct for the left side. Here the right side of these people is not annotated.
"""

import itertools
import math
import zipfile
import zlib

import numpy as np

from tfpose import skeletons
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.writing.pose_builder import PoseBuilder

STRIDE = 8
CHANNELS = [0, 1, 2, 3, 4, 5, 6, 7, 10]  # indices of the maps, without the last (torso), in `skeletons.FLIC`
LAST_AXES = {"x": 3, "y": len(CHANNELS) + 1}  # images: RGB; maps: keypoints and the torso
LARGEST = 2**28  # bytes of one image or its maps
LEFT, RIGHT = [0, 1, 2, 6], [3, 4, 5, 7]  # channels


class FlicNpz(PoseBuilder):
    """One person per record, its torso as a box of one cell."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "x_train_flic.npz, y_train_flic.npz, x_test_flic.npz and y_test_flic.npz in a folder."
    )
    SKELETON = skeletons.FLIC

    def annotations(self, root, split):
        paths = [root / f"{part}_{split}_flic.npz" for part in LAST_AXES]
        if not any(path.exists() for path in paths):
            return
        for i, (image, heatmaps) in enumerate(itertools.zip_longest(*map(rows, paths, LAST_AXES.values()))):
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


def rows(path, channels: int):
    """Reads the only array `[N, H, W, channels]` of an .npz file one row at a time: FLIC's images would fill 16 GB.

    Raises:
        ConversionError: If the file is damaged or of another form.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
            np.lib.format.read_magic(file)
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            if len(shape) != 4 or shape[3] != channels or dtype.kind not in "fiu" or min(shape) < 1:
                raise ValueError(f"an array of {shape} {dtype}, not of N x height x width x {channels} numbers")
            if (length := dtype.itemsize * math.prod(shape[1:])) > LARGEST:
                raise ValueError(f"rows of {length} bytes")
            for _ in range(shape[0]):
                row = np.frombuffer(file.read(length), dtype).reshape(shape[1:])
                if not np.isfinite(row).all():
                    raise ValueError("values that are not finite")
                yield row
    except (OSError, ValueError, IndexError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise ConversionError(f"{path.name} must be a whole file written by np.savez. Received: {error}.") from None


def recover(heatmaps):
    """Recovers the keypoints and the torso box from the maps.

    Args:
        heatmaps: `[h, w, 10]`: a peak at the cell of each annotated keypoint; the last channel is the torso.

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
