"""Default OKS falloffs (sigmas) of keypoints, by the part of the body in their name.

Parts of COCO have COCO's falloffs. Head top and neck are in AI Challenger only, whose falloffs are smaller throughout;
they are scaled by the geometric mean of the ratios over the common parts, about 3.9. Other parts get the mean of COCO's
17, 0.067. To measure them: `python -m tfrecords_tools.estimate_sigmas`.
"""

import numpy as np

from tfpose import skeletons
from tfpose.skeletons import AI_CHALLENGER, COCO


def default_sigma(keypoint: str) -> float:
    """The falloff of a keypoint by its name, with or without a side."""
    return _SIGMAS.get(skeletons.part(keypoint), float(np.mean(COCO.sigmas)))


def _by_part(skeleton):
    parts = {}
    for keypoint, sigma in zip(skeleton.keypoints, skeleton.sigmas, strict=True):
        parts.setdefault(skeletons.part(keypoint), []).append(sigma)
    return {part: float(np.mean(sigmas)) for part, sigmas in parts.items()}


def _joined(coco, challenger):
    ratios = [coco[part] / challenger[part] for part in coco.keys() & challenger.keys()]
    scale = float(np.exp(np.mean(np.log(sorted(ratios)))))
    return {part: round(scale * sigma, 4) for part, sigma in challenger.items()} | coco


_SIGMAS = _joined(_by_part(COCO), _by_part(AI_CHALLENGER))
