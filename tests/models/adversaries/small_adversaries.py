"""The models that are trained against an adversary, as small as they get, and batches for them."""

import keras
import numpy as np
import tensorflow as tf

from tests.models.foreign_models import batch
from tfpose.models.adversarial_posenet import AdversarialPoseNet
from tfpose.models.hourglass import StackedHourglass
from tfpose.models.self_adversarial import SelfAdversarial
from tfpose.models.self_adversarial_embedding import SelfAdversarialEmbedding
from tfpose.skeletons import Skeleton

SKELETON = Skeleton(
    "four",
    ("left_hip", "right_hip", "nose", "left_shoulder", "right_shoulder"),
    reference=("left_shoulder", "right_hip"),
)
K = len(SKELETON)
SIZE = (32, 40)
SMALL = {"stacks": 1, "features": 8, "depth": 1}
OPTIONS = {
    AdversarialPoseNet: {"modules": 1, "discriminator_features": 8},
    SelfAdversarial: {"modules": 1},
    StackedHourglass: {"modules": 1},
    SelfAdversarialEmbedding: {
        "growth": 4,
        "discriminator_stacks": 1,
        "discriminator_features": 8,
        "discriminator_stem": 4,
        "discriminator_depth": 1,
    },
}
ALL = [AdversarialPoseNet, SelfAdversarial, SelfAdversarialEmbedding]


def people(n=4, seed=0):
    """Images and people."""
    return batch(n, SIZE, K, seed)


def build(model, *, eager=True, **options):
    """A model with random weights, compiled; eager, since tracing both sides takes longer than a few steps."""
    keras.utils.set_random_seed(0)
    built = model(SKELETON, SIZE, **{**SMALL, **OPTIONS[model], **options})
    optimizer = keras.optimizers.SGD(1e-3, momentum=0.9)
    built.compile(optimizer, built.default_loss(), run_eagerly=eager, jit_compile=False)
    return built


def train(model, epochs=(0, 2), callbacks=(), n=4):
    """Two steps an epoch on batches that differ from epoch to epoch. Returns the logs."""
    first, last = epochs
    data = [people(n, seed) for seed in range(2 * first, 2 * last)]
    images, everyone = tf.nest.map_structure(lambda *parts: np.concatenate(parts), *data)
    batches = tf.data.Dataset.from_tensor_slices((images, everyone)).batch(n)
    options = {"initial_epoch": first, "epochs": last, "steps_per_epoch": 2, "shuffle": False, "verbose": 0}
    return model.fit(batches, callbacks=list(callbacks), **options).history


def state(model):
    """Everything that a run must go on with: generator, its optimizer, adversary, and the optimizers of this."""
    found = {"generator": model.variables, "optimizer": model.optimizer.variables}
    if model.adversary:
        found["adversary"] = model.adversary.variables
        found |= {f"{name}'s optimizer": each.variables for name, each in model.adversary.optimizers.items()}
    return {f"{kind} {i} {v.name}": v.numpy() for kind, variables in found.items() for i, v in enumerate(variables)}
