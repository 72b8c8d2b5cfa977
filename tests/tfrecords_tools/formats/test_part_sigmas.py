"""Falloffs by part: COCO's own, AI Challenger's in COCO's measure, and a mean for the rest."""

import numpy as np
import pytest

from tfpose.skeletons import AI_CHALLENGER, COCO
from tfrecords_tools.formats.part_sigmas import default_sigma


def test_the_keypoints_of_coco_have_theirs():
    assert [default_sigma(keypoint) for keypoint in COCO.keypoints] == list(COCO.sigmas)


def test_neck_and_head_top_are_larger_than_eyes_and_smaller_than_wrists():
    assert default_sigma("left_eye") < default_sigma("neck") < default_sigma("head_top") < default_sigma("left_wrist")
    there = dict(zip(AI_CHALLENGER.keypoints, AI_CHALLENGER.sigmas, strict=True))
    assert default_sigma("neck") / there["neck"] == pytest.approx(
        default_sigma("head_top") / there["head_top"], rel=1e-2
    )


@pytest.mark.parametrize("keypoint", ["tail", "left_wing", "", "shoulder_left"])
def test_unknown_parts_have_the_mean(keypoint):
    assert default_sigma(keypoint) == pytest.approx(np.mean(COCO.sigmas)) == pytest.approx(0.067, abs=1e-3)
