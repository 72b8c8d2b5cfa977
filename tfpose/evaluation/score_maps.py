"""Keeps what a network says of every image, so that grouping can be tried again without it."""

import pathlib

import numpy as np


class ScoreMaps:
    """Finds the people of records; an image that was seen before is taken from its file.

    A file `<id>.npz` holds `candidates` and `to_image`, see `MultiPersonPredictor.candidates`, and the score maps
    `maps_<output>` `float16 [h, w, ...]`. The folder belongs to one network in one way of looking, whose name lies in
    `of.txt`.

    Args:
        predictor: A `MultiPersonPredictor`.
        folder: Where the files lie; made if need be.
        name: Of the network and of how it looks.

    Raises:
        ValueError: If the folder holds what another network said.
    """

    def __init__(self, predictor, folder, name):
        self.predictor = predictor
        self.folder = pathlib.Path(folder)
        note = self.folder / "of.txt"
        if self.folder.exists() and (not note.exists() or note.read_text("utf-8") != name):
            received = note.read_text("utf-8") if note.exists() else "a folder of something else"
            raise ValueError(f"`--maps` must be a new folder, or one of {name}. Received: {received}.")
        self.folder.mkdir(parents=True, exist_ok=True)
        note.write_text(name, "utf-8")

    def __call__(self, image, record):
        """The people `[N, K, 3]` of a record's image, which is RGB `uint8 [H, W, 3]`."""
        path = self.folder / f"{record['id'].decode().replace('/', '_')}.npz"
        if path.exists():
            with np.load(path) as arrays:
                maps = {name[5:]: arrays[name] for name in arrays if name.startswith("maps_")}
                candidates, to_image = arrays["candidates"], arrays["to_image"]
        else:
            candidates, to_image, maps = self.predictor.candidates(image)
            kept = {f"maps_{name}": values.astype("float16") for name, values in maps.items()}
            part = path.with_suffix(".part.npz")
            np.savez_compressed(part, candidates=candidates, to_image=to_image, **kept)
            part.rename(path)
        return self.predictor.people(candidates, to_image, maps)
