"""Trains a part detector with Keras's `fit`, from NumPy arrays, on another backend than TensorFlow.

    python examples/plain_fit.py write --data_dir=data/figures --out=figures.npz       # needs TensorFlow
    KERAS_BACKEND=jax python examples/plain_fit.py train figures.npz --out=figures.weights.h5
    python examples/plain_fit.py check figures.npz figures.weights.h5                  # same outputs in TensorFlow?

`train` needs Keras, NumPy and that backend only.
"""

import argparse
import json

import keras
import numpy as np

from tfpose.metrics import DetectionRate
from tfpose.models import PartDetector
from tfpose.skeletons import Skeleton

SIZE = (96, 144)
COMPARED = 8  # Number of images whose outputs are compared.
NETWORK = {"filters": (8, 16, 32, 32, 32), "kernels": (5, 5, 5, 5, 5, 9), "use_sm": True}


def write(data_dir, out):
    """Writes images `uint8 [N, H, W, 3]`, keypoints `[N, 1, K, 3]` and the skeleton of a data set's training split."""
    import dataclasses

    from tfpose.data import records, single_person

    examples = records.load(data_dir, "train")
    batches = list(single_person.single_person(examples, SIZE, 64))
    np.savez_compressed(
        out,
        images=np.concatenate([images for images, _ in batches]),
        keypoints=np.concatenate([people["keypoints"] for _, people in batches]),
        skeleton=json.dumps(dataclasses.asdict(examples.skeleton)),
    )


def build(batches):
    """Returns the untrained network for the skeleton of the batches."""
    return PartDetector(Skeleton.from_dict(json.loads(str(batches["skeleton"]))), SIZE, **NETWORK)


def train(batches, out, epochs):
    """Trains the network; writes its weights, and beside them its outputs for the first images."""
    model = build(batches)
    rate = DetectionRate(model.skeleton.indices(model.skeleton.reference), radius=20)
    model.compile(keras.optimizers.Adam(2e-3), model.default_loss(), metrics={"heatmaps": [rate]})
    model.fit(batches["images"], {"keypoints": batches["keypoints"]}, batch_size=16, epochs=epochs)
    model.optimizer = None  # Its state is not portable between backends.
    model.save_weights(out)
    np.savez_compressed(outputs_file(out), **model.predict(batches["images"][:COMPARED], verbose=0))


def check(batches, weights):
    """Compares the outputs of these weights on this backend with the stored ones; returns the largest difference."""
    model = build(batches)
    model.load_weights(weights)
    found = model.predict(batches["images"][:COMPARED], verbose=0)
    expected = np.load(outputs_file(weights))
    difference = max(float(np.abs(found[name] - expected[name]).max()) for name in found)
    print(f"Largest difference of a logit under {keras.backend.backend()}: {difference:.2g}")
    return difference


def outputs_file(weights):
    """Path of the file in which `train` stores the outputs for the first images."""
    return weights.removesuffix(".weights.h5") + ".outputs.npz"


def main(argv=None):
    """Runs one of the three commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    writing, training, checking = (commands.add_parser(name) for name in ("write", "train", "check"))
    writing.add_argument("--data_dir", default="data/figures")
    writing.add_argument("--out", default="figures.npz")
    for command in (training, checking):
        command.add_argument("batches")
    training.add_argument("--out", default="figures.weights.h5")
    training.add_argument("--epochs", type=int, default=5)
    checking.add_argument("weights")
    flags = parser.parse_args(argv)
    if flags.command == "write":
        write(flags.data_dir, flags.out)
    elif flags.command == "train":
        train(np.load(flags.batches), flags.out, flags.epochs)
    else:
        check(np.load(flags.batches), flags.weights)


if __name__ == "__main__":
    main()
