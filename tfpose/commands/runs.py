"""Folders of training runs: `models_ex/<run>/` for models and logs, `tb/<run>/` for TensorBoard."""

import contextlib
import datetime
import hashlib
import importlib.metadata
import itertools
import json
import os
import pathlib
import platform
import shutil

from tfpose.commands import reading
from tfpose.commands.paths import replacing

MODELS = pathlib.Path("models_ex")
BOARDS = pathlib.Path("tb")
EXPORTS = pathlib.Path("exported")
PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "tensorflow-datasets", "numpy")
TRAINED = ("*.weights.h5", "*.keras", "log.csv")
"""Files that a run writes from the end of its first epoch on, or when it is interrupted."""


def newest(root=MODELS, *, holding="config.json") -> pathlib.Path:
    """Returns the folder of the run that was started last.

    Args:
        root: Folder of the runs.
        holding: A file that the run must have, such as `best.keras`, which is there after its first epoch.

    Raises:
        ValueError: If there is none.
    """
    runs = [path.parent for path in pathlib.Path(root).glob("*/config.json") if path.with_name(holding).exists()]
    if not runs:
        raise ValueError(f"There must be a run with a {holding}; `tfpose train` makes one. Received: none in {root}/.")
    return max(runs, key=lambda run: (run / "config.json").stat().st_mtime)


def folder(name: str, model: str, config: dict, *, resume=False, overwrite=False) -> pathlib.Path:
    """Makes the folder of a new run with its `config.json`, or finds that of a run to resume and updates the file.

    Args:
        name: Name of the run. Empty: the time and the model; or, to resume, the newest run.
        model: Name of the model.
        config: The configuration, as JSON can hold it. A resumed run keeps a changed one as `config_until_<time>.json`.
        resume: Whether to continue a run.
        overwrite: Whether to delete what an earlier run of this name has trained. One that was killed before the end
            of its first epoch has nothing to lose and is begun anew without it.

    Raises:
        ValueError: If there is a trained run of this name already, or none to resume; if another process trains it; if
            `name` is not a name; or if a run is to be both resumed and replaced.
    """
    if resume and overwrite:
        raise ValueError("`resume` continues a run, `overwrite` replaces it: only one may be given. Received: both.")
    check_name(name)
    if resume:
        return _resumed(MODELS / name if name else newest(), config)
    name = name or f"{datetime.datetime.now():%Y-%m-%d_%H-%M-%S}_{model}"
    found = MODELS / name
    with only_process(found):
        pass  # Only to be refused before anything is written.
    if trained(found):
        if not overwrite:
            raise ValueError(
                f"`run` must be new; --resume continues an old one, --overwrite replaces it. Received: {name!r}, and "
                f"{found} exists."
            )
        shutil.rmtree(found)
        shutil.rmtree(BOARDS / name, ignore_errors=True)
    found.mkdir(parents=True, exist_ok=True)
    write_json(found / "config.json", {**config, "run": name, "overwrite": False})
    write_json(found / "versions.json", versions())
    return found


@contextlib.contextmanager
def only_process(folder):
    """Context in which no other process may train in a folder; the operating system ends it with the process.

    It has no effect where the folder does not exist, and on systems and file systems without locks of folders.

    Raises:
        ValueError: If another process is in this context.
    """
    try:
        import fcntl  # Unix only.

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise ValueError(
            f"`run` must be one that no other process trains; wait for its end, or choose another name. Received: "
            f"{pathlib.Path(folder).name!r}."
        ) from None
    except OSError:  # As on some network file systems.
        pass
    try:
        yield
    finally:
        os.close(handle)


def trained(folder) -> bool:
    """Returns whether a folder holds anything that was trained: a model, a state to resume from, or a log."""
    return any(path for pattern in TRAINED for path in pathlib.Path(folder).glob(pattern))


def progress(states, epochs: int) -> str:
    """Returns a line on where a resumed run continues.

    Args:
        states: Paths of the states of its stages, `*.weights.h5`; those of stages that have not begun are missing.
        epochs: Number of epochs of all stages.
    """
    import h5py

    finished = 0
    for path in filter(pathlib.Path.exists, states):
        with reading.explained(path, "the state of a run"), h5py.File(path) as file:
            finished += int(file.attrs["epochs"])
    run = states[0].parent
    if finished < epochs:
        return f"Resumes {run} at epoch {finished + 1} of {epochs}."
    return f"Nothing is left to do: {run} has finished epoch {epochs} of {epochs}. A larger --n_epochs adds some."


def versions() -> dict[str, str]:
    """Returns the versions of Python and of the packages that numbers depend on."""
    found = {"python": platform.python_version()}
    for package in ("tfpose", *PACKAGES):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def weights_file(path) -> pathlib.Path:
    """The file of a model's weights: `path` itself if it is a `.keras` file, the `best.keras` of a run folder.

    Raises:
        ValueError: If there is no such file.
    """
    path = pathlib.Path(path)
    file = path / "best.keras" if path.is_dir() else path
    if file.suffix != ".keras" or not file.is_file():
        raise ValueError(f"A model must be a run folder with a best.keras, or a .keras file. Received: {str(path)!r}.")
    return file


def name(weights) -> str:
    """Returns the name of a run by its file of weights: the folder, with the file if that is not `best.keras`."""
    path = pathlib.Path(weights).absolute()
    return path.parent.name if path.name == "best.keras" else f"{path.parent.name}/{path.name}"


def read_config(folder) -> dict:
    """Returns the `config.json` of a run.

    Raises:
        ValueError: If the folder is not that of a run, or the file is damaged or names another folder as the run.
    """
    path = pathlib.Path(folder, "config.json")
    if not path.exists():
        raise ValueError(f"A run must hold a config.json. Received: {str(folder)!r}.")
    config = reading.read_object(path)
    with reading.named(path):
        check_name(config.get("run", ""))
    return config


def crop(folder) -> str | None:
    """Returns what the network of a run was trained to see: `crop` of its `config.json`; None where that is missing.

    It is missing in runs of older versions, unless it was given as a flag, and there is no run beside other models.

    Raises:
        ValueError: If the file is damaged, or `crop` is not text.
    """
    path = pathlib.Path(folder, "config.json")
    if not path.exists():
        return None
    found = reading.read_object(path).get("crop") or None
    if found is not None and not isinstance(found, str):
        raise ValueError(f"{path}: `crop` must be text. Received: {reading.short(found)}.")
    return found


def check_name(name):
    """Raises ValueError unless a run's name is a name, which cannot lead out of the folder of the runs; or empty."""
    if not isinstance(name, str) or pathlib.Path(name).name != name or name == ".." or "\0" in name:
        raise ValueError(f"`run` must be a name, without folders. Received: {reading.short(name)}.")


def digest(path) -> str:
    """Returns the SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path, value):
    """Writes a file that is there whole, or not at all."""
    with replacing(path) as partial:
        partial.write_text(json.dumps(value, indent=2) + "\n")


def _resumed(found, config):
    before = read_config(found)
    with only_process(found):
        pass
    after = json.loads(json.dumps({**config, "run": found.name, "resume": False}))
    if before != after:
        write_json(_unused(found / f"config_until_{datetime.datetime.now():%Y-%m-%d_%H-%M-%S}.json"), before)
        write_json(found / "config.json", after)
    return found


def _unused(path):
    """The path, or one with a number if it is there: a clock that is set back gives a time twice."""
    names = itertools.chain([path], (path.with_stem(f"{path.stem}_{i}") for i in itertools.count(2)))
    return next(name for name in names if not name.exists())
