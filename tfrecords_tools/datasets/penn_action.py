"""Penn Action, Zhang, Zhu and Derpanis, "From Actemes to Action", ICCV 2013: sequences of video frames."""

import numpy as np

from tfpose import skeletons
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.matlab import load_files
from tfrecords_tools.writing.pose_builder import Option, PoseBuilder

FIELDS = ("x", "y", "visibility", "train", "nframes", "bbox")
CORNER = 1  # coordinate of the corner in MATLAB: a hidden keypoint there or beyond it was not annotated


class PennAction(PoseBuilder):
    """One person per frame. Keypoints with flag 0 are occluded (v = 1), or not annotated if they are at the corner."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Unpack Penn_Action.tar.gz: the folders labels (0001.mat, …) and frames (0001/000001.jpg, …)."
    )
    SKELETON = skeletons.PENN
    FRAMING = "person"
    OPTIONS = {"every": Option(1, "Take every n-th frame of a sequence: neighbours differ little.")}

    def annotations(self, root, split):
        if self.options["every"] < 1:
            raise ConversionError(f"`every` must be at least 1. Received: {self.options['every']}.")
        paths = sorted((root / "labels").glob("*.mat"))
        if not paths:
            raise ConversionError(f"`manual_dir` must hold labels/0001.mat and so on. Received: {root}.")
        for path, labels in zip(paths, load_files(paths), strict=True):
            sequence = _sequence(path, labels)
            if (sequence["train"] == 1) == (split == "train"):
                for frame in range(0, int(sequence["nframes"]), self.options["every"]):
                    yield _record(path.stem, frame, sequence)


def _sequence(path, labels):
    """The labels of one sequence as numbers, checked to be of its frames."""
    for name in FIELDS:
        if name not in labels or not np.issubdtype(labels[name].dtype, np.number):
            raise ConversionError(
                f"{path} must be a MATLAB file with numbers {', '.join(FIELDS)}. Received: no {name}."
            )
    sequence = {name: np.asarray(labels[name], float) for name in FIELDS}
    for name in ("train", "nframes"):
        if sequence[name].size != 1 or not np.isfinite(sequence[name]).all():
            raise ConversionError(f"{name} of {path} must be a number. Received: {sequence[name].tolist()}.")
        sequence[name] = sequence[name].item()
    frames, k = int(sequence["nframes"]), len(skeletons.PENN)
    for name in ("x", "y", "visibility"):
        if sequence[name].shape != (frames, k):
            raise ConversionError(f"{name} of {path} must be {frames} x {k}. Received: {sequence[name].shape}.")
    if sequence["bbox"].shape[1:] != (4,):
        raise ConversionError(f"bbox of {path} must be N x 4. Received: {sequence['bbox'].shape}.")
    return sequence


def _record(name, frame, sequence):
    """The only person of a frame, with coordinates counted from 0 instead of MATLAB's 1."""
    points = np.stack([sequence["x"][frame], sequence["y"][frame]], axis=-1)
    visible = sequence["visibility"][frame, :, None] == 1
    annotated = visible | (points > CORNER).any(axis=-1, keepdims=True)
    keypoints = np.where(annotated, np.concatenate([points - 1, np.where(visible, 2, 1)], axis=-1), 0)
    record = {
        "id": f"{name}-{frame + 1:06d}",
        "image": f"frames/{name}/{frame + 1:06d}.jpg",
        "keypoints": keypoints[None],
    }
    if frame < len(sequence["bbox"]):
        x1, y1, x2, y2 = sequence["bbox"][frame] - 1
        record["boxes"] = np.array([[x1, y1, x2 - x1, y2 - y1]])
    return record
