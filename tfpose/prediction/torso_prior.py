"""Prior over keypoint positions around a known torso box, applied to the maps when they are decoded.

For each keypoint, a Gaussian over its offset from the centre of the torso box, in units of `sqrt(width * height)` of
that box. It needs no training of the network: mean and covariance are those of the training records.
"""

import numpy as np
import tensorflow as tf

FEWEST = 10  # A keypoint annotated for fewer people has no prior: a 2 x 2 covariance of so few is not to be relied on.
SMALLEST_VARIANCE = 1e-4  # Added to the variances: (0.01 units)^2, below a cell; keeps the covariance invertible.
TINY = 1e-20  # Lowest probability whose logarithm is taken, as in `DistributionCodec`.


class TorsoPrior:
    """Gaussian of each keypoint's offset from the torso box.

    Args:
        mean: `[K, 2]`: x and y, in units of `sqrt(width * height)` of the torso box.
        covariance: `[K, 2, 2]`, in the square of this unit; infinite variances for keypoints without a prior.

    Attributes:
        num_people: Number of people that it was fitted to; None if it was not fitted.
        num_left_out: Number of people that were left out, since they have no torso box.
    """

    num_people, num_left_out = None, 0

    def __init__(self, mean, covariance):
        self.mean = np.asarray(mean, "float32")
        covariance = np.asarray(covariance, "float64")
        known = np.isfinite(covariance).all(axis=(1, 2))
        precision = np.linalg.inv(np.where(known[:, None, None], covariance, np.eye(2)))
        self.precision = np.where(known[:, None, None], precision, 0).astype("float32")

    @classmethod
    def fit(cls, keypoints, torso_boxes):
        """Estimates mean and covariance.

        Args:
            keypoints: `[N, K, 3]`: `(x, y, v)`; those with v = 0 are left out.
            torso_boxes: `[N, 4]`: x, y, width, height, in the same pixels; people without one (zeros) are left out.

        Raises:
            ValueError: If fewer than `FEWEST` people have a torso box.
        """
        boxes = np.asarray(torso_boxes, "float64")
        known = np.isfinite(boxes).all(axis=-1) & (boxes[:, 2:] > 0).all(axis=-1)
        if known.sum() < FEWEST:
            raise ValueError(f"A torso prior must be fitted to {FEWEST} or more torso boxes. Received: {known.sum()}.")
        keypoints, boxes = np.asarray(keypoints, "float64")[known], boxes[known]
        centre = boxes[:, :2] + (boxes[:, 2:] - 1) / 2
        offsets = (keypoints[..., :2] - centre[:, None]) / np.sqrt(boxes[:, 2] * boxes[:, 3])[:, None, None]
        k = keypoints.shape[1]
        mean, covariance = np.zeros((k, 2)), np.full((k, 2, 2), np.inf)
        for i in range(k):
            annotated = offsets[keypoints[:, i, 2] > 0, i]
            if len(annotated) >= FEWEST:
                mean[i] = annotated.mean(axis=0)
                covariance[i] = np.cov(annotated.T) + SMALLEST_VARIANCE * np.eye(2)
        prior = cls(mean, covariance)
        prior.num_people, prior.num_left_out = len(boxes), len(known) - len(boxes)
        return prior

    @classmethod
    def of_records(cls, records, keypoints):
        """Fits to records, such as those a network was trained on.

        Args:
            records: What `records.load` returns.
            keypoints: Names of the keypoints that the network finds. Those that are not in the records have no prior.

        Raises:
            ValueError: If fewer than `FEWEST` people have a torso box.
        """
        examples = [(e["keypoints"], e["torso_boxes"]) for e in records.dataset().as_numpy_iterator()]
        annotated, boxes = (np.concatenate(each) for each in zip(*examples, strict=True))
        found = np.zeros((len(annotated), len(keypoints), 3))
        for i, name in enumerate(keypoints):
            if name in records.skeleton.keypoints:
                found[:, i] = annotated[:, records.skeleton.keypoints.index(name)]
        return cls.fit(found, boxes)

    def apply(self, maps, torso_box, points):
        """Multiplies maps of probabilities by the prior, and normalises each to sum 1.

        Args:
            maps: `[h, w, K]`: probabilities of the cells.
            torso_box: `[4]`: x, y, width, height in pixels of the image.
            points: `[h, w, 2]`: the centre of each cell in pixels of the image.

        Returns:
            Maps `[h, w, K]`; those of keypoints without a prior are as before.
        """
        unit = tf.sqrt(torso_box[2] * torso_box[3])
        offset = (points - torso_box[:2] - (torso_box[2:] - 1) / 2) / unit
        delta = offset[:, :, None] - self.mean
        distance = tf.einsum("hwki,kij,hwkj->hwk", delta, self.precision, delta)  # Squared, of Mahalanobis.
        # In logarithms: far from the torso the Gaussian underflows, and a map of zeros would have its peak anywhere.
        logits = tf.math.log(tf.maximum(maps, TINY)) - distance / 2
        shape = tf.shape(logits)
        flat = tf.nn.softmax(tf.reshape(logits, [-1, shape[2]]), axis=0)
        return tf.where(self.precision[:, 0, 0] > 0, tf.reshape(flat, shape), maps)
