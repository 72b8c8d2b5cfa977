"""AI Challenger human keypoints, Wu et al., "Large-scale Datasets for Going Deeper", ICME 2019 (arXiv 1711.06475)."""

import numpy as np

from tfpose import skeletons
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import ai_challenger_json
from tfrecords_tools.writing.pose_builder import PoseBuilder

PARTS = {"train": ("train", "sample"), "test": ("validation",)}  # in the official file names


class AiChallenger(PoseBuilder):
    """The official training images are `train`, the validation images `test`. Areas are those of the boxes.

    People without keypoints are ignored: their boxes are masked.
    """

    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Unpack the archives: somewhere in the folder keypoint_train_annotations_20170909.json and the folder "
        "keypoint_train_images_20170902, and the same of keypoint_validation. The dates may be others, or missing."
    )
    SKELETON = skeletons.AI_CHALLENGER
    FRAMING = "person"

    def annotations(self, root, split):
        found = [path for part in PARTS[split] for path in files(root, part)]
        if not found:
            _check_root(root)
            return []
        if len(found) > 1:
            names = ", ".join(str(path.relative_to(root)) for path in found)
            raise ConversionError(f"`manual_dir` must hold one file of annotations of {split}. Received: {names}.")
        images = _images(found[0])
        entries = ai_challenger_json.load(found[0])
        return [_annotation(entry, images.relative_to(root)) for entry in entries]


def files(root, part: str) -> list:
    """Finds the official annotations of one part of the data set, in the folder or two below it."""
    return sorted(
        path
        for depth in ("", "*/", "*/*/")
        for path in root.glob(f"{depth}keypoint_{part}_annotations*.json")
        if "coco" not in path.name
    )


def _images(path):
    """The folder of images beside a file of annotations."""
    part = path.name.split("_annotations")[0]
    found = sorted(folder for folder in path.parent.glob(f"{part}_images*") if folder.is_dir())
    if not found:
        raise ConversionError(f"A folder {part}_images… must be beside {path}. Received: none.")
    return found[0]


def _annotation(entry, folder):
    people = ai_challenger_json.people(entry)
    labelled = (people["keypoints"][..., 2] > 0).any(axis=-1)
    areas = np.prod(people["boxes"][:, 2:], axis=-1)
    return {
        "id": entry["image_id"],
        "image": f"{folder}/{ai_challenger_json.file_name(entry)}",
        "keypoints": people["keypoints"][labelled],
        "boxes": people["boxes"][labelled],
        "areas": areas[labelled],
        "ignored_boxes": people["boxes"][~labelled],
        "ignored_areas": areas[~labelled],
        "ignored_crowds": np.zeros((~labelled).sum()),
    }


def _check_root(root):
    if not any(files(root, part) for parts in PARTS.values() for part in parts):
        raise ConversionError(
            "`manual_dir` must hold keypoint_train_annotations_….json or keypoint_validation_annotations_….json. "
            f"Received: {root}."
        )
