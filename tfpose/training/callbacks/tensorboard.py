"""TensorBoard logs of a training run: scalars, the configuration, pictures of maps and weights, histograms."""

import pathlib
import time

import keras
import numpy as np
import tensorflow as tf

from tfpose import visualize

NUM_IMAGES = 4
SMALLEST = 192  # Pixels on the shorter side of an image, to be seen in TensorBoard's cards.
SMALLEST_WEIGHTS = 64  # The same of a picture of weights, of which there are many side by side.


class PoseBoard(keras.callbacks.Callback):
    """Writes scalars and pictures after every epoch, and pictures also before the first epoch of the run.

    Tags are paths, by whose first part TensorBoard groups them:

    - `loss`, the metrics, `learning_rate` and `images_per_second` (training alone), with the values of training and
      validation in one diagram;
    - `keypoints/<keypoint>`: the metric of each keypoint alone in validation; `keypoints/<output>/<keypoint>` where
      several have the metric;
    - `images/input`, `images/maps`: validation images, and target and found maps of all keypoints over them;
    - `maps/<keypoint>`: target and found maps of one keypoint;
    - `weights/<layer>`: pictures of weights, from `PoseModel.pictures`;
    - `config`: the configuration as text; and as hyperparameters of the page HParams, which compares runs;
    - `weights/<variable>`, `gradients/<variable>`: histograms.

    The step is the number of epochs that are finished, over all stages, also after a run was resumed: TensorBoard drops
    what was written before a step that falls back.

    Args:
        folder: Folder of the event files, in `train/` and `validation/`; those of the hyperparameters beside.
        batches: Validation batches `(images, people)`; the first images are drawn.
        batch_size: Images per training step.
        config: dict of flags and values to show.
        metrics: Output → its compiled metric, a `PooledRate`, whose rates of single keypoints are written.
        histograms: Whether to write histograms of all weights, and of their gradients for the images drawn.
    """

    def __init__(self, folder, batches, batch_size, *, config=None, metrics=None, histograms=False):
        super().__init__()
        self.batch_size = batch_size
        self.folder = pathlib.Path(folder)
        self.batches = batches
        self.config = config or {}
        self.metrics = metrics or {}
        self.histograms = histograms
        self.config_written = False
        self.epoch_start = 0.0
        self.num_steps = 0

    def on_train_begin(self, logs=None):
        self.train, self.validation = (
            tf.summary.create_file_writer(str(self.folder / name)) for name in ("train", "validation")
        )
        self.images, self.people = next(iter(self.batches.unbatch().batch(NUM_IMAGES)))
        self._predict = tf.function(lambda x: self.model(x, training=False), autograph=False)

    def on_epoch_begin(self, epoch, logs=None):
        if not self.config_written:
            self.config_written = True
            self._write_config(step=epoch)
        if epoch == 0:
            with self.validation.as_default():
                inputs = np.stack([enlarged(image, SMALLEST) for image in self.images.numpy()])
                tf.summary.image("images/input", inputs, step=0, max_outputs=NUM_IMAGES)
                self._draw(step=0)
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
            self._write_keypoints()
            self._draw(step=epoch + 1)
            if self.histograms:
                self._histograms(step=epoch + 1)
        for writer in (self.train, self.validation):  # A run that is killed then loses nothing of this epoch.
            writer.flush()

    def on_train_end(self, logs=None):
        self.train.close()
        self.validation.close()

    def _write_config(self, step):
        rows = [f"| {name} | {str(value).replace('|', ' ') or '–'} |" for name, value in self.config.items()]
        if rows:
            with self.train.as_default():
                tf.summary.text("config", "\n".join(["| flag | value |", "| --- | --- |", *rows]), step=step)
            self._write_hyperparameters()

    def _write_hyperparameters(self):
        from tensorboard.plugins.hparams import api

        # In the folder above those of the scalars, all of which then belong to one trial.
        writer = tf.summary.create_file_writer(str(self.folder))
        with writer.as_default():
            api.hparams(hyperparameters(self.config), trial_id=self.folder.name)
        writer.close()

    def _write_keypoints(self):
        """Writes the rates of single keypoints, which the metrics hold since the validation of this epoch."""
        for output, metric in self.metrics.items():
            path = f"keypoints/{output}" if len(self.metrics) > 1 else "keypoints"
            for name, rate in zip(self.model.skeleton.keypoints, metric.keypoint_rates(), strict=True):
                if np.isfinite(rate):  # Keypoints that no validation image has have no rate.
                    tf.summary.scalar(f"{path}/{name.replace(' ', '_')}", rate)

    def _draw(self, step):
        """Draws targets and outputs, of all keypoints together and of each, and then weights."""
        overlays = self._overlays()
        kinds = ", ".join(overlays)
        by_image = list(zip(*overlays.values(), strict=True))
        # TensorBoard fits pictures to the width of a card: below each other, maps are drawn as large as the images.
        sheets = np.stack([visualize.grid([together for _, together in row], 1) for row in by_image])
        options = {"step": step, "description": f"From top to bottom: {kinds}."}
        tf.summary.image("images/maps", sheets, max_outputs=NUM_IMAGES, **options)
        options["description"] = f"From left to right: {kinds}; one validation image per row."
        for k, name in enumerate(self.model.skeleton.keypoints):
            sheet = visualize.grid([each[k] for row in by_image for each, _ in row], len(overlays))
            tf.summary.image(f"maps/{name}", sheet[None], **options)
        for title, pictures in self.model.pictures().items():
            tf.summary.image(f"weights/{title.replace(' ', '_')}", _weights(pictures)[None], step=step)

    def _overlays(self):
        """Maps over the images drawn: dict of name → one `(each keypoint, all keypoints)` per image."""
        outputs = self._predict(self.model.network_inputs(self.images, self.people))
        found = "spatial model" if "part_heatmaps" in outputs else "found"
        names = {"part_heatmaps": "part detector", "heatmaps": found}
        maps = {"target": self.model.codec.encode(self.people)[0]["heatmaps"][:, 0]}
        maps.update({names[name]: self.model.codec.maps(outputs, name) for name in names if name in outputs})
        images = [enlarged(image, SMALLEST) for image in self.images.numpy()]
        return {
            name: [
                visualize.draw_heatmaps(image, np.array(one), self.model.skeleton)
                for image, one in zip(images, stack, strict=True)
            ]
            for name, stack in maps.items()
        }

    def _histograms(self, step):
        _, _, gradients = self.model.compute_gradients(self.images, self.people)
        for variable, gradient in zip(self.model.trainable_variables, gradients, strict=True):
            tf.summary.histogram(f"weights/{variable.path}", variable, step=step)
            tf.summary.histogram(f"gradients/{variable.path}", gradient, step=step)


def hyperparameters(config) -> dict:
    """Returns a configuration as TensorBoard takes it: numbers, booleans and texts, those of dicts under both names.

    What names a run rather than describes it is left out.
    """
    values = {}
    for name, value in config.items():
        if isinstance(value, dict):
            values |= {f"{name}.{key}": each for key, each in hyperparameters(value).items()}
        elif name not in ("run", "resume", "overwrite"):
            values[name] = value if isinstance(value, bool | int | float | str) else "" if value is None else str(value)
    return values


def enlarged(image, smallest):
    """Repeats the pixels of an image `[H, W, 3]` until its shorter side has at least `smallest` pixels."""
    factor = -(-smallest // min(image.shape[:2]))
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def _weights(pictures):
    """Draws pictures `[rows, columns, height, width, 1 or 3]` as one sheet, each row scaled to its own range."""
    pictures = np.array(pictures, "float32")
    low, high = (f(pictures, axis=(2, 3, 4), keepdims=True) for f in (np.min, np.max))
    cells = np.uint8(255 * (pictures - low) / np.maximum(high - low, 1e-12))
    cells = np.broadcast_to(cells, (*cells.shape[:-1], 3)).reshape(-1, *cells.shape[2:4], 3)
    return visualize.grid([enlarged(cell, SMALLEST_WEIGHTS) for cell in cells], pictures.shape[1])
