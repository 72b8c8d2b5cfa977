"""Reads one variable of a MATLAB file, or says in one sentence what is wrong with it."""

import numpy as np
import scipy.io

from tfrecords_tools.errors import ConversionError


def load(root, name: str, variable: str):
    """Reads a variable as a vector, without axes of length one."""
    return np.atleast_1d(_read(root, name, variable, squeeze_me=True))


def load_array(root, name: str, variable: str, shape):
    """Reads a variable as numbers, float64.

    Args:
        root: The folder of the file.
        name: Of the file.
        variable: In the file.
        shape: What its axes must be; none where any length will do.

    Raises:
        ConversionError: If the file is not there or not so.
    """
    values = _read(root, name, variable, squeeze_me=False)
    values = values.reshape(values.shape + (1,) * (len(shape) - values.ndim))  # MATLAB drops a last axis of one
    fits = values.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, values.shape, strict=True))
    if not (fits and np.issubdtype(values.dtype, np.number)):
        wanted = " x ".join("N" if n is None else str(n) for n in shape)
        received = " x ".join(map(str, values.shape))
        raise ConversionError(
            f"{variable} of {root / name} must be {wanted} numbers. Received: {received} of {values.dtype}."
        )
    return values.astype(float)


def _read(root, name, variable, **kwargs):
    path = root / name
    if not path.exists():
        raise ConversionError(f"`manual_dir` must hold {name}. Received: {root}.")
    try:
        return scipy.io.loadmat(path, **kwargs)[variable]
    except (ValueError, TypeError, KeyError, NotImplementedError) as error:
        raise ConversionError(
            f"{path} must be a MATLAB file with the variable {variable}. Received: {error}."
        ) from None
