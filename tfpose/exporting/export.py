"""Exports: a trained model with everything before and after its network, to be run without tfpose.

An export proves itself before it gets its name: read back, it must answer as the Python `Predictor` does.
"""

import dataclasses
import pathlib
import tempfile

import keras
import numpy as np
import tensorflow as tf

from tfpose import runs
from tfpose.data import geometry
from tfpose.exporting import onnx_litert, saved_model
from tfpose.exporting.verify import verify

SIZES = ((1, 1), (0.5, 0.7), (1.7, 0.6), (2.3, 2.9))  # Of images to verify on, as parts of the network's input.
METADATA = "assets.extra"  # The folder of a SavedModel that is the user's own.
FORMATS = {"saved_model": saved_model.write, "onnx": onnx_litert.write_onnx, "litert": onnx_litert.write_litert}


@dataclasses.dataclass(frozen=True)
class Export:
    """What was written, and how it was proved.

    Attributes:
        path: Its folder.
        format: One of `FORMATS`.
        signatures: What it takes and gives, a line each.
        difference: Largest distance between its keypoints and the `Predictor`'s, in pixels of the image.
        compared: Number of keypoints compared.
        ties: Number of keypoints left out, since the network finds them in two places equally.
    """

    path: pathlib.Path
    format: str
    signatures: list[str]
    difference: float
    compared: int
    ties: int


def export(model, path, *, format="saved_model", overwrite=False, images=None) -> Export:
    """Writes a folder that is there whole and verified, or not at all.

    `saved_model` takes RGB images `uint8 [B, H, W, 3]` of any size (`serving_default`), boxes `[B, 4]` (x, y, w, h) in
    them too (`serve_boxes`), or JPEG files (`serve_jpeg`). `onnx` and `litert` take images of the network's input size.
    A model that must be told the torso takes it last, `float32 [B, 2]`: `(x, y)` in pixels of the image. All give
    `keypoints` `float32 [B, K, 3]`: `(x, y, score)` in pixels of the image. Those of several people give `people`
    `[B, N, K, 3]` instead, zeros where nobody is, if the codec can group in the graph, and `candidates`
    `[B, K, M, 3+]` in pixels of the network's input, with `to_image` `[B, 2, 3]`, the map from these to the image.

    Args:
        model: A `PoseModel`.
        path: Folder to write. In its `assets.extra` lie the codec, the skeleton and the proof, as JSON.
        format: One of `FORMATS`.
        overwrite: Whether to replace an earlier export.
        images: RGB `uint8 [H, W, 3]` to verify on; made up by default.

    Raises:
        ValueError: If something is there already, or the export answers otherwise than Python does.
    """
    path = pathlib.Path(path)
    if format not in FORMATS:
        raise ValueError(f"Unknown `format`. Received: {format!r}. Known: {', '.join(FORMATS)}.")
    if path.exists() and not (overwrite and (path / METADATA).is_dir()):
        raise ValueError(f"`path` must be new, or an export that `overwrite` replaces. Received: {str(path)!r}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    images = images or list(_pictures(model.codec.image_size))
    if format != "saved_model":
        images = [_resize(image, model.codec.image_size).numpy() for image in images]
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as scratch:
        folder = pathlib.Path(scratch, "new")
        folder.mkdir()
        ask, signatures = FORMATS[format](model, folder)
        done = Export(path, format, signatures, *verify(model, ask, images))
        _write_metadata(model, folder / METADATA, done)
        if path.exists():
            path.rename(pathlib.Path(scratch, "old"))
        folder.rename(path)
    return done


def _resize(image, size):
    """The whole image as the network is shown it, `[*size, 3]`."""
    height, width = image.shape[:2]
    return geometry.warp_images(image[None], geometry.crop_map([[0, 0, width, height]], size), size)[0]


def _pictures(size):
    """Made-up images of several sizes, rough and smooth, `uint8 [H, W, 3]`."""
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
    proof = {name: value for name, value in dataclasses.asdict(done).items() if name != "path"}
    runs.write_json(folder / "export.json", {**proof, "versions": runs.versions()})
