"""MPII Human Pose, Andriluka et al., "2D Human Pose Estimation: New Benchmark", CVPR 2014."""

import collections

import numpy as np

from tfpose import skeletons
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import mpii_crop, mpii_files, mpii_mat
from tfrecords_tools.formats.mpii_cropped import Crops
from tfrecords_tools.writing.pose_builder import Option, PoseBuilder

FILES = {
    "mat": {"train": "mpii_human_pose_v1_u12_1.mat"},
    "h5": {"train": "annot/train.h5", "test": "annot/valid.h5"},
    "json": {"train": "annot/train.json", "test": "annot/valid.json"},
}
READERS = {"mat": mpii_mat.people, "h5": mpii_files.people_of_h5, "json": mpii_files.people_of_json}


class Mpii(PoseBuilder):
    """Images with all their people, whose boxes are those of `mpii_crop`. Test images are the validation images.

    The training images are those of the first file that exists, without the images of the test split. The .mat has all
    people, h5 and JSON only those that are sufficiently separated from others. Head sizes, 0.6 of the diagonal of the
    head box, are in the .mat and the h5; with the JSON they are 0. A keypoint is occluded (v = 1) where the file
    says that it is not visible; the JSON has no such flags. With `cropped` each person is a record, with all 16
    keypoints; there are no test images then, since the crops are made from the annotations.
    """

    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "The folder images, and annotations. The training images are those of mpii_human_pose_v1_u12_1.mat, "
        "annot/train.h5 or annot/train.json, the test images those of annot/valid.h5 or annot/valid.json: "
        "the first that exists, or the kind given by --source."
    )
    SKELETON = skeletons.MPII
    OPTIONS = {
        "source": Option("auto", "Kind of annotations: auto takes the first of mat, h5 and json that exists."),
        "single": Option(False, "Read only people of the .mat who are sufficiently separated from others."),
        "cropped": Option(False, "Crop every training person and resize to one head size, as DeeperCut is trained."),
    }

    @property
    def FRAMING(self):  # noqa: N802, a constant of most other converters
        """Crops are the network's input as they are."""
        return "image" if self.options["cropped"] else "person"

    def annotations(self, root, split):
        files = {name: _find(root, name, self.options["source"]) for name in self.SPLITS}
        if not any(files.values()):
            wanted = sorted(name for _, name in _candidates(self.SPLITS, self.options["source"]))
            raise ConversionError(f"`manual_dir` must hold one of {', '.join(wanted)}. Received: {root}.")
        if split == "test":
            return [] if self.options["cropped"] else _frames(_people(root, files[split]))
        tested = {person["image"] for person in _people(root, files["test"])}
        people = [person for person in _people(root, files[split]) if person["image"] not in tested]
        frames = _frames([person for person in people if person["single"] or not self.options["single"]])
        return Crops(root, frames) if self.options["cropped"] else frames


def _people(root, file):
    """The people of a file, given by its kind and name; none without a file."""
    if file is None:
        return []
    kind, name = file
    return READERS[kind](root / name)


def _find(root, split, source):
    return next((found for found in _candidates([split], source) if (root / found[1]).exists()), None)


def _candidates(splits, source):
    if source not in ("auto", *FILES):
        raise ConversionError(f"`source` must be a known one. Received: {source!r}. Known: auto, {', '.join(FILES)}.")
    kinds = FILES if source == "auto" else [source]
    return [(kind, FILES[kind][split]) for kind in kinds for split in splits if split in FILES[kind]]


def _frames(people) -> list[dict]:
    """Joins the people of each image into one annotation, with coordinates counted from 0 instead of MATLAB's 1.

    Those of images with nobody annotated are left out.
    """
    by_image = collections.defaultdict(list)
    for person in people:
        by_image[person["image"]].append(person)
    return [
        _frame(name, everyone) for name, everyone in by_image.items() if any(p["keypoints"].any() for p in everyone)
    ]


def _frame(name, people):
    keypoints, center, scale, head_sizes, single = (
        np.stack([person[key] for person in people]) for key in ("keypoints", "center", "scale", "head_size", "single")
    )
    return {
        "id": name.rsplit(".", 1)[0],
        "image": f"images/{name}",
        "keypoints": np.where(keypoints[..., 2:] > 0, keypoints - [1, 1, 0], 0),
        "boxes": mpii_crop.box(center - 1, scale),
        "head_sizes": head_sizes,
        "single": single,
    }
