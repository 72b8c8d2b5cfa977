"""Opens trained models and exports."""

import pathlib

import keras

import tfpose.models  # noqa: F401  Registers the classes that .keras files name.
from tfpose.commands import runs
from tfpose.data import records
from tfpose.prediction.exported import MODEL_FILES, ExportedPredictor
from tfpose.prediction.tasks import task_of
from tfpose.prediction.torso_prior import TorsoPrior

PLAIN = {"scales": (1.0,), "mirror": False, "output": "heatmaps", "complete": False, "torso_prior": None}
"""The options of predictors, with the values that mean one plain view."""


def open_predictor(path, **options):
    """Opens a run folder, a `.keras` file or an export; see `Predictor.load`."""
    if any(pathlib.Path(path, name).is_file() for name in MODEL_FILES):
        if any(tuple(v) != PLAIN[k] if k == "scales" else v != PLAIN.get(k) for k, v in options.items()):
            given = ", ".join(f"`{name}={value!r}`" for name, value in options.items())
            raise ValueError(f"An export has one plain view; for others load the run. Received: {given}.")
        return ExportedPredictor(path)
    weights = _weights(path)
    model = load_model(weights, options.pop("image_size", None))
    return task_of(model).predictor(crop=runs.crop(weights.parent), **options)


def load_model(path, image_size=None):
    """Opens the `PoseModel` of a run folder (its `best.keras`) or of a `.keras` file.

    Args:
        path: The folder or file.
        image_size: Height and width of the network's input, in pixels, if not those of training; see
            `PoseModel.resized`.

    Raises:
        ValueError: If there is none, or its network cannot have that size.
    """
    model = keras.saving.load_model(runs.weights_file(path), compile=False)
    return model.resized(image_size) if image_size else model


def fit_torso_prior(path, keypoints):
    """Fits a torso prior to the records that a run was trained on.

    Args:
        path: A run folder, or a `.keras` file in one.
        keypoints: Names of the keypoints that its network finds.

    Returns:
        A `TorsoPrior` of these keypoints.

    Raises:
        ValueError: If there is no run, or fewer than ten people of its records have a torso box.
    """
    config = runs.read_config(runs.weights_file(path).parent)
    return TorsoPrior.of_records(records.load(config["data_dir"], config.get("train_split", "train")), keypoints)


def _weights(path):
    try:
        return runs.weights_file(path)
    except ValueError as error:
        files = ", ".join(MODEL_FILES)
        raise ValueError(f"{error} To predict, it can also be an exported folder with one of {files}.") from None
