"""Predictor for exports: SavedModel, ONNX and LiteRT."""

import json
import pathlib

import numpy as np
import tensorflow as tf

from tfpose.data import geometry
from tfpose.prediction import views
from tfpose.prediction.multi_person import place_answers
from tfpose.prediction.predictor import Predictor
from tfpose.skeletons import Skeleton

METADATA = "assets.extra"  # The folder of a SavedModel that TensorFlow leaves to the user.


class ExportedPredictor(Predictor):
    """Runs what `tfpose.exporting.export` wrote, in its own runtime; without the Keras model.

    ONNX and LiteRT models take images of one size: `box` is cropped here, as the `Predictor` of the model does.

    Args:
        path: The exported folder: with a `saved_model.pb`, a `model.onnx` or a `model.tflite`.

    Raises:
        ValueError: If it is none of these, its runtime is not installed, or it gives candidates only, which must be
            grouped in Python.
    """

    def __init__(self, path):
        file = next((file for name in MODEL_FILES if (file := pathlib.Path(path, name)).is_file()), None)
        if file is None:
            raise ValueError(f"An export must be a folder with one of {', '.join(MODEL_FILES)}. Received: {path}.")
        metadata = file.parent / METADATA
        self.skeleton = Skeleton.from_dict(json.loads((metadata / "skeleton.json").read_text("utf-8")))
        self.crop = json.loads((metadata / "export.json").read_text("utf-8")).get("crop")
        size = json.loads((metadata / "codec.json").read_text("utf-8"))["config"]["image_size"]
        self._answer, self.takes_torso, outputs = MODEL_FILES[file.name](file, tuple(size))
        if not {"people", "keypoints"} & set(outputs):
            raise ValueError(f"An export must give keypoints or people; load the run. Received: candidates in {path}.")
        self.several = "people" in outputs

    def __call__(self, image, box=None, torso=None):
        """Finds the people; see `Predictor`.

        Args:
            image: RGB `uint8 [H, W, 3]`.
            box: `[4]`: x, y, width, height of the part to show, in pixels of `image`; the whole image by default.
            torso: `[2]`: `(x, y)` of the middle of the torso, in pixels of `image`, if the export `takes_torso`.
        """
        image = views.check_image(image)
        point = views.point_or_origin("torso", torso, self.takes_torso)
        found = self._answer(image, views.box_or_frame(box, image), point)
        if "keypoints" in found:
            return found["keypoints"]
        people = found["people"][0]
        return people[(people[..., 2] > 0).any(axis=1)]


def _saved_model(file, size):
    """A function of image, box and torso; whether there is a torso; and the names of the outputs."""
    loaded = tf.saved_model.load(file.parent)
    run = loaded.signatures["serve_boxes"]
    names = run.structured_input_signature[1]

    def answer(image, box, torso, model=loaded):  # Keeps the model alive: its signatures end with it.
        given = {"images": image, "boxes": box, "torso": torso}
        return {name: found.numpy() for name, found in run(**{n: tf.constant(given[n][None]) for n in names}).items()}

    return answer, "torso" in names, list(run.structured_outputs)


def _onnx(file, size):
    """As `_saved_model`."""
    session = _runtime("onnxruntime", "onnx").InferenceSession(file)
    inputs = [spec.name for spec in session.get_inputs()]
    outputs = [spec.name for spec in session.get_outputs()]
    run = _cropped(lambda given: dict(zip(outputs, session.run(outputs, given), strict=True)), inputs, size)
    return run, "torso" in inputs, outputs


def _litert(file, size):
    """As `_saved_model`."""
    interpreter = _runtime("ai_edge_litert.interpreter", "litert").Interpreter(str(file))
    runner = interpreter.get_signature_runner("serving_default")
    inputs = list(runner.get_input_details())
    return _cropped(lambda given: runner(**given), inputs, size), "torso" in inputs, list(runner.get_output_details())


def _cropped(run, names, size):
    """A function of image, box and torso around one that takes images of the network's input size."""

    def answer(image, box, torso):
        to_input = geometry.crop_map(box, size)
        images = geometry.warp_images(image[None], to_input[None], size).numpy()
        given = {"images": images, "torso": geometry.warp_keypoints(torso[None], to_input).numpy()}
        answers = place_answers(run({name: given[name] for name in names}), geometry.invert(to_input))
        return {name: np.asarray(found) for name, found in answers.items()}

    return answer


def _runtime(module, extra):
    """Imports a runtime.

    Raises:
        ValueError: If it is not installed.
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ValueError(f'This export needs `pip install "tfpose[{extra}]"`. Received: {error}.') from None


MODEL_FILES = {"saved_model.pb": _saved_model, "model.onnx": _onnx, "model.tflite": _litert}
"""File of a model in an exported folder → function that opens it."""
