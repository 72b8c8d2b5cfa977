"""From an image to the people in it, by what was exported."""

import json
import pathlib

import tensorflow as tf

from tfpose.prediction import views
from tfpose.skeletons import Skeleton


class ExportedPredictor:
    """Runs what `serving.export` wrote, through the export's own signature; otherwise as the predictor of the model.

    Args:
        path: Folder of the SavedModel.
        scales, mirror, output, complete: For exchange with the others. An export knows their defaults only.

    Raises:
        ValueError: If it is asked for anything else, or gives candidates only, which Python must group.
    """

    def __init__(self, path, *, scales=(1.0,), mirror=False, output="heatmaps", complete=False):
        if tuple(scales) != (1.0,) or mirror or output != "heatmaps" or complete:
            raise ValueError(
                "An export answers from one plain view; for more views load the run. "
                f"Received: `scales={tuple(scales)}`, `mirror={mirror}`, `output={output!r}`, `complete={complete}`."
            )
        self._loaded = tf.saved_model.load(path)
        self._find = self._loaded.signatures["serve_boxes"]
        if set(self._find.structured_outputs) == {"candidates"}:
            raise ValueError(f"An export must give keypoints or people; load the run. Received: candidates in {path}.")
        self.several = "people" in self._find.structured_outputs
        skeleton = pathlib.Path(path, "assets.extra", "skeleton.json")
        self.skeleton = Skeleton.from_dict(json.loads(skeleton.read_text(encoding="utf-8")))

    def __call__(self, image, box=None, torso=None):
        asked = self._find.structured_input_signature[1]
        image, box, torso = views.arguments(image, box, torso, "torso" in asked)
        given = {"images": image, "boxes": box, "torso": torso}
        found = self._find(**{name: tf.constant(given[name][None]) for name in asked})
        if "keypoints" in found:
            return found["keypoints"].numpy()
        people = found["people"].numpy()[0]
        return people[(people[..., 2] > 0).any(axis=1)]
