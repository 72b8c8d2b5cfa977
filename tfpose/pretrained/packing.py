"""Packs a trained model for the catalogue: half-precision kernels, no optimizer, a name with the content's hash.

`python -m tfpose.pretrained.packing RUN NAME` writes the file to the package; its card is written by hand.
"""

import hashlib
import io
import json
import pathlib
import tempfile
import zipfile

import h5py
import keras
import numpy as np

from tfpose.commands.arguments import ArgumentParser
from tfpose.prediction.loading import load_model
from tfpose.pretrained import catalogue

LARGEST = float(np.finfo(np.float16).max)


def pack(path, name, folder, *, crop=None) -> pathlib.Path:
    """Writes a model with float16 kernels, about half as large; Keras loads it as any other.

    Biases and the statistics of normalisations stay float32: they are few, and variances may leave float16's range.

    Args:
        path: A run folder or a `.keras` file.
        name: Name of the model.
        folder: Folder to write to.
        crop: What it was trained to see, if it was trained by a version that did not record it.

    Returns:
        The file, `<name>-<first eight digits of its SHA-256>.keras`. The same model always has the same bytes.

    Raises:
        ValueError: If there is no such model, or a weight is not finite or beyond float16.
    """
    keras.utils.clear_session()  # Else the names of layers would count on from other models of this process.
    with tempfile.TemporaryDirectory() as scratch:
        plain = pathlib.Path(scratch, "plain.keras")
        model = load_model(path)
        model.crop = model.crop or crop
        model.save(plain)
        content = _packed(plain)
    file = pathlib.Path(folder, f"{name}-{hashlib.sha256(content).hexdigest()[:8]}.keras")
    file.write_bytes(content)
    return file


def _packed(file):
    """Bytes of the archive with the arrays of `model.weights.h5` packed, without the date in `metadata.json`."""
    whole = io.BytesIO()
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            content = _undated(source.read(name)) if name == "metadata.json" else source.read(name)
            content = _half(content) if name.endswith(".h5") else content
            target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # Without the time of writing.
    return whole.getvalue()


def _undated(metadata):
    return json.dumps({**json.loads(metadata), "date_saved": ""})


def _half(content):
    """Bytes of an HDF5 file with arrays of two and more axes as float16."""
    packed = io.BytesIO()
    with h5py.File(io.BytesIO(content)) as source, h5py.File(packed, "w") as target:

        def copy(path, item):
            if isinstance(item, h5py.Group):
                made = target.require_group(path)
            else:
                made = target.create_dataset(path, data=_half_array(path, item[()]), track_times=False)
            for key, value in item.attrs.items():
                made.attrs[key] = value

        for key, value in source.attrs.items():
            target.attrs[key] = value
        source.visititems(copy)
    return packed.getvalue()


def _half_array(path, values):
    if values.ndim < 2 or values.dtype != np.float32:
        return values
    if not np.abs(values).max(initial=0) <= LARGEST:
        raise ValueError(f"Weights must be finite and at most {LARGEST:.0f}. Received: others in {path}.")
    return values.astype(np.float16)


def main(argv=None):
    """Packs the model that the command line names, and prints the file."""
    parser = ArgumentParser(prog="python -m tfpose.pretrained.packing", description="Packs a model for the catalogue.")
    parser.add_argument("run", help="run folder or .keras file")
    parser.add_argument("name", help="name to load it by")
    parser.add_argument("--crop", help="what it was trained to see, if the run does not record it")
    args = parser.parse_args(argv)
    print(pack(args.run, args.name, catalogue.WEIGHTS, crop=args.crop))


if __name__ == "__main__":
    main()
