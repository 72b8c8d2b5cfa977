"""The keypoint falloffs of OKS, also for skeletons whose falloffs were never measured."""

import numpy as np

from tfpose import skeletons
from tfpose.skeletons import part


def sigmas_of(skeleton):
    """Returns the falloffs of a skeleton: its own; else those of COCO by part of the body; else the mean of COCO's.

    Returns:
        `(sigmas, source)`: K falloffs, in parts of the square root of a person's area, and a text that names their
        source.
    """
    if skeleton.sigmas:
        return skeleton.sigmas, f"those of {skeleton.name}"
    coco = {part(name): sigma for name, sigma in zip(skeletons.COCO.keypoints, skeletons.COCO.sigmas, strict=True)}
    mean = float(np.mean(skeletons.COCO.sigmas))
    guessed = [name for name in skeleton.keypoints if part(name) not in coco]
    source = "those of the same part in COCO"
    if guessed:
        source += f"; for {', '.join(guessed)} the mean of COCO, {mean:.3f}"
    return tuple(coco.get(part(name), mean) for name in skeleton.keypoints), source
