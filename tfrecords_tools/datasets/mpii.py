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
    """Everyone of an image is in its record, with the box that `mpii_crop` says. Test images are the validation images.

    Train are the images of the first file that is there, without those of the test split. The .mat has everyone,
    h5 and JSON only people that are sufficiently separated from others. Head sizes, 0.6 of the diagonal of the head
    box, are in the .mat and the h5; where the JSON is read, they are 0. A keypoint is occluded (v = 1) where the file
    says that it is not visible; the JSON says nothing. People cut out (`cropped`) are a record each, with all 16
    keypoints; there are no test images of them, for the crops are made with the truth.
    """

    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "The folder images, and annotations. The training images are those of mpii_human_pose_v1_u12_1.mat, "
        "annot/train.h5 or annot/train.json, the test images those of annot/valid.h5 or annot/valid.json: "
        "the first that is there, unless --source says which."
    )
    SKELETON = skeletons.MPII
    OPTIONS = {
        "source": Option("auto", "Which annotations: auto takes the first of mat, h5 and json that is there."),
        "single": Option(False, "Of the .mat, only people who are sufficiently separated from others."),
        "cropped": Option(False, "Cut every training person out, with a head of one size, as DeeperCut is trained."),
    }

    @property
    def FRAMING(self):  # noqa: N802, a constant of most other converters
        """People who are cut out already are shown whole."""
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
    """Reads everyone of the kind of a file and its name, or nobody without."""
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
    """Joins the people of each image into one annotation, with MATLAB's counting from 1 made counting from 0.

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
