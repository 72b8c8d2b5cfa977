"""The folder of a run: `models_ex/<run>/`, and `tb/<run>/` for TensorBoard."""

import datetime
import importlib.metadata
import json
import pathlib
import platform

MODELS = pathlib.Path("models_ex")
BOARDS = pathlib.Path("tb")
EXPORTS = pathlib.Path("exported")
PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "tensorflow-datasets", "numpy")


def newest(root=MODELS) -> pathlib.Path:
    """The run that was started last.

    Raises:
        ValueError: If there is none.
    """
    runs = sorted(pathlib.Path(root).glob("*/config.json"), key=lambda path: path.stat().st_mtime)
    if not runs:
        raise ValueError(f"There must be a run to take; `python train.py` makes one. Received: none in {root}/.")
    return runs[-1].parent


def folder(name: str, model: str, config: dict, *, resume=False) -> pathlib.Path:
    """Makes the folder of a new run, with its `config.json`; or finds the one to go on with, and keeps its old config.

    Raises:
        ValueError: If there is such a run already, or none to go on with.
    """
    if resume:
        found = MODELS / name if name else newest()
        before, after = read_config(found), json.loads(json.dumps({**config, "run": found.name, "resume": False}))
        if before != after:
            write_json(found / f"config_until_{datetime.datetime.now():%Y-%m-%d_%H-%M-%S}.json", before)
            write_json(found / "config.json", after)
        return found
    found = MODELS / (name or f"{datetime.datetime.now():%Y-%m-%d_%H-%M-%S}_{model}")
    if (found / "config.json").exists():
        raise ValueError(
            f"`run` must be new; --resume goes on with an old one. Received: {name!r}, and {found} exists."
        )
    found.mkdir(parents=True, exist_ok=True)
    write_json(found / "config.json", {**config, "run": found.name})
    write_json(found / "versions.json", versions())
    return found


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that numbers depend on."""
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


def read_config(folder) -> dict:
    """The `config.json` of a run.

    Raises:
        ValueError: If the folder is no run.
    """
    path = pathlib.Path(folder, "config.json")
    if not path.exists():
        raise ValueError(f"A run must hold a config.json. Received: {str(folder)!r}.")
    return json.loads(path.read_text())


def crop(folder) -> str:
    """What the network of a run was trained to see: `crop` of its `config.json`; the whole frame where that is missing.

    Runs from before there was this choice, and `.keras` files outside of a run folder, have none.
    """
    path = pathlib.Path(folder, "config.json")
    return json.loads(path.read_text()).get("crop") or "frame" if path.exists() else "frame"


def write_json(path, value):
    """Writes a file that is there whole, or not at all."""
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(value, indent=2) + "\n")
    partial.replace(path)
