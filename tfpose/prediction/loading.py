"""Opens trained models and exports."""

import pathlib

from tfpose.commands import runs
from tfpose.data import records
from tfpose.models import PoseModel  # Registers the classes that .keras files name.
from tfpose.models.saved_file import open_model
from tfpose.prediction.exported import MODEL_FILES, ExportedPredictor
from tfpose.prediction.tasks import task_of
from tfpose.prediction.torso_prior import TorsoPrior
from tfpose.pretrained.files import weights_file

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
    return task_of(model).predictor(**options)


def load_model(path, image_size=None):
    """Opens the `PoseModel` of a run folder (its `best.keras`) or of a `.keras` file.

    Args:
        path: The folder or file, or another name of a trained model, see `pretrained.files.weights_file`.
        image_size: Height and width of the network's input, in pixels, if not those of training; see
            `PoseModel.resized`.

    Raises:
        ValueError: If there is none, it is damaged or unsafe (see `saved_file.open_model`), or its network cannot have
            that size.
    """
    weights = weights_file(path)
    model = open_model(weights)
    if not isinstance(model, PoseModel):
        raise ValueError(f"{weights} must be a model that tfpose trained. Received: {type(model).__name__}.")
    model.crop = model.crop or runs.crop(weights.parent)
    return model.resized(image_size) if image_size else model


def fit_torso_prior(path, keypoints):
    """Fits a torso prior to the records that a run was trained on, and prints to how many people.

    Args:
        path: A run folder, or a `.keras` file in one.
        keypoints: Names of the keypoints that its network finds.

    Returns:
        A `TorsoPrior` of these keypoints.

    Raises:
        ValueError: If there is no run, or fewer than ten people of its records have a torso box.
    """
    config = runs.read_config(weights_file(path).parent)
    trained_on = records.load(config["data_dir"], config.get("train_split", "train"), config.get("skeleton", ""))
    prior = TorsoPrior.of_records(trained_on, keypoints)
    others = f"; {prior.num_left_out} have no torso box and are left out" if prior.num_left_out else ""
    print(f"Torso prior of {prior.num_people} people{others}.")
    if without := [name for name, known in zip(keypoints, prior.precision[:, 0, 0] > 0, strict=True) if not known]:
        print(f"Without a prior, since they are annotated too rarely: {', '.join(without)}.")
    return prior


def _weights(path):
    try:
        return weights_file(path)
    except ValueError as error:
        files = ", ".join(MODEL_FILES)
        raise ValueError(f"{error} To predict, it can also be an exported folder with one of {files}.") from None
