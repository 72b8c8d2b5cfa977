"""What the thresholds of Adversarial PoseNet call true, on validation images of a generator while it learns.

    python benchmarks/adversary_thresholds.py --preset=lsp_adversarial_posenet_small --n_epochs=6
    python benchmarks/adversary_thresholds.py --models=models_ex/a/best.keras,models_ex/a/last.keras --data_dir=data/lsp

Prints how the distances of the keypoints (in torsos) and the differences of the maps (in norms of the true map) spread,
and which share of the keypoints each candidate for `delta` and `epsilon` would call true. A threshold is of use as long
as that share is well away from 0 and from 1.
"""

import argparse

import keras
import numpy as np

from tfpose.data import records
from tfpose.data.augment import Augmentation
from tfpose.data.single_person import single_person
from tfpose.models.adversaries.pose_and_confidence import TwoDiscriminators, differences, distances
from tfpose.prediction.loading import load_model
from tfpose.training import build, cli, devices, optimizers

DELTAS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
EPSILONS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
QUANTILES = (5, 25, 50, 75, 95)


def main(argv=None):
    """Measures saved models, or a generator after every epoch of its training without discriminators."""
    parser = argparse.ArgumentParser(description="Measures thresholds; further flags are those of train.py.")
    parser.add_argument("--models", default="", help="saved models, separated by commas; without, one is trained")
    args, others = parser.parse_known_args(argv)
    config = cli.parse(others)
    keras.utils.set_random_seed(config.seed)
    keras.config.set_dtype_policy(devices.precision(config.precision, config.model))
    watched = records.load(config.data_dir, config.val_split, config.skeleton)
    if args.models:
        for path in args.models.split(","):
            model = load_model(path)
            show(path, model, single_person(watched, model.codec.image_size, config.batch_size))
        return
    batches = single_person(watched, config.image_size, config.batch_size)
    for epoch, model in trained(config):
        show(f"epoch {epoch}", model, batches)


def trained(config):
    """Yields the number of every epoch, and the model after it."""
    examples = records.load(config.data_dir, config.train_split, config.skeleton)
    model = build.build(config, examples.skeleton)
    model.set_adversary(None)
    varied = Augmentation(**config.augmentation) if config.data_augm else None
    options = {"training": True, "augmentation": varied, "seed": config.seed, "cached": config.cache}
    for epoch in range(config.n_epochs):
        batches = single_person(examples, config.image_size, config.batch_size, epochs=(epoch, epoch + 1), **options)
        if not epoch:
            steps = int(batches.cardinality()) * config.n_epochs
            rate = optimizers.optimizer(config.optimizer, config.schedule, lr=config.lr, steps=steps, clip=config.clip)
            model.compile(rate, build.losses(model, config), jit_compile=False)
        model.fit(batches, shuffle=False, verbose=2)
        yield epoch + 1, model


def show(title, model, batches):
    """Prints the measurements of a model."""
    found = [measure(model, images, people) for images, people in batches]
    print(f"\n{title}, {sum(map(len, (each[0] for each in found)))} annotated keypoints")
    for name, values, thresholds in zip(
        ("distance", "difference"), map(np.concatenate, zip(*found, strict=True)), (DELTAS, EPSILONS), strict=True
    ):
        spread = ", ".join(
            f"{q} %: {value:.3f}" for q, value in zip(QUANTILES, np.percentile(values, QUANTILES), strict=True)
        )
        shares = ", ".join(f"{each:g}: {np.mean(values < each):.1%}" for each in thresholds)
        print(f"  {name:<10} quantiles {spread}\n  {'':<10} below     {shares}")


def measure(model, images, people):
    """Distances and differences of the annotated keypoints of a batch."""
    outputs = model(images, training=False)
    targets, weights = model.codec.encode(people)
    keypoints = people["keypoints"][:, 0]
    lengths = TwoDiscriminators(model.codec, model.skeleton, {}).lengths(keypoints)
    away = distances(model.codec.decode(outputs)[:, :, 0, :2], keypoints, lengths)
    apart = differences(keras.ops.cast(outputs["heatmaps"][:, -1], "float32"), targets["heatmaps"][:, 0])
    annotated = np.asarray(weights["heatmaps"][:, 0]) > 0
    return np.asarray(away)[annotated], np.asarray(apart)[annotated]


if __name__ == "__main__":
    main()
