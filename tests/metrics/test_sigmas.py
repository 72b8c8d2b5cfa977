import numpy as np
import pytest

from tfpose import skeletons
from tfpose.metrics import OKS
from tfpose.metrics.sigmas import sigmas_of


def test_falloffs_are_the_skeletons_own():
    assert sigmas_of(skeletons.COCO) == (skeletons.COCO.sigmas, "those of coco")
    assert OKS.of(skeletons.AI_CHALLENGER).sigmas.tolist() == list(skeletons.AI_CHALLENGER.sigmas)


def test_falloffs_that_nobody_measured_are_those_of_coco():
    sigmas, source = sigmas_of(skeletons.MPII)
    by_name = dict(zip(skeletons.MPII.keypoints, sigmas, strict=True))
    assert by_name["left_wrist"] == by_name["right_wrist"] == 0.062
    assert by_name["thorax"] == by_name["neck"] == pytest.approx(np.mean(skeletons.COCO.sigmas))
    assert "pelvis, thorax, neck, head_top" in source and "0.067" in source
