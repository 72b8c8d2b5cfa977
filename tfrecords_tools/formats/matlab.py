"""Variables of MATLAB files, checked to be of the form that a data set has."""

import pathlib
from collections.abc import Iterable, Iterator

import numpy as np

from tfpose.commands import matlab
from tfpose.commands.reading import listed
from tfrecords_tools.errors import ConversionError


def load(root, name: str, variable: str):
    """Reads a variable as a vector, without axes of length one."""
    return np.atleast_1d(_variable(root, name, variable, squeeze_me=True))


def load_array(root, name: str, variable: str, shape):
    """Reads a variable as numbers, float64.

    Args:
        root: The folder of the file.
        name: Of the file.
        variable: In the file.
        shape: The length of each axis; none where any length will do.

    Raises:
        ConversionError: If the file is not there, or the variable is not as it must be.
    """
    values = np.asarray(_variable(root, name, variable, squeeze_me=False))
    values = values.reshape(values.shape + (1,) * (len(shape) - values.ndim))  # MATLAB drops a last axis of one
    fits = values.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, values.shape, strict=True))
    if not (fits and np.issubdtype(values.dtype, np.number)):
        wanted = " x ".join("N" if n is None else str(n) for n in shape)
        received = " x ".join(map(str, values.shape))
        raise ConversionError(
            f"{variable} of {root / name} must be {wanted} numbers. Received: {received} of {values.dtype}."
        )
    return values.astype(float)


def load_files(paths: Iterable[pathlib.Path], **options) -> Iterator[dict]:
    """Reads MATLAB files one after the other, see `tfpose.commands.matlab.load_files`.

    Raises:
        ConversionError: If a file cannot be read.
    """
    try:
        yield from matlab.load_files(paths, **options)
    except ValueError as error:
        raise ConversionError(str(error)) from None


def load_file(path: pathlib.Path, **options) -> dict:
    """Reads one MATLAB file, see `tfpose.commands.matlab.load_file`.

    Raises:
        ConversionError: If it cannot be read.
    """
    try:
        return matlab.load_file(path, **options)
    except ValueError as error:
        raise ConversionError(str(error)) from None


def _variable(root, name, variable, *, squeeze_me):
    if not (root / name).exists():
        raise ConversionError(f"`manual_dir` must hold {name}. Received: {root}.")
    found = load_file(root / name, squeeze_me=squeeze_me)
    if variable not in found:
        raise ConversionError(
            f"{root / name} must be a MATLAB file with the variable {variable}. Received: {listed(found)}."
        )
    return found[variable]
