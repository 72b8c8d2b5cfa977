"""Counts over a data set, image by image: people, keypoints by visibility, sizes of people."""

import numpy as np

VISIBILITIES = ("not annotated", "occluded", "visible")  # v = 0, 1, 2.
EDGES = np.geomspace(4, 4096, 41)
"""Edges of the bins of sizes, in pixels: four bins per doubling. Sizes beyond are counted in the last bins."""


class Counts:
    """Counts of one split.

    Args:
        num_keypoints: K.

    Attributes:
        images: Number of images.
        people: Number of people.
        per_image: Number of images by their number of people, dict.
        keypoints: Number of people by keypoint and visibility, `int [K, 3]`.
        sizes: Number of people in each bin of `EDGES`, by the longer side of their box.
    """

    def __init__(self, num_keypoints):
        self.images = self.people = 0
        self.per_image = {}
        self.keypoints = np.zeros((num_keypoints, len(VISIBILITIES)), np.int64)
        self.sizes = np.zeros(len(EDGES) - 1, np.int64)

    def add(self, keypoints, boxes):
        """Adds one image: keypoints `[N, K, 3]` and boxes `[N, 4]` of its people."""
        self.images += 1
        self.people += len(keypoints)
        self.per_image[len(keypoints)] = self.per_image.get(len(keypoints), 0) + 1
        v = np.clip(np.asarray(keypoints)[..., 2], 0, 2).astype(int)
        for kind in range(len(VISIBILITIES)):
            self.keypoints[:, kind] += (v == kind).sum(axis=0)
        sides = np.clip(np.asarray(boxes)[:, 2:].max(axis=1, initial=0), EDGES[0], EDGES[-1])
        self.sizes += np.histogram(sides, EDGES)[0]

    @property
    def annotated_keypoints(self) -> float:
        """Mean number of annotated keypoints per person."""
        return self.keypoints[:, 1:].sum() / max(self.people, 1)
