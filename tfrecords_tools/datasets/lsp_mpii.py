"""LSP, LSP extended and MPII in one file, lsp_mpii.h5, with MPII's keypoints, as a PyTorch version of Chou et al. 2017
and Yang et al. 2017 reads it.

`istrain` is 1 for training images, 0 for LSP's test images, 2 for MPII's, and -1 for unusable images in the script
that made the file, but 2 for LSP's and 0 for MPII's in the program that reads it. Here the path of an image decides.
"""

import collections

import numpy as np

from tfpose import skeletons
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import mpii_crop
from tfrecords_tools.formats.hdf5 import load_columns
from tfrecords_tools.formats.mpii_files import with_v
from tfrecords_tools.writing.pose_builder import Option, PoseBuilder

FILE = "lsp_mpii.h5"
FOLDERS = {"lsp": "LSP/", "mpii": "mpii/"}
TRAIN, TEST = [1], [0, 2]  # values of `istrain`
K = len(skeletons.MPII)
COLUMNS = {"part": (K, 2), "center": (2,), "scale": (), "visible": (K,), "istrain": ()}


class LspMpii(PoseBuilder):
    """Training images of all three data sets, test images of one. LSP's people lack pelvis and thorax; all are visible.

    Boxes of MPII are those of `mpii_crop`; boxes of LSP are not moved down. There are no head sizes: PCKh needs `mpii`.
    """

    MANUAL_DOWNLOAD_INSTRUCTIONS = f"{FILE}, and beside it the images in the folders LSP/images and mpii/images."
    SKELETON = skeletons.MPII
    FRAMING = "person"
    OPTIONS = {"test": Option("lsp", f"Whose test images are the test split: {' or '.join(FOLDERS)}.")}

    def annotations(self, root, split):
        test = self.options["test"]
        if test not in FOLDERS:
            raise ConversionError(f"`test` must be a known one. Received: {test!r}. Known: {', '.join(FOLDERS)}.")
        if not (root / FILE).exists():
            raise ConversionError(f"`manual_dir` must hold {FILE}. Received: {root}.")
        people = load_columns(root / FILE, COLUMNS)
        chosen = np.isin(people["istrain"], TRAIN if split == "train" else TEST)
        rows = collections.defaultdict(list)
        for row in np.nonzero(chosen)[0]:
            name = people["imgname"][row]
            if split == "train" or name.startswith(FOLDERS[test]):
                rows[name].append(row)
        return [_frame(name, people, of_image) for name, of_image in rows.items()]


def _frame(name, people, rows):
    """The annotation of an image, with coordinates counted from 0 instead of MATLAB's 1."""
    keypoints = with_v(people["part"][rows], people["visible"][rows])
    center, scale = people["center"][rows], people["scale"][rows]
    boxes = mpii_crop.box(center - 1, scale)
    if name.startswith(FOLDERS["lsp"]):
        boxes[:, 1] -= mpii_crop.DOWN * scale
    return {
        "id": name.rsplit(".", 1)[0],
        "image": name,
        "keypoints": np.where(keypoints[..., 2:] > 0, keypoints - [1, 1, 0], 0),
        "boxes": boxes,
    }
