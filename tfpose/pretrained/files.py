"""Finds the file of a trained model: of a run, a path, the name of one that comes with the package, or an address."""

import pathlib
import re

from tfpose.commands import runs
from tfpose.pretrained import catalogue

ADDRESS = re.compile(r"(https?)://[^#]+\.keras#sha256=([0-9a-fA-F]{64})")


def weights_file(path) -> pathlib.Path:
    """Returns the `.keras` file of a trained model.

    Args:
        path: A `.keras` file; a run folder, which stands for its `best.keras`; the name of a model that comes with
            the package, see `catalogue.names`; or the address of a `.keras` file with its SHA-256, such as
            `https://example.org/own.keras#sha256=0123…`, which is downloaded once to Keras's cache and checked. An
            existing file or folder comes before a model of the same name.

    Raises:
        ValueError: If there is no such file, an address has no SHA-256, or the file downloaded has another.
        OSError: If it cannot be downloaded.
    """
    text = str(path)
    if re.match("https?:/", text):
        return _downloaded(text)
    if not pathlib.Path(path).exists() and text in catalogue.names():
        return catalogue.card(text).file
    try:
        return runs.weights_file(path)
    except ValueError as error:
        known = ", ".join(catalogue.names())
        raise ValueError(f"{error} Models that come with the package: {known or 'none'}.") from None


def _downloaded(address):
    found = ADDRESS.fullmatch(address)
    if not found:
        raise ValueError(
            "The address of a model must end in .keras#sha256= and the 64 hexadecimal digits of its SHA-256. "
            f"Received: {address!r}."
        )
    import keras

    digest, url = found[2].lower(), address.partition("#")[0]
    try:
        file = keras.utils.get_file(f"{digest[:16]}.keras", url, cache_subdir="tfpose", file_hash=digest)
    except ValueError as error:  # What Keras raises for another hash.
        raise ValueError(f"The file of {url} must have the SHA-256 {digest}. Received: another file.") from error
    except Exception as error:  # Of many kinds, by what is not reached.
        raise OSError(f"{url} cannot be downloaded: {error}.") from error
    return pathlib.Path(file)
