"""The score of AI Challenger 2017 (Wu et al. 2017, https://arxiv.org/abs/1711.06475), by the organisers' rule.

Differences from COCO's AP: a person found may match several annotated ones, only visible keypoints count, the area is
that of the box, and scores are not used.
"""

import numpy as np

from tfpose.metrics.annotations import check, placed
from tfpose.metrics.oks import THRESHOLDS, oks
from tfpose.metrics.sigmas import sigmas_of


class AIChallengerScore:
    """Mean over ten thresholds of OKS of the share of annotated people that are matched.

    The denominator is, in each image, the number of annotated people or of people found, whichever is larger.

    Args:
        sigmas: `[K]`, of the skeleton.
    """

    def __init__(self, sigmas):
        self.sigmas = np.asarray(sigmas, "float64")
        self.reset_state()

    @classmethod
    def of(cls, skeleton):
        """The metric of a skeleton."""
        return cls(sigmas_of(skeleton)[0])

    def update_state(self, people, found):
        """Adds one image.

        Args:
            people: Dict of one record: `keypoints` `[N, K, 3]`, of which those with v = 2 count, and `boxes` `[N, 4]`;
                optionally `ignored_boxes` and `ignored_crowds` `[M]`: people without keypoints count as not matched.
            found: People `(x, y, score)` `[M, K, 3]` in the same pixels.
        """
        check(people, found, len(self.sigmas))
        true = np.array(people["keypoints"], "float64")
        true[..., 2] = true[..., 2] == 2
        areas = np.prod(np.asarray(people["boxes"], "float64")[:, 2:], axis=-1)
        similarity = oks(true, placed(found), areas + 1, self.sigmas)
        self._best.append(similarity.max(axis=1, initial=0))
        without = len(people.get("ignored_boxes", ())) - int(np.sum(people.get("ignored_crowds", 0)))
        self._counted += max(len(true) + without, len(found))

    def result(self):
        """Returns `{"score": ...}`, 0 to 1; NaN where nobody is annotated or found."""
        if not self._counted:
            return {"score": np.nan}
        hits = np.concatenate(self._best)[:, None] > THRESHOLDS
        return {"score": float((hits.sum(axis=0) / self._counted).mean())}

    def reset_state(self):
        """Removes all images."""
        self._best = []
        self._counted = 0
