"""What TensorBoard shows of a training run: curves, pictures of what the network sees and finds, energies, filters."""

import pathlib
import time

import keras
import numpy as np
import tensorflow as tf

from tfpose import visualize

NUM_IMAGES = 4
SMALLEST = 24  # Pictures of weights are enlarged to this many pixels.


class PoseBoard(keras.callbacks.Callback):
    """Writes curves and pictures after every epoch, and the pictures also before the first.

    Curves are `loss` and the rates, of training and of validation in one diagram, `learning_rate` and
    `images_per_second` (of training alone). Pictures are drawn of the same few validation images every time.

    Args:
        folder: Where the event files go, in `train/` and `validation/`.
        batches: Validation batches `(images, people)`.
        batch_size: Images per training step.
        histograms: Whether to write histograms of all weights, and of their gradients for the images that are drawn.
    """

    def __init__(self, folder, batches, batch_size, *, histograms=False):
        super().__init__()
        self.batch_size = batch_size
        self.folder = pathlib.Path(folder)
        self.batches = batches
        self.histograms = histograms
        self.epoch_start = 0.0
        self.num_steps = 0

    def on_train_begin(self, logs=None):
        self.train, self.validation = (
            tf.summary.create_file_writer(str(self.folder / name)) for name in ("train", "validation")
        )
        self.images, self.people = next(iter(self.batches.unbatch().batch(NUM_IMAGES)))
        self._find = tf.function(lambda x: self.model(x, training=False), autograph=False)
        with self.validation.as_default():
            tf.summary.image("1 input", self.images, step=0, max_outputs=NUM_IMAGES)
            self._draw(step=0)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch_start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.num_steps = batch + 1
        self.seconds = time.perf_counter() - self.epoch_start  # Without validation.

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        with self.train.as_default(step=epoch + 1):
            for name, value in logs.items():
                if not name.startswith("val_"):
                    tf.summary.scalar(name, value)
            tf.summary.scalar("learning_rate", self.model.optimizer.learning_rate)
            tf.summary.scalar("images_per_second", self.num_steps * self.batch_size / self.seconds)
        with self.validation.as_default(step=epoch + 1):
            for name, value in logs.items():
                if name.startswith("val_"):
                    tf.summary.scalar(name.removeprefix("val_"), value)
            self._draw(step=epoch + 1)
            if self.histograms:
                self._histograms(step=epoch + 1)

    def on_train_end(self, logs=None):
        self.train.close()
        self.validation.close()

    def _draw(self, step):
        """Draws target, detector and spatial model, all keypoints and each, then the weights that one can look at."""
        outputs = self._find(self.model.network_inputs(self.images, self.people))
        targets = self.model.codec.encode(self.people)[0]["heatmaps"][:, 0]
        maps = {"target": targets}
        titles = {
            "part_heatmaps": "part detector",
            "heatmaps": "spatial model" if "part_heatmaps" in outputs else "found",
        }
        maps.update({titles[name]: self.model.codec.maps(outputs, name) for name in titles if name in outputs})
        overlays = [
            [
                visualize.draw_heatmaps(*pair, self.model.skeleton)
                for pair in zip(self.images.numpy(), np.array(m), strict=True)
            ]
            for m in maps.values()
        ]
        kinds = ", ".join(maps)
        everything = [visualize.grid([row[i][1] for row in overlays], len(overlays)) for i in range(len(self.images))]
        tf.summary.image(f"2 all keypoints: {kinds}", np.stack(everything), step=step, max_outputs=NUM_IMAGES)
        for k, name in enumerate(self.model.skeleton.keypoints):
            sheet = visualize.grid([each[k] for row in overlays for each, _ in row], len(self.images))
            tf.summary.image(f"3 {name}: {kinds}", sheet[None], step=step)
        self._draw_weights(step)

    def _draw_weights(self, step):
        for title, pictures in self.model.pictures().items():
            pictures = np.array(pictures, "float32")
            low, high = (f(pictures, axis=(2, 3, 4), keepdims=True) for f in (np.min, np.max))
            rows = np.uint8(255 * (pictures - low) / np.maximum(high - low, 1e-12))
            rows = np.broadcast_to(rows, (*rows.shape[:-1], 3)).reshape(-1, *rows.shape[2:4], 3)
            scale = max(1, SMALLEST // rows.shape[1])
            rows = [np.kron(picture, np.ones((scale, scale, 1), np.uint8)) for picture in rows]
            tf.summary.image(f"4 {title}", visualize.grid(rows, pictures.shape[1])[None], step=step)

    def _histograms(self, step):
        _, _, gradients = self.model.compute_gradients(self.images, self.people)
        for variable, gradient in zip(self.model.trainable_variables, gradients, strict=True):
            tf.summary.histogram(f"weights/{variable.path}", variable, step=step)
            tf.summary.histogram(f"gradients/{variable.path}", gradient, step=step)
