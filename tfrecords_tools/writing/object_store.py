"""Publishes records on an object store, such as Google Cloud Storage, through the paths of TensorFlow Datasets."""

import contextlib
import uuid

from tfrecords_tools.errors import ConversionError

LAST = "dataset_info.json"  # Records are taken for such by this file, so that it is written when all others are there.


def folder(address: str):
    """Returns the folder of an address as an `epath.Path`.

    Raises:
        ConversionError: If TensorFlow Datasets cannot write there.
    """
    from etils import epath  # a dependency of TensorFlow Datasets

    reason = "TensorFlow Datasets does not know this kind of address"
    try:
        found = epath.Path(address)
        if "://" in str(found):  # Others are taken for local folders, such as foo:/bucket.
            found.mkdir(parents=True, exist_ok=True)
            return found
    except KeyError:  # of a scheme that is not registered
        pass
    except Exception as error:  # The libraries of the stores have their own.
        reason = str(error).partition("\n")[0]
    raise ConversionError(f"`data_dir` must be a folder, or in a bucket: gs://…. Received: {address!r}: {reason}.")


@contextlib.contextmanager
def workspace(target):
    """Makes a hidden folder beside the target, which is removed afterwards."""
    found = target.parent / f".{target.name}.{uuid.uuid4().hex}.incomplete"
    found.mkdir(parents=True)
    try:
        yield found
    finally:
        found.rmtree()


def publish(complete, target, folder):
    """Moves a complete folder to the target, in place of what was there before; `LAST` comes last.

    A store has no folders that could be replaced in one step: a process that is killed between leaves files without
    `LAST`, which are no records to any reader, and the older ones are gone.
    """
    if target.exists():
        target.rmtree()
    target.mkdir(parents=True)
    for file in sorted(complete.iterdir(), key=lambda file: file.name == LAST):
        file.rename(target / file.name)
