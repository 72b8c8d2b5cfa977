"""The two discriminators, as small as they get, and maps to classify."""

import functools

import numpy as np

from tests.models.adversaries.small_adversaries import SIZE, SKELETON, K, people
from tfpose.codecs import HeatmapCodec
from tfpose.models.adversaries.pose_and_confidence import TwoDiscriminators

CODEC = HeatmapCodec(SIZE, occlusion=True)


@functools.cache
def two_discriminators(names=("pose", "confidence"), skeleton=SKELETON, **options):
    weights = {name: weight for name, weight in (("pose", 0.3), ("confidence", 0.7)) if name in names}
    return TwoDiscriminators(CODEC, skeleton, weights, features=8, depth=1, **options)


def outputs(n=4, seed=1):
    """Maps of two stacks."""
    rng = np.random.default_rng(seed)
    return {name: rng.uniform(size=(n, 2, 8, 10, K)).astype("float32") for name in ("heatmaps", "occlusions")}


def inputs_of(adversary, n=4, found=None):
    images, everyone = people(n)
    return adversary.discriminator_inputs(images, everyone, CODEC.encode(everyone), found or outputs(n))
