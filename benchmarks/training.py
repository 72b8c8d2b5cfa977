"""Training and inference of a preset: images per second, the share of time spent waiting for data, and the cold start.

    python benchmarks/training.py --preset=flic_small --data_dir=data/flic

The same steps are timed on batches from the pipeline and on one batch that lies in memory, in turn; the difference is
what the network waits for data.
"""

import argparse
import dataclasses
import os
import time

import keras
import numpy as np

from tfpose.data import records, single_person
from tfpose.data.augment import Augmentation
from tfpose.prediction.single_person import SinglePersonPredictor
from tfpose.training import build, devices, presets


def main(argv=None):
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description="Times training and inference of a preset.")
    parser.add_argument("--preset", choices=presets.PRESETS, default="figures")
    parser.add_argument("--data_dir", default="data/figures")
    parser.add_argument("--steps", type=int, default=20, help="steps per measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each kind; the best counts")
    args = parser.parse_args(argv)
    settings = dataclasses.replace(presets.PRESETS[args.preset], data_dir=args.data_dir)
    keras.config.set_dtype_policy(devices.precision(settings.precision, settings.model))
    examples = records.load(args.data_dir, "train")
    model = build.build(settings, examples.skeleton)
    model.compile("adam", build.losses(model, settings), jit_compile=False)
    batches = stream(examples, settings)
    seconds(model, batches, 1)
    print(f"cold start to the end of the first step: {time.time() - started():.1f} s")
    one = batches.take(1).cache().repeat()
    seconds(model, one, 2)
    piped, held = np.min(
        [[seconds(model, data, args.steps) for data in (batches, one)] for _ in range(args.rounds)], axis=0
    )
    images = args.steps * settings.batch_size
    print(f"training, batches of the pipeline:       {images / piped:.1f} images/s")
    print(f"training, one batch held in memory:      {images / held:.1f} images/s")
    print(f"share of the time waiting for data:      {max(0.0, 1 - held / piped):.1%}")
    print(f"inference, one image at a time:          {inference(model, examples):.1f} images/s")


def started():
    """When this process began, imports and all, in seconds since 1970 (Linux)."""
    return os.stat("/proc/self").st_ctime


def stream(examples, settings):
    """Endless training batches."""
    return single_person.single_person(
        examples,
        settings.image_size,
        settings.batch_size,
        training=True,
        augmentation=Augmentation(),
        epochs=(0, 1000),
    )


def seconds(model, batches, steps):
    """Time of some training steps, after the pipeline has filled."""
    done = []

    class Clock(keras.callbacks.Callback):
        """Notes when each step ends."""

        def on_train_batch_end(self, batch, logs=None):
            done.append(time.perf_counter())

    model.fit(batches, steps_per_epoch=steps + 1, shuffle=False, verbose=0, callbacks=[Clock()])
    return done[-1] - done[0]


def inference(model, examples, number=50):
    """Images per second of the `Predictor`, decoding not counted."""
    predictor = SinglePersonPredictor(model)
    images = [records.decode(example["image"]).numpy() for example in examples.dataset().take(number)]
    predictor(images[0])
    start = time.perf_counter()
    for image in images:
        predictor(image)
    return len(images) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
