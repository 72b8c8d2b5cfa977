"""People of three keypoints, and their AP and AR."""

import numpy as np

from tfpose.metrics import OKS

SIGMAS = (0.05, 0.1, 0.1)
PERSON = np.array([[[10, 10, 2], [50, 10, 1], [30, 90, 2]]], "float32")


def image(*people, **more):
    people = np.concatenate([*people, np.zeros((0, 3, 3))])
    return {"keypoints": people, "areas": np.full(len(people), 4000.0)} | more


def found(*people, scores=None):
    people = np.concatenate([*people, np.zeros((0, 3, 3))])
    people[..., 2] = 1 if scores is None else np.array(scores)[:, None]
    return people


def measured(*images):
    metric = OKS(SIGMAS)
    for each in images:
        metric.update_state(*each)
    return metric.result()


def moved(x, person=PERSON):
    return person + [x, 0, 0]
