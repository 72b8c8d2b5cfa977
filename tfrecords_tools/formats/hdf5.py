"""Reader of columns of HDF5 files."""

import h5py
import numpy as np

from tfrecords_tools.errors import ConversionError

NAMES = "imgname"  # the column that is text
LARGEST = 2**30  # bytes of a column: 50 times the largest of MPII


def load_columns(path, shapes: dict) -> dict:
    """Reads the names of images and columns of numbers, one row per person.

    Args:
        path: The file.
        shapes: Names of the columns beside `imgname`, and the shape of a row of each.

    Returns:
        `imgname` as a list of text, stored as text or as character codes; the others as float64 `[N, …]`.

    Raises:
        ConversionError: If the file is damaged or of another form.
    """
    try:
        with h5py.File(path) as file:
            columns = {name: _column(path, file, name) for name in (NAMES, *shapes)}
    except (OSError, KeyError, RuntimeError, ValueError, TypeError, MemoryError) as error:
        if isinstance(error, ConversionError):
            raise
        raise ConversionError(
            f"{path} must be an HDF5 file with {', '.join((NAMES, *shapes))}. Received: {error}."
        ) from None
    names = _text(path, columns.pop(NAMES))
    for name, column in columns.items():
        wanted = (len(names), *shapes[name])
        if column.shape != wanted or not np.issubdtype(column.dtype, np.number):
            received = f"{column.shape} of {column.dtype}"
            raise ConversionError(f"{name} of {path} must be numbers of the shape {wanted}. Received: {received}.")
    return {NAMES: names} | {name: column.astype(float) for name, column in columns.items()}


def _column(path, file, name):
    column = file[name]
    if not isinstance(column, h5py.Dataset):
        raise ConversionError(f"{name} of {path} must be a data set. Received: a {type(column).__name__.lower()}.")
    if column.size * column.dtype.itemsize > LARGEST:
        raise ConversionError(f"{name} of {path} must be at most {LARGEST} bytes. Received: {column.shape}.")
    return np.asarray(column[()])


def _text(path, names) -> list[str]:
    try:
        if names.ndim == 2 and np.issubdtype(names.dtype, np.number):
            names = [bytes(row.astype(np.uint8)) for row in names]
        return [bytes(name).rstrip(b"\0 ").decode() for name in np.atleast_1d(names).tolist()]
    except (TypeError, ValueError) as error:
        raise ConversionError(f"{NAMES} of {path} must be file names. Received: {error}.") from None
