"""Cache of the maps and candidates of each image, so that grouping can be tried again without the network."""

import pathlib

import numpy as np

from tfpose.commands import reading
from tfpose.commands.paths import replacing


class ScoreMaps:
    """Finds the people of records; runs the network only on images that have no file yet.

    A file `<id>.npz` holds `candidates` and `to_image`, see `MultiPersonPredictor.candidates`, and the score maps
    `maps_<output>` `float16 [h, w, ...]`. All files of a folder are of one network and its views, named in `of.txt`.

    Args:
        predictor: A `MultiPersonPredictor`.
        folder: Folder of the files; created if it does not exist.
        name: Name of the network and its views.

    Raises:
        ValueError: If the folder holds files of another network or other views.
    """

    def __init__(self, predictor, folder, name):
        self.predictor = predictor
        self.folder = pathlib.Path(folder)
        note = self.folder / "of.txt"
        if self.folder.exists() and (not note.exists() or note.read_text("utf-8", "replace") != name):
            received = (
                reading.listed([note.read_text("utf-8", "replace")]) if note.exists() else "a folder of something else"
            )
            raise ValueError(f"`--maps` must be a new folder, or one of {name}. Received: {received} in {folder}.")
        self.folder.mkdir(parents=True, exist_ok=True)
        note.write_text(name, "utf-8")

    def __call__(self, image, record):
        """Returns the people `[N, K, 3]` in the image of a record, RGB `uint8 [H, W, 3]`."""
        path = self.folder / f"{record['id'].decode().replace('/', '_')}.npz"
        if path.exists():
            candidates, to_image, maps = _read(path)
        else:
            candidates, to_image, maps = self.predictor.candidates(image)
            kept = {f"maps_{name}": values.astype("float16") for name, values in maps.items()}
            with replacing(path) as partial:
                np.savez_compressed(partial, candidates=candidates, to_image=to_image, **kept)
        return self.predictor.people(candidates, to_image, maps)


def _read(path):
    """Candidates, the map to the image and the score maps of a file.

    Raises:
        ValueError: If it is damaged.
    """
    with reading.explained(path, "score maps as they were saved; delete it to make it anew"), np.load(path) as arrays:
        found = {name: arrays[name] for name in arrays}
        candidates, to_image = found["candidates"], found["to_image"]
        if candidates.ndim != 3 or candidates.shape[2] < 3 or to_image.shape != (2, 3):
            raise ValueError(f"candidates {candidates.shape} and a map {to_image.shape}")
        for name, values in found.items():
            if values.dtype.kind != "f" or not np.isfinite(values).all():
                raise ValueError(f"{name} with values that are not finite numbers")
    return candidates, to_image, {name[5:]: values for name, values in found.items() if name.startswith("maps_")}
