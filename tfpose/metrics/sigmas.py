"""How far apart people place a keypoint, the falloffs of OKS, also for skeletons for which nobody measured it."""

import numpy as np

from tfpose import skeletons


def sigmas_of(skeleton):
    """The falloffs of a skeleton: its own, or else those of COCO by part of the body, and of the others their mean.

    Returns:
        `[K]`, in parts of the root of a person's area; and, in words, where they are from.
    """
    if skeleton.sigmas:
        return skeleton.sigmas, f"those of {skeleton.name}"
    coco = {_part(name): sigma for name, sigma in zip(skeletons.COCO.keypoints, skeletons.COCO.sigmas, strict=True)}
    mean = float(np.mean(skeletons.COCO.sigmas))
    guessed = [name for name in skeleton.keypoints if _part(name) not in coco]
    source = "those of the same part in COCO"
    if guessed:
        source += f"; for {', '.join(guessed)} the mean of COCO, {mean:.3f}"
    return tuple(coco.get(_part(name), mean) for name in skeleton.keypoints), source


def _part(name):
    return name.removeprefix("left_").removeprefix("right_")
