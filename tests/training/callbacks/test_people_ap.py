import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.evaluation.synthetic_people import PEOPLE, SKELETON
from tfpose.codecs import Codec
from tfpose.metrics import OKS
from tfpose.training.callbacks.people_ap import PeopleAP


class Slots(Codec):
    """The network answers with two people at most; the first number of a keypoint's score tells whether it is there."""

    several = True

    def decode(self, outputs):
        return outputs["people"]

    def group(self, candidates):
        people = np.swapaxes(candidates, 0, 1)
        return people[people[..., 2].any(axis=1)]


class Parrot(keras.Model):
    """Answers with candidates `[B, K, 2, 3]`, whatever it sees, from the weights that it has."""

    def __init__(self, answer):
        super().__init__()
        self.codec = Slots()
        self.answer = self.add_weight(shape=(3, 2, 3), name="answer", initializer="zeros")
        self.answer.assign(np.swapaxes(answer, 0, 1))

    def network_inputs(self, images, people):
        return images

    def call(self, images):
        return {"people": tf.repeat(self.answer[None], tf.shape(images)[0], axis=0)}


def batches(*sizes, areas=2000.0):
    """Batches of the two people, with a place that nobody fills."""
    people = np.concatenate([PEOPLE, np.zeros((1, 3, 3))]).astype("float32")
    return [
        (
            tf.zeros((size, 8, 8, 3), tf.uint8),
            {"keypoints": np.repeat(people[None], size, 0), "areas": np.full((size, 3), areas)},
        )
        for size in sizes
    ]


def watched(answer, data, **options):
    callback = PeopleAP(data, OKS(SKELETON.sigmas), **options)
    callback.set_model(Parrot(answer))
    callback.on_train_begin()
    logs = {"loss": 1.0}
    callback.on_epoch_end(0, logs)
    return logs, callback


def test_the_logs_tell_the_ap_of_people():
    logs, _ = watched(PEOPLE, batches(2, 1))
    assert logs == {"loss": 1.0, "val_AP": pytest.approx(1), "val_AP50": pytest.approx(1)}
    half = PEOPLE * np.reshape([1, 0], (2, 1, 1))
    assert watched(half, batches(2, 1))[0]["val_AP"] == pytest.approx(51 / 101)


def test_areas_that_are_not_known_are_taken_from_the_keypoints():
    assert watched(PEOPLE + [1, 0, 0], batches(1, areas=0.0))[0]["val_AP"] > 0.9


def test_every_epoch_is_measured_anew():
    _, callback = watched(PEOPLE, batches(2))
    callback.model.answer.assign(0 * callback.model.answer)
    logs = {}
    callback.on_epoch_end(1, logs)
    assert logs["val_AP"] == 0


def test_only_the_first_images_are_looked_at():
    def endless():
        yield from batches(2, 2)
        raise AssertionError("more than was asked for")

    _, callback = watched(PEOPLE, endless(), images=3)
    assert len(callback.metric._images) == 3


def test_at_least_one_image_is_looked_at():
    with pytest.raises(ValueError, match="`images` must be at least 1. Received: 0"):
        PeopleAP([], OKS(SKELETON.sigmas), images=0)
