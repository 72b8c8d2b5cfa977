"""From an image to the people in it."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

import tfpose.models  # noqa: F401  Registers what .keras files name.
from tfpose.data import geometry
from tfpose.prediction import views
from tfpose.prediction.exported import ExportedPredictor
from tfpose.prediction.multi_person import PeoplePredictor


class Predictor:
    """Runs a trained model of one person on images of any size; for several people there is `PeoplePredictor`.

    Args:
        model: A `PoseModel`.
        scales: Sizes of the surroundings shown to the network, one view each; 1 is the box, above 1 shows more.
        mirror: Whether to show every view mirrored too. The probabilities of all views are averaged.
        output: Name of the output that holds the answer.

    Attributes:
        several: Whether it finds everyone in an image.
    """

    several = False

    def __init__(self, model, *, scales=(1.0,), mirror=False, output="heatmaps"):
        views.check_scales(scales)
        if output not in model.codec.outputs:
            raise ValueError(f"Unknown `output`. Received: {output!r}. Known: {', '.join(model.codec.outputs)}.")
        self.model = model
        self.codec = model.codec
        self.skeleton = model.skeleton
        self.output = output
        self._scales = np.repeat(np.array(scales, np.float32), 1 + mirror)
        self._mirrored = np.tile([False, True][: 1 + mirror], len(scales))
        self._is_plain = len(self._scales) == 1 and self._scales[0] == 1
        asked = [tf.TensorSpec([None, None, 3], tf.uint8), tf.TensorSpec([4]), tf.TensorSpec([2])]
        self._run = tf.function(self._look, autograph=False, input_signature=asked)

    @classmethod
    def load(cls, path, **options):
        """Opens a run folder (its `best.keras`), a `.keras` file, or an exported folder.

        Args:
            path: Where it lies.
            **options: As the class. An export answers from one plain view and takes none.

        Returns:
            What finds the people: a `Predictor`, a `PeoplePredictor` or an `ExportedPredictor`.

        Raises:
            ValueError: If there is none of these.
        """
        if pathlib.Path(path, "saved_model.pb").is_file():
            return ExportedPredictor(path, **options)
        return predictor_of(load_model(path), **options)

    def __call__(self, image, box=None, torso=None):
        """Finds the people.

        Args:
            image: RGB `uint8 [H, W, 3]`.
            box: `[4]`: x, y, width, height of what to look at, in pixels of `image`; the whole image by default.
            torso: `[2]`: `(x, y)` of the middle of the torso, in pixels of `image`. Only for models that must be told.

        Returns:
            People `float32 [N, K, 3]`: `(x, y, score)`, in pixels of `image`.
        """
        return self.by_output(image, box, torso)[self.output]

    def by_output(self, image, box=None, torso=None):
        """Finds the people in every output of one run of the network: a dict of people by the name of the output."""
        candidates, to_image, _ = self._run(*views.arguments(image, box, torso, takes_torso(self.model)))
        return {
            name: geometry.warp_keypoints(self.codec.group(found.numpy()), to_image).numpy()
            for name, found in candidates.items()
        }

    def maps(self, image, box=None, torso=None):
        """The averaged maps the answers come from: a dict of `float32 [h, w, K]` by the name of the output."""
        maps = self._run(*views.arguments(image, box, torso, takes_torso(self.model)))[2]
        return {name: values.numpy() for name, values in maps.items()}

    def _look(self, image, box, torso):
        """By output: candidates `[K, M, 3+]`, and maps `[h, w, K]` last; between them the map from input to image."""
        size = self.codec.image_size
        plain = geometry.crop_map(box, size)
        shown = geometry.crop_map(box, size, scale=self._scales, mirror=self._mirrored)
        images = tf.map_fn(
            lambda view: geometry.warp_images(image[None], view[None], size)[0],
            shown,
            fn_output_signature=tf.uint8,
        )
        torso = geometry.warp_keypoints(tf.repeat(torso[None, None], len(self._scales), axis=0), shown)[:, 0]
        outputs = self.model(network_inputs(self.model, images, torso), training=False)
        maps = {name: self._average(self.codec.maps(outputs, name), shown, plain) for name in self.codec.outputs}
        if self._is_plain:  # Other outputs than the maps may then say more.
            candidates = self.codec.candidates(outputs)
        else:
            candidates = {name: self.codec.peaks(values) for name, values in maps.items()}
        candidates, maps = ({name: each[0] for name, each in found.items()} for found in (candidates, maps))
        return candidates, geometry.invert(plain), maps

    def _average(self, maps, shown, plain):
        """Carries `[V, h, w, K]` back to the plain view and averages, in each cell, the views that see it."""
        if self._is_plain:
            return maps
        mirrored = tf.gather(maps, self.skeleton.flip, axis=-1)
        maps = tf.where(self._mirrored[:, None, None, None], mirrored, maps)
        mean = tf.math.divide_no_nan(*views.carry(maps, shown, plain, float(self.codec.stride), self.codec.map_size))
        # A view that shows more has larger cells; without this, the probabilities would no longer sum to 1.
        return mean * tf.math.divide_no_nan(tf.reduce_mean(_total(maps), axis=0), _total(mean))


def predictor_of(model, *, complete=False, **options):
    """What finds the people with a `PoseModel`: a `Predictor` or, if it finds several people, a `PeoplePredictor`.

    Raises:
        ValueError: If the model cannot look so.
    """
    if model.codec.several:
        return PeoplePredictor(model, complete=complete, **options)
    if complete:
        raise ValueError(f"`complete` is for networks that tag several people. Received: {model.name}.")
    return Predictor(model, **options)


def load_model(path):
    """The `PoseModel` of a run folder (its `best.keras`) or a `.keras` file.

    Raises:
        ValueError: If there is none.
    """
    path = pathlib.Path(path)
    file = path / "best.keras" if path.is_dir() else path
    if file.suffix != ".keras" or not file.is_file():
        raise ValueError(
            "A model must be a run folder with best.keras or a .keras file; to predict, an exported SavedModel too. "
            f"Received: {str(path)!r}."
        )
    return keras.saving.load_model(file, compile=False)


def takes_torso(model) -> bool:
    """Whether the model must be told where the torso is."""
    return isinstance(model.input, dict) and "torso" in model.input


def network_inputs(model, images, torso):
    """What the network is called with.

    Args:
        model: A `PoseModel`.
        images: `uint8 [B, *image_size, 3]`.
        torso: `[B, 2]`: `(x, y)` in input pixels; left aside by models that need none.
    """
    return {"images": images, "torso": torso} if takes_torso(model) else images


def _total(maps):
    """Sum of each map over its cells, `[B, 1, 1, K]`."""
    return tf.reduce_sum(maps, axis=(1, 2), keepdims=True)
