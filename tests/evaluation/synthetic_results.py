"""Records and a predictor that answer what a test tells them to."""

import dataclasses

import numpy as np
import tensorflow as tf

from tfpose import skeletons

SKELETON = skeletons.FLIC
PERSON = np.array(
    [
        [140, 60],
        [150, 90],
        [150, 120],
        [80, 60],
        [70, 90],
        [70, 120],
        [140, 140],
        [80, 140],
        [115, 30],
        [105, 30],
        [110, 40],
    ]
)  # The torso, left shoulder to right hip, is 100 pixels long.


def person(shift=(0, 0), missing=()):
    """Keypoints `[K, 3]`; those named are not annotated."""
    keypoints = np.concatenate([PERSON + shift, np.full((len(SKELETON), 1), 2)], axis=-1).astype("float32")
    keypoints[SKELETON.indices(missing)] = 0
    return keypoints


@dataclasses.dataclass
class MadeUpRecords:
    """Images of `people` (a list of `[N, K, 3]`), 200 x 240, each of one grey: its number."""

    people: list
    framing: str = "image"
    torso_boxes: tuple = (80, 60, 61, 81)
    split: str = "test"
    skeleton: skeletons.Skeleton = SKELETON
    head_size: float = 0
    converter: str = "flic"

    @property
    def metadata(self):
        return {"converter": self.converter, "version": "1.0.0", "options": {"observer_centric": True}}

    @property
    def num_images(self):
        return len(self.people)

    def dataset(self):
        return tf.data.Dataset.from_generator(
            self._examples,
            output_signature={
                "id": tf.TensorSpec([], tf.string),
                "image": tf.TensorSpec([], tf.string),
                "keypoints": tf.TensorSpec([None, len(self.skeleton), 3]),
                "boxes": tf.TensorSpec([None, 4]),
                "torso_boxes": tf.TensorSpec([None, 4]),
                "head_sizes": tf.TensorSpec([None]),
            },
        )

    def _examples(self):
        for i, people in enumerate(self.people):
            low, high = np.min(people, axis=1)[:, :2], np.max(people, axis=1)[:, :2]
            yield {
                "id": f"image {i}",
                "image": tf.io.encode_jpeg(np.full((200, 240, 3), i, "uint8")),
                "keypoints": people,
                "boxes": np.concatenate([low, high - low + 1], axis=-1),
                "torso_boxes": np.repeat([self.torso_boxes], len(people), axis=0),
                "head_sizes": np.full(len(people), self.head_size),
            }


class MadeUpPredictor:
    """Returns prepared answers, `{output: [K, 3]}`, one after the other, and records its arguments."""

    several = False
    crop = None
    output = "heatmaps"

    def __init__(self, answers, skeleton=SKELETON, torso_prior=None):
        self.torso_prior = torso_prior
        self.skeleton = skeleton
        self.answers = iter(answers)
        self.asked = []
        self.torso_boxes = []

    def by_output(self, image, box, torso, torso_box=None):
        self.asked.append((image, box, torso))
        self.torso_boxes.append(torso_box)
        return {name: keypoints[None] for name, keypoints in next(self.answers).items()}
