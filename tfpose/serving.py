"""Exports: a trained model with everything before and after its network, to be run without tfpose.

An export proves itself before it gets its name: read back, it must answer as the Python `Predictor` does.
"""

import argparse
import dataclasses
import pathlib
import tempfile

import keras
import numpy as np
import tensorflow as tf

from tfpose import people_proof, runs, runtimes, saved_model
from tfpose.data import geometry, records
from tfpose.prediction import Predictor, load_model

TOLERANCE = 0.05  # Pixels of the image.
TIE = 0.999  # Where a distant cell has this part of the highest one's probability, rounding decides between them.
SIZES = ((1, 1), (0.5, 0.7), (1.7, 0.6), (2.3, 2.9))  # Of images to verify on, as parts of the network's input.
METADATA = "assets.extra"  # The folder of a SavedModel that is the user's own.
FORMATS = {"saved_model": saved_model.write, "onnx": runtimes.write_onnx, "litert": runtimes.write_litert}


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


def verify(model, ask, images):
    """Compares an export with the `Predictor`.

    Args:
        model: What was exported.
        ask: A function of JPEG files and torsos `[N, 2]` that gives, by the name of a signature, a dict of arrays:
            `keypoints` `[N, K, 3]`, or those that `people_proof.compare` takes.
        images: RGB `uint8 [H, W, 3]`; they are made into JPEG files.

    Returns:
        The largest distance in pixels, how many keypoints or candidates were compared, and how many left out as ties.

    Raises:
        ValueError: If the distance is above `TOLERANCE`, or all are ties.
    """
    jpegs = [tf.io.encode_jpeg(image, quality=95).numpy() for image in images]
    torsos = np.array([np.array(image.shape[1::-1]) / 2 for image in images], np.float32)
    pictures = [records.decode(jpeg).numpy() for jpeg in jpegs]
    found = ask(jpegs, torsos)
    if model.codec.several:
        return people_proof.compare(model, pictures, found)
    predictor = Predictor(model)
    looks = [(picture, None, torso) for picture, torso in zip(pictures, torsos, strict=True)]
    expected = np.stack([predictor(*look)[0] for look in looks])
    clear = np.stack([_is_clear(predictor.maps(*look)["heatmaps"]) for look in looks])
    found = np.stack([answers["keypoints"] for answers in found.values()])
    distances = np.linalg.norm((found - expected)[..., :2], axis=-1)[:, clear]
    if not distances.size or not distances.max() <= TOLERANCE:
        received = f"{distances.max():.3g} px" if distances.size else "ties only"
        raise ValueError(f"An export must give Python's keypoints to {TOLERANCE} px. Received: {received}.")
    return float(distances.max()), distances.size, len(found) * int((~clear).sum())


def main(argv=None):
    """Exports what the flags say, and tells where to and how well.

    Raises:
        ValueError: If there is no such run, or as `export`.
    """
    parser = argparse.ArgumentParser(description="Exports a trained model.")
    parser.add_argument("--run", help="folder of the run (default: the newest)")
    parser.add_argument("--out", help="folder to write (default: exported/<run>, or exported/<run>-<format>)")
    parser.add_argument("--format", choices=FORMATS, default="saved_model", help="what is to run it")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier export")
    args = parser.parse_args(argv)
    run = pathlib.Path(args.run or runs.newest())
    name = run.stem if run.suffix == ".keras" else run.resolve().name
    suffix = "" if args.format == "saved_model" else f"-{args.format}"
    out = args.out or runs.EXPORTS / (name + suffix)
    done = export(load_model(run), out, format=args.format, overwrite=args.overwrite)
    print(f"Wrote {done.path}: {done.compared} keypoints at most {done.difference:.2g} px from Python's.")
    print("\n".join(done.signatures))


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


def _is_clear(maps):
    """Whether each of `[h, w, K]` has one highest place: no cell away from the highest comes near it, `[K]`."""
    h, w, k = maps.shape
    peaks = maps.reshape(-1, k).argmax(axis=0)
    rows, columns = np.abs(np.arange(h)[:, None] - peaks // w), np.abs(np.arange(w)[:, None] - peaks % w)
    away = np.maximum(rows[:, None], columns[None]) > 1
    return np.max(maps, axis=(0, 1), where=away, initial=0.0) < TIE * maps.max(axis=(0, 1))


def _write_metadata(model, folder, done):
    folder.mkdir(exist_ok=True)
    runs.write_json(folder / "codec.json", keras.saving.serialize_keras_object(model.codec))
    runs.write_json(folder / "skeleton.json", dataclasses.asdict(model.skeleton))
    proof = {name: value for name, value in dataclasses.asdict(done).items() if name != "path"}
    runs.write_json(folder / "export.json", {**proof, "versions": runs.versions()})
