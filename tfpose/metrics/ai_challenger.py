"""The score of AI Challenger 2017 (Wu et al. 2017, https://arxiv.org/abs/1711.06475), by the organisers' rule.

It is not COCO's AP: the same person found may serve several annotated ones, only visible keypoints count, the area is
that of the box, and scores order nothing.
"""

import numpy as np

from tfpose.metrics.oks import THRESHOLDS, oks
from tfpose.metrics.people import check, placed
from tfpose.metrics.sigmas import sigmas_of


class AIChallengerScore:
    """The mean over ten thresholds of: people alike enough to someone found, of all annotated or found, if more.

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
        """Counts one image.

        Args:
            people: Dict of one record: `keypoints` `[N, K, 3]`, of which those with v = 2 count, and `boxes` `[N, 4]`;
                perhaps `ignored_boxes` and `ignored_crowds` `[M]`: people without keypoints are missed.
            found: People `(x, y, score)` `[M, K, 3]` in the same pixels.
        """
        check(people, found, len(self.sigmas))
        true = np.array(people["keypoints"], "float64")
        true[..., 2] = true[..., 2] == 2
        areas = np.prod(np.asarray(people["boxes"], "float64")[:, 2:], axis=-1)
        alike = oks(true, placed(found), areas + 1, self.sigmas)
        self._alike.append(alike.max(axis=1, initial=0))
        without = len(people.get("ignored_boxes", ())) - int(np.sum(people.get("ignored_crowds", 0)))
        self._counted += max(len(true) + without, len(found))

    def result(self):
        """Dict: `score`, 0 to 1; NaN of nobody."""
        if not self._counted:
            return {"score": np.nan}
        hits = np.concatenate(self._alike)[:, None] > THRESHOLDS
        return {"score": float((hits.sum(axis=0) / self._counted).mean())}

    def reset_state(self):
        """Forgets all images."""
        self._alike = []
        self._counted = 0
