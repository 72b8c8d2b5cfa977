"""Export of a trained model, with its preprocessing and decoding, to be run without tfpose.

Each export is verified before it gets its name: read back, it must give the keypoints of the Python `Predictor`.
"""

import dataclasses
import pathlib

import keras
import numpy as np
import tensorflow as tf

from tfpose.commands import paths, runs, workspaces
from tfpose.data import geometry
from tfpose.exporting import onnx_litert, saved_model
from tfpose.exporting.verify import verify
from tfpose.prediction.exported import METADATA

SIZES = ((1, 1), (0.5, 0.7), (1.7, 0.6), (2.3, 2.9))  # Image sizes to verify on, relative to the network's input.
FORMATS = {"saved_model": saved_model.write, "onnx": onnx_litert.write_onnx, "litert": onnx_litert.write_litert}


@dataclasses.dataclass(frozen=True)
class Export:
    """An export that was written, and its verification.

    Attributes:
        path: The folder.
        format: One of `FORMATS`.
        crop: What the network was trained to see, see `Predictor.crop`; None if that is not known.
        signatures: Inputs and outputs of each signature, a line each.
        difference: Largest distance between its keypoints and the `Predictor`'s, in pixels of the image.
        compared: Number of keypoints compared.
        ties: Number of keypoints left out of the comparison, since two cells of their maps are equally high.
    """

    path: pathlib.Path
    format: str
    crop: str | None
    signatures: list[str]
    difference: float
    compared: int
    ties: int


def export(model, path, *, format="saved_model", crop=None, overwrite=False, images=None, calibration=None) -> Export:
    """Exports a model to a folder, which is written whole and verified, or not at all.

    `saved_model` takes RGB images `uint8 [B, H, W, 3]` of any size (`serving_default`), boxes `[B, 4]` (x, y, w, h) in
    them too (`serve_boxes`), or JPEG files (`serve_jpeg`). `onnx` and `litert` take images of the network's input size.
    A model with a torso input takes it last, `float32 [B, 2]`: `(x, y)` in pixels of the image. Single-person models
    give `keypoints` `float32 [B, K, 3]`: `(x, y, score)` in pixels of the image. Multi-person models give `candidates`
    `[B, K, M, 3+]` in pixels of the network's input, with `to_image` `[B, 2, 3]`, the map from these to the image; and
    `people` `[B, N, K, 3]`, zeros where nobody is, if the codec can group in the graph.

    Args:
        model: A `PoseModel`.
        path: Folder to write. Its `assets.extra` holds the codec, the skeleton and the verification, as JSON.
        format: One of `FORMATS`: `"saved_model"`, `"onnx"` or `"litert"`.
        crop: What the network was trained to see, which is recorded in the export; by default what the model records.
        overwrite: Whether to replace an earlier export.
        images: RGB `uint8 [H, W, 3]` to verify on; synthetic ones of four sizes by default.
        calibration: The `Calibration` of the model, which is written beside these; the graph gives raw scores.

    Returns:
        An `Export`.

    Raises:
        ValueError: If `path` exists and is not to be replaced, the format is unknown or its packages are not
            installed, or the export gives other keypoints than the `Predictor`.
    """
    path = paths.local("path", path)
    if format not in FORMATS:
        raise ValueError(f"Unknown `format`. Received: {format!r}. Known: {', '.join(FORMATS)}.")
    workspaces.recover(path)
    if path.exists() and not (overwrite and (path / METADATA).is_dir()):
        raise ValueError(f"`path` must be new, or an export that `overwrite` replaces. Received: {str(path)!r}.")
    images = images or list(_synthetic_images(model.codec.image_size))
    if format != "saved_model":
        images = [_resize(image, model.codec.image_size).numpy() for image in images]
    with workspaces.workspace(path) as scratch:
        folder = scratch / "new"
        folder.mkdir()
        run, signatures = FORMATS[format](model, folder)
        done = Export(path, format, crop or model.crop, signatures, *verify(model, run, images))
        _write_metadata(model, folder / METADATA, done)
        if calibration:
            calibration.write(folder / METADATA)
        workspaces.publish(folder, path, scratch)
    return done


def _resize(image, size):
    """The whole image in the network's input size, `[*size, 3]`."""
    height, width = image.shape[:2]
    return geometry.warp_images(image[None], geometry.crop_map([[0, 0, width, height]], size), size)[0]


def _synthetic_images(size):
    """Images of `SIZES` with noise of three scales, `uint8 [H, W, 3]`."""
    rng = np.random.default_rng(0)
    for parts in SIZES:
        height, width = (max(8, round(n * part)) for n, part in zip(size, parts, strict=True))
        octaves = [rng.normal(size=(-(-height // n), -(-width // n), 3)) for n in (2, 8, 32)]
        layers = [tf.image.resize(octave, (height, width), "bicubic") for octave in octaves]
        yield tf.cast(255 * tf.sigmoid(sum(layers)), tf.uint8).numpy()


def _write_metadata(model, folder, done):
    folder.mkdir(exist_ok=True)
    runs.write_json(folder / "codec.json", keras.saving.serialize_keras_object(model.codec))
    runs.write_json(folder / "skeleton.json", dataclasses.asdict(model.skeleton))
    verification = {name: value for name, value in dataclasses.asdict(done).items() if name != "path"}
    runs.write_json(folder / "export.json", {**verification, "versions": runs.versions()})
